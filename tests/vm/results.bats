#!/usr/bin/env bats
# The data sheet's experiment in the machine, each trial once: scripts/results takes the run.

load ../integration/common

@test "every phenomenon under every reporter" {
	run "$program" --quick --no-pictures --output "$repository/output" "$repository/experiments/datasheet.toml"
	echo "$output"
	# Exit code 1 says that trials were not ok: the sheet counts them.
	[ "$status" -le 1 ]
	nothing_is_left
}
