#!/usr/bin/env bats
# Faults of the machine around a run: each is told of in a sentence, has its exit code, and leaves nothing.

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common

teardown() {
	# A test that failed half-way leaves its runner to go on, or stopped.
	if [ -n "${pid:-}" ] && kill -CONT "$pid" 2>/dev/null; then
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" || true
	fi
	mountpoint -q "$runs" && umount "$runs"
	nothing_is_left
}

# Experiment $1 of a task with the words $2, $3 times.
task_of() {
	experiment "$1" <<-TOML
		[task]
		command = [$2]
		[trials]
		repetitions = ${3:-1}
		warmups = 0
		timeout_s = 30.0
	TOML
}

start() {
	"$program" --output "$runs" "$folder/$1.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	pid=$!
}

@test "a runner that was stopped for a second: a gap in results.h5, in the summary and in the picture" {
	task_of still '"./end", "sleep", "3"'
	start still
	wait_for_gate
	kill -STOP "$pid"
	sleep 1.2
	kill -CONT "$pid"
	wait "$pid"
	pid=
	run_folder=$(echo "$runs"/*)
	holds '[t.status for t in run.trials] == ["ok"]'
	# The samples on both sides are there, and nothing between them.
	holds '(run.trials[0].gaps_ns() >= 1e9).sum() == 1'
	holds 'numpy.diff(run.trials[0].time_ns).max() == run.trials[0].gaps_ns().max()'
	grep -q 'warning: nothing was sampled for up to 1\.' "$BATS_TEST_TMPDIR/printed"
	grep -q '1 gap in the samples' "$run_folder"/plots/memory-usage-comparison.gp ||
		grep -q ' gaps in the samples' "$run_folder"/plots/memory-usage-comparison.gp
	grep -q '^$' "$run_folder"/plots/trace-1-01-none-reference.dat
}
