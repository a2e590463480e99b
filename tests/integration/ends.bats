#!/usr/bin/env bats
# Ways for a task to end: each has its own status and cause, and the run goes on.

load common

# A run of one task with one way to end.
one_task() {
	experiment task <<-TOML
		[task]
		command = [$1]
		[trials]
		repetitions = ${2:-1}
		warmups = 0
		timeout_s = ${3:-60.0}
		[limits]
		memory_max = "64MiB"
		swap_max = "0"
		pids_max = 32
	TOML
	run_experiment task
}

@test "a task that exits with 3 fails with its code, and the run continues" {
	one_task '"./end", "exit", "3"' 2
	[ "$status" -eq 1 ]
	holds '[(t.status, t.exit_code, t.signal) for t in run.trials] == [("failed", 3, None)] * 2' \
		'all("exited with code 3" in t.cause for t in run.trials)'
	[[ $output == *"exited with code 3"* ]]
}

@test "a task that dies of SIGSEGV fails with its signal" {
	one_task '"./end", "signal", "11"'
	[ "$status" -eq 1 ]
	holds '[(t.status, t.exit_code, t.signal) for t in run.trials] == [("failed", None, 11)]' \
		'"SIGSEGV" in run.trials[0].cause'
}

@test "a task killed at its memory limit is oom" {
	one_task '"./touch", "128"' 2
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["oom"] * 2' \
		'all(t.signal == 9 and "memory limit" in t.cause for t in run.trials)'
	# On v2 the charge that the slice refuses has been counted in its leaf: a huge page at most.
	holds 'all(t.reference["peak_bytes"] <= 66 * MIB for t in run.trials)'
}

@test "a task that outlives its timeout is timeout, and is gone" {
	one_task '"./end", "hang"' 2 0.5
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["timeout"] * 2' \
		'all(0.5e9 <= t.wall_ns < 10e9 for t in run.trials)'
}

@test "a missing program fails before it begins, with its name" {
	one_task '"there-is-no-such-program"'
	[ "$status" -eq 1 ]
	holds '"cannot execute there-is-no-such-program" in run.trials[0].cause' \
		'"No such file" in run.trials[0].cause'
}

@test "a Python task that raises an exception fails, and its traceback is kept and shown" {
	echo 'raise ValueError("no such luck")' >"$folder/raises.py"
	experiment raises <<-'TOML'
		[task]
		python = "raises.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "psutil", "mprof"]
	TOML
	run_experiment raises
	[ "$status" -eq 1 ]
	holds 'all((t.status, t.exit_code) == ("failed", 1) for t in run.trials)' \
		'all("ValueError: no such luck" in t.text("stderr") for t in run.trials)'
	# Once for all three, on the terminal and in report.html; in the log for each.
	[ "$(grep -c '^    ValueError: no such luck$' <<<"$output")" -eq 1 ]
	[[ $output == *"failed: exited with code 1 (3 trials, the first 000001); its stderr ends:"* ]]
	[ "$(grep -c 'trial 00000[123]: stderr: ValueError: no such luck$' "$run_folder/run.log")" -eq 3 ]
	"$program" report -q "$run_folder"
	[ "$(grep -c '^ValueError: no such luck$' "$run_folder/report.html")" -eq 1 ]
}

@test "why a task failed is shown of each kind, whatever it printed before" {
	cat >"$folder/fails.sh" <<-'SH'
		#!/bin/sh
		[ "$1" -gt 0 ] || exit 0
		head -c 100000 /dev/zero | tr '\0' 'x' >&2
		printf '\ncannot open \033[2Jfile %s\n' "$1" >&2
		exit "$1"
	SH
	chmod +x "$folder/fails.sh"
	experiment kinds <<-'TOML'
		[task]
		command = ["./fails.sh", "{code}"]
		[task.parameters]
		code = [0, 3, 4]
		[trials]
		repetitions = 2
		warmups = 0
	TOML
	run "$program" --quiet --no-pictures --output "$runs" "$folder/kinds.toml"
	[ "$status" -eq 1 ]
	[[ $output == *"warning: 4 of 6 trials are not ok; the first: "* ]]
	for code in 3 4; do
		grep -qE "^  failed: exited with code $code \\(2 trials, the first 00000[1-6]\\); its stderr ends:$" <<<"$output"
		grep -qxF "    cannot open  [2Jfile $code" <<<"$output"
	done
}

@test "all ways to end in one run: every trial has its own status" {
	experiment ways <<-'TOML'
		[task]
		command = ["./end", "{how}", "{number}"]
		[task.parameters]
		how = ["exit", "signal"]
		number = [0, 11]
		[trials]
		repetitions = 2
		warmups = 1
	TOML
	run_experiment ways
	[ "$status" -eq 1 ]
	holds 'len(run.trials) == 12' \
		'sum(t.status == "ok" for t in run.trials) == 6' \
		'{(t.status, t.exit_code, t.signal) for t in run.trials} == {("failed", None, 11), ("failed", 11, None), ("ok", 0, None)}'
}

@test "a failed task's cause reports refused forks and leftover processes" {
	cat >"$folder/forks.sh" <<-'SH'
		#!/bin/sh
		i=0
		while [ $i -lt 40 ]; do (sleep 20 &); i=$((i + 1)); done
		exit 3
	SH
	chmod +x "$folder/forks.sh"
	one_task '"./forks.sh"'
	[ "$status" -eq 1 ]
	holds 'run.trials[0].status == "failed"' \
		'run.trials[0].group.attrs["refused_forks"] > 0' \
		'20 <= run.trials[0].group.attrs["outlived_processes"] <= 32' \
		'run.trials[0].cause.startswith("exited with code 3; the kernel refused it ")' \
		'" processes behind" in run.trials[0].cause'
}

@test "what a task prints is kept to 64 KiB, and the rest counted" {
	one_task '"./end", "print", "1000000"'
	[ "$status" -eq 0 ]
	holds 'run.trials[0].group["stdout"].attrs["cut_bytes"] == 1000000 - 65536' \
		'len(run.trials[0].text("stdout")) == 65536'
}

@test "Ctrl-C: the trial is recorded as interrupted, the rest is not run, exit 130" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 5
		warmups = 0
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 &
	pid=$!
	wait_for_gate
	# The log names the task's process as the host knows it.
	task=$(sed -n 's/.*the gate opens for process //p' "$runs"/*/run.log)
	grep -q 'trial-000001.slice/task$' "/proc/$task/cgroup"
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 130 ]
	run_folder=$(echo "$runs"/*)
	holds '[t.status for t in run.trials] == ["interrupted"]' \
		'not run.attrs["complete"]'
	grep -q 'interrupted' "$BATS_TEST_TMPDIR/printed"
}

@test "a runtime that ends silently is reported with its exit code" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/runc" <<-'SHELL'
		#!/bin/sh
		[ "$1" = --version ] && echo "runc version 9.9" && exit
		exit 17
	SHELL
	chmod +x "$BATS_TEST_TMPDIR/bin/runc"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH one_task '"./end", "0"'
	[ "$status" -eq 1 ]
	holds '"the runtime exited with code 17" in run.trials[0].cause'
}
