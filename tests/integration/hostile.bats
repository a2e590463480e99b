#!/usr/bin/env bats
# Tasks that mean harm: each ends with its status and cause, and the next trial is none the worse for it.

load common

@test "attacks in random order: their statuses, an honest task among them, the runner's memory, nothing left" {
	# Those that end by themselves need their time in an emulated machine.
	run "$repository/tests/faults/hostile-tasks" --trials 19 --timeout-s "$(unless_emulated 4 12)"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" passed, 0 failed" ]]
}

# bats test_tags=portable
@test "a task that fills its backend's folder is killed, and what it wrote is removed" {
	cat >"$folder/fills.py" <<-'PYTHON'
		import os, time
		if os.environ["MEMCG_RUN_PARAM_much"] == "true":
		    with open("/run/memcg-run/profiler/filler", "wb") as filler:
		        filler.write(bytes(4 << 20))
		    time.sleep(60)
		time.sleep(0.2)
	PYTHON
	experiment fills <<-'TOML'
		[task]
		python = "fills.py"
		[task.parameters]
		much = [true, false]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
		[backends]
		names = ["mprof"]
		files_max = "1MiB"
	TOML
	run_experiment fills
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["failed", "ok"]' \
		'"backends.files_max" in run.trials[0].cause' \
		'run.trials[0].wall_ns < 30e9'
	[ ! -e "$run_folder/profiler/000001-mprof" ]
	[ -n "$(find "$run_folder/profiler/000002-mprof" -type f -size +0)" ]
}

# bats test_tags=portable
@test "a task that fills its backend's folder and ends at once is still detected" {
	cat >"$folder/fills.py" <<-'PYTHON'
		for number in range(10001):
		    open(f"/run/memcg-run/profiler/{number}", "w").close()
	PYTHON
	experiment fills <<-'TOML'
		[task]
		python = "fills.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["mprof"]
	TOML
	run_experiment fills
	[ "$status" -eq 1 ]
	holds '"backends.files_max" in run.trials[0].cause'
	[ ! -e "$run_folder/profiler/000001-mprof" ]
}

# bats test_tags=portable
@test "a huge sparse file exceeds the quota of a backend's folder, and does not block its reader" {
	for file in time.txt mprof.dat hole; do
		experiment sparse <<-TOML
			[task]
			command = ["./hostile_sparse", "/run/memcg-run/profiler/$file"]
			[trials]
			repetitions = 1
			warmups = 0
			[backends]
			names = ["gnu-time"]
		TOML
		run_experiment sparse
		[ "$status" -eq 1 ]
		holds '[t.status for t in run.trials] == ["failed"]' '"backends.files_max" in run.trials[0].cause'
		[ ! -e "$run_folder/profiler/000001-gnu-time" ]
		rm -r "$runs"
	done
	# Where the user sets no bound, the reader has its own.
	experiment unbounded <<-'TOML'
		[task]
		python = "task.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["mprof"]
		files_max = "max"
	TOML
	cat >"$folder/task.py" <<-'PY'
		import glob, os
		for path in glob.glob("/run/memcg-run/profiler/*"):
		    os.truncate(path, 15 << 40)
	PY
	run_experiment unbounded
	[ "$status" -eq 1 ]
	holds '"larger than 4294967296 bytes" in run.trials[0].cause'
}

@test "two thousand sleeping processes end at the timeout, and the run is complete" {
	# A fork takes milliseconds where time is emulated.
	n=$(unless_emulated 2000 400)
	experiment sleepers <<-TOML
		[task]
		command = ["./hostile_sleepers", "{n}"]
		[task.parameters]
		n = [$n]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 12
	TOML
	run_experiment sleepers
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["timeout"]' \
		'run.trials[0].group["reference"].attrs["peak_bytes"] > '"$n"' * 40960' \
		'run.attrs["complete"]'
	[ ! -e "$run_folder/trials" ]
}

@test "a task that marks endlessly is not held longer than its counts may take" {
	experiment marker <<-'TOML'
		[task]
		command = ["./hostile_marker"]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 3
		[oracle]
		timeout_s = 1
	TOML
	run_experiment marker
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["timeout"]' \
		'len(run.trials[0].group["oracle/mark"]) > 0'
	grep -q 'its counts exceeded oracle.timeout_s' "$run_folder/run.log"
}

# bats test_tags=portable
@test "a task that floods the channel with samples fills no disk: the excess is counted" {
	experiment floods <<-'TOML'
		[task]
		command = ["./hostile_samples", "200000"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		files_max = "1MiB"
	TOML
	run_experiment floods
	[ "$status" -eq 0 ]
	holds 'run.trials[0].channel_records == 200000'
	# 16 bytes each: 1 MiB has room for 65536.
	holds 'len(run.trials[0].group["metrics/flood.held_bytes/value"]) == 65536' \
		'run.trials[0].channel_rejected_records == 200000 - 65536'
}

@test "there is a default limit of processes" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	"$program" --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	pid=$!
	wait_for_gate
	found=$(find /sys/fs/cgroup -path '*/trial-000001.slice/pids.max' -exec cat {} +)
	kill -TERM "$pid"
	wait "$pid" || true
	[ "$found" = 2048 ]
}

# A runc that first runs the words given.
before_the_task() {
	tools=$BATS_TEST_TMPDIR/tools
	mkdir -p "$tools"
	cat >"$tools/runc" <<-SH
		#!/bin/sh
		case " \$* " in
		*" run "*) $1 ;;
		esac
		exec $(command -v runc) "\$@"
	SH
	chmod 755 "$tools/runc"
}

# bats test_tags=portable
@test "a folder that took the place of a reporter's before it was mounted is not the task's to write to" {
	before_the_task "(cd $runs/*-moved && mv profiler aside && mkdir -p profiler/000001-gnu-time)"
	experiment moved <<-'TOML'
		[task]
		command = ["true"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["gnu-time"]
	TOML
	PATH=$tools:$PATH run_experiment moved
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["failed"]' \
		'"folder was replaced" in run.trials[0].cause'
	[ -z "$(ls -A "$run_folder/profiler/000001-gnu-time")" ]
}

# bats test_tags=portable
@test "without a container, what takes the place of a reporter's folder before the reporter begins gets nothing" {
	cat >"$folder/move" <<-SH
		#!/bin/sh
		cd $runs/*-moved && mv profiler aside && mkdir -p profiler/000001-gnu-time
	SH
	chmod 755 "$folder/move"
	experiment moved <<-'TOML'
		[task]
		command = ["true"]
		prepare = ["./move"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["gnu-time"]
		[container]
		runtime = "none"
	TOML
	run_experiment moved
	[ "$status" -eq 0 ]
	[ -z "$(ls -A "$run_folder/profiler/000001-gnu-time")" ]
	[ -s "$run_folder/aside/000001-gnu-time/time.txt" ]
}
