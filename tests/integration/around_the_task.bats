#!/usr/bin/env bats
# What goes wrong around a task: its launcher, its runtime, its disk, and what it leaves behind.
# bats file_tags=portable

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common
bats_require_minimum_version 1.5.0

teardown() {
	# A test that failed half-way leaves its runner to go on.
	if [ -n "${pid:-}" ] && kill -TERM "$pid" 2>/dev/null; then
		wait "$pid" || true
	fi
	mountpoint -q "$runs" && umount "$runs"
	nothing_is_left
}

# Starts a run of a task that never ends by itself, and returns when it is under way: $pid is the runner.
start_long_run() {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 &
	pid=$!
	wait_for_gate
}

# The one child of a process, whichever thread of it started that.
child_of() {
	local children
	children=$(cat "/proc/$1"/task/*/children)
	echo "${children%% *}"
}

@test "a launcher that is killed is a failed trial" {
	start_long_run
	kill -KILL "$(child_of "$(child_of "$pid")")"
	code=0
	wait "$pid" || code=$?
	pid=
	[ "$code" -eq 1 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["failed"]' \
		'"before the task'"'"'s end was reported" in run.trials[0].cause' \
		'run.trials[0].wall_ns > 0'
}

@test "a runtime that is killed takes its container with it" {
	start_long_run
	kill -KILL "$(child_of "$pid")"
	code=0
	wait "$pid" || code=$?
	pid=
	[ "$code" -eq 1 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["failed"]'
}

@test "on a full disk a run ends, and can be resumed when there is room" {
	mkdir -p "$runs"
	mount -t tmpfs -o size=256k none "$runs"
	experiment full <<-'TOML'
		[task]
		command = ["./end", "sleep", "3"]
		[trials]
		repetitions = 1
		warmups = 0
		[sampler]
		rate_hz = 20000
	TOML
	run_experiment full
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"no space left: the run stops in trial 000001: "*"No space left on device; free some space, then resume"* ]]
	[[ $output == *"memcg-run resume $run_folder" ]]
	holds '[t.status for t in run.trials] == ["interrupted"]'
	mount -o remount,size=64m "$runs"
	run -0 "$program" resume "$run_folder"
	holds '[t.status for t in run.trials] == ["ok"]' \
		'[t.attrs["status"] for t in run.file["interrupted"].values()] == ["interrupted"]'
}

@test "a process that a Python task leaves behind with an open channel ends with the trial" {
	cat >"$folder/leaves.py" <<-'PY'
		import os, time
		if os.fork() == 0:
		    os.setsid()
		    while True:
		        time.sleep(1)
	PY
	experiment leaves <<-'TOML'
		[task]
		python = "leaves.py"
		[trials]
		repetitions = 2
		warmups = 0
	TOML
	run_experiment leaves
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"] * 2'
}
