#!/usr/bin/env bats
# The loops of tests/faults, short.
# bats file_tags=portable

load common
bats_require_minimum_version 1.5.0

# Of one case at least.
all_passed() {
	[[ ${lines[-1]} =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]
}

@test "runs killed at random instants are resumed, and nothing is lost, duplicated or left" {
	# Under systemd the tests are in an emulated machine, where each takes half a minute.
	n=6
	[ ! -d /run/systemd/system ] || n=2
	run -0 "$repository/tests/faults/kill-and-resume" --locked --seed 3 "$n"
	echo "$output"
	[[ $output == *"$n passed, 0 failed" ]]
}

@test "a disk that is full from any write on damages no file, and the run resumes when there is room" {
	step=24
	[ ! -d /run/systemd/system ] || step=80
	run -0 "$repository/tests/faults/disk-full" --locked "$step"
	echo "$output"
	all_passed
}

@test "a folder that its user swaps for another gains none of root's rights" {
	run -0 "$repository/tests/faults/swap-folders" --locked --seconds "$(unless_emulated 4 1)"
	echo "$output"
	all_passed
}

@test "signals to any of a run's processes at any moment: the run ends, and nothing is left" {
	run -0 "$repository/tests/faults/signals" --locked --seed 2 "$(unless_emulated 6 2)"
	echo "$output"
	all_passed
}

@test "limits of the shell, and streams that are closed or full: a run works, or says what is in the way" {
	run -0 "$repository/tests/faults/limits-and-streams" --locked --step "$(unless_emulated 13 37)"
	echo "$output"
	all_passed
}

@test "re-sealed mutants of results, and names that do harm: nothing raw, nothing outside, nothing hangs" {
	run -0 "$repository/tests/faults/mutants" --locked --names 8 --step "$(unless_emulated 61 199)" "$(unless_emulated 4 1)"
	echo "$output"
	all_passed
}

@test "a FIFO, a link, a folder, a device or a giant file in place of a run's file harms no command" {
	run -0 "$repository/tests/faults/odd-files" --locked --every "$(unless_emulated 60 600)"
	echo "$output"
	all_passed
}
