#!/usr/bin/env bats
# The two experiments of docs/kernels.md, run under the machine's kernel: scripts/kernels takes the results.

bats_require_minimum_version 1.5.0
load ../integration/common

# The runs' folders stay, for the host to take.
run_here() {
	run "$program" --quiet --output "$repository/output" "$repository/experiments/$1.toml"
	echo "$output"
}

@test "the five tasks end ok, and nothing is left" {
	run_here kernels
	[ "$status" -eq 0 ]
}

@test "under a limit that they do not fit in, nothing is left" {
	run_here kernels-limit
	# Trials that ended by the OOM killer are what is asked for.
	[ "$status" -eq 1 ]
}
