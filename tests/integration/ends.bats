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

# bats test_tags=portable
@test "a missing program fails before it begins, with its name" {
	one_task '"there-is-no-such-program"'
	[ "$status" -eq 1 ]
	holds '"cannot execute there-is-no-such-program" in run.trials[0].cause' \
		'"No such file" in run.trials[0].cause'
}

# bats test_tags=portable
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

# bats test_tags=portable
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

@test "a task whose daemon lives on is ok, and the run says what outlived it and what that held" {
	cat >"$folder/daemon.sh" <<-'SH'
		#!/bin/sh
		mkfifo /tmp/ready
		setsid /usr/bin/python3 -c '
		import time
		held = b"x" * (128 << 20)
		open("/tmp/ready", "w").close()
		time.sleep(600)' >/dev/null 2>&1 &
		# Until the daemon holds its memory.
		read -r line </tmp/ready
		exit 0
	SH
	chmod +x "$folder/daemon.sh"
	experiment daemon <<-'TOML'
		[task]
		command = ["./daemon.sh"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment daemon
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ "memory was used after the task's end in the only trial: trial 000001 (none): 1 process outlived it, with 1"[34][0-9]\.[0-9]+" MiB" ]]
	holds 'run.trials[0].status == "ok" and run.trials[0].reference["peak_bytes"] > 128 * MIB' \
		'run.trials[0].group.attrs["remainder"].startswith("1 process outlived it, with 1")' \
		'int(run.attrs["trials_with_remainder"]) == 1'
	run "$program" show "$run_folder" 1
	[[ $output == *"remainder"*"1 process outlived it"* ]]
}

# A run of a shell script, which is read from stdin, with further keys: $1 is its container's, $2 its limits'.
script_task() {
	{ echo '#!/bin/bash'; cat; } >"$folder/task.sh"
	chmod +x "$folder/task.sh"
	experiment script <<-TOML
		[task]
		command = ["./task.sh"]
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		$2
		[container]
		$1
	TOML
	run_experiment script
}

# A task that begins $1 threads, which all wait for the last, under the limits $2. It fails if one is refused.
threads_task() {
	script_task '' "$2" <<-SH
		exec /usr/bin/python3 -c '
		import threading
		threading.stack_size(65536)
		stop = threading.Event()
		started = []
		failed = False
		try:
		    for _ in range($1):
		        thread = threading.Thread(target=stop.wait)
		        thread.start()
		        started.append(thread)
		except RuntimeError:
		    failed = True
		stop.set()
		for thread in started: thread.join()
		raise SystemExit(failed)
		'
	SH
}

# bats test_tags=portable
@test "causes name the key that helps: tmp_max, where a program died or was told so" {
	script_task 'tmp_max = "64MiB"' '' <<-'SH'
		exec /usr/bin/python3 -c '
		import mmap
		with open("/dev/shm/data", "wb+") as file:
		    file.truncate(128 << 20)
		    memory = mmap.mmap(file.fileno(), 128 << 20)
		    for at in range(0, 128 << 20, 4096): memory[at] = 1
		'
	SH
	[ "$status" -eq 1 ]
	[[ $output == *"ended by signal 7 (SIGBUS); its /dev/shm was full (container.tmp_max = 64.00 MiB)"* ]]
	script_task 'tmp_max = "64MiB"' '' <<-'SH'
		head -c 128M /dev/zero >/tmp/data
	SH
	[ "$status" -eq 1 ]
	[[ $output == *"its /tmp was full (container.tmp_max = 64.00 MiB)"* ]]
	# What it wrote is gone by its end.
	script_task 'tmp_max = "64MiB"' '' <<-'SH'
		trap 'rm /tmp/data' EXIT
		head -c 128M /dev/zero >/tmp/data || exit 1
	SH
	[ "$status" -eq 1 ]
	[[ $output == *'it printed "No space left on device", and its /tmp and /dev/shm hold 64.00 MiB each (container.tmp_max)'* ]]
}

@test "causes name the key that helps: memory_max, pids_max, what is read-only" {
	script_task '' 'memory_max = "64MiB"' <<-'SH'
		exec /usr/bin/python3 -c 'b"x" * (200 << 20)'
	SH
	[ "$status" -eq 1 ]
	[[ $output == *"at its memory limit; the task was ended by SIGKILL (limits.memory_max = 64.00 MiB)"* ]]
	threads_task 100 'pids_max = 64'
	[ "$status" -eq 1 ]
	[[ $output == *"exited with code 1; the kernel refused it "*" process"*"(limits.pids_max)"* ]]
	script_task '' '' <<-'SH'
		echo result >result.txt
	SH
	[ "$status" -eq 1 ]
	[[ $output == *'it printed "Read-only file system", and in its container only /tmp, /dev/shm and writable container.mounts can be written to; task.working_directory = "writable" adds its folder'* ]]
}

# bats test_tags=portable
@test "3000 threads meet the default of pids_max, and the cause names it" {
	threads_task 3000 ''
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"exited with code 1; the kernel refused it 1 process (limits.pids_max)"* ]]
	# With room for them it is ok.
	sed -i 's/^\[limits\]$/&\npids_max = 4096/' "$folder/script.toml"
	run_experiment script
	[ "$status" -eq 0 ]
}

# bats test_tags=portable
@test "a profile that keeps a Python task from its channel is warned of at check, and named in the cause" {
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sendto","sendmsg"],"action":"SCMP_ACT_ERRNO"}]}' \
		>"$folder/no-sendto.json"
	echo pass >"$folder/task.py"
	experiment quiet <<-'TOML'
		[task]
		python = "task.py"
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		seccomp = "no-sendto.json"
	TOML
	run "$program" check "$folder/quiet.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"quiet.toml:7:11: warning: container.seccomp: the profile refuses sendto, with which a Python task reports to memcg-run: every trial will fail"* ]]
	run_experiment quiet
	[ "$status" -eq 1 ]
	holds '"its profile refuses sendto" in run.trials[0].cause'
	# A command needs no channel.
	sed -i 's/python = .*/command = ["true"]/' "$folder/quiet.toml"
	run "$program" check "$folder/quiet.toml"
	[[ $output != *warning* ]]
}

# bats test_tags=portable
@test "what a task prints is kept to 64 KiB, and the rest counted" {
	one_task '"./end", "print", "1000000"'
	[ "$status" -eq 0 ]
	holds 'run.trials[0].group["stdout"].attrs["cut_bytes"] == 1000000 - 65536' \
		'len(run.trials[0].text("stdout")) == 65536'
}

# bats test_tags=portable
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
	task=$(sed -n 's/.*the gate opens for process //p' "$runs"/2*/run.log)
	grep -q 'trial-000001.slice/task$' "/proc/$task/cgroup"
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 130 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["interrupted"]' \
		'not run.attrs["complete"]'
	grep -q 'interrupted' "$BATS_TEST_TMPDIR/printed"
}

# bats test_tags=portable
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
