#!/usr/bin/env bats
# The experiments that ship run as they are: here each of them once, to see that its task does.

load common

# An experiment of the repository with one repetition, no warm-up and one value a sweep.
once() {
	cp -r "$repository/experiments/tasks" "$folder/"
	sed -E -e 's/^repetitions = .*/repetitions = 1/' -e 's/^warmups = .*/warmups = 0/' \
		-e 's/^(size_mib|edge|block_mib) = \[([0-9]+),.*/\1 = \2/' \
		"$repository/experiments/$1.toml" | experiment "$1"
	run_experiment "$1"
}

@test "ramp" {
	once ramp
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 7 and all(t.status == "ok" for t in run.trials)'
}

@test "backends" {
	once backends
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 12 and all(t.status == "ok" for t in run.trials)'
	# 400,000 records of four objects: the truth is what they are, and the marks say when they were held.
	holds 'all(t.truth_peak() > 100 * MIB for t in run.trials)'
}

@test "envelope" {
	once envelope
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 5 and all(t.status == "ok" for t in run.trials)'
	# The cube of 96 samples a side and its complex spectrum are there at once: 4 + 8 bytes a sample.
	holds 'all(t.rise("reference") > 96**3 * 12 for t in run.trials)'
}

@test "command" {
	once command
	[ "$status" -eq 0 ]
	holds 'all(16 * MIB <= t.reference["peak_bytes"] <= 18 * MIB for t in run.trials)'
}
