#!/usr/bin/env bats
# Which seccomp profiles are taken: those that the container runtime takes.
# bats file_tags=portable

load common

@test "a profile of any of a hundred forms is taken if runc takes it, and refused if runc refuses it" {
	# A container of each, outside of any run.
	run /usr/bin/python3 "$repository/tests/integration/profile_matrix.py" "$program" "$folder"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^1[0-9][0-9]\ profiles,\ 0\ of\ them\ wrong$ ]]
}
