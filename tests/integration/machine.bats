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
	[ -z "${group:-}" ] || rmdir "$group"
	nothing_is_left
}

on_v2() {
	grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null
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

# bats test_tags=portable
@test "a runner that was stopped for a second: a gap in results.h5, in the summary and in the picture" {
	task_of still '"./end", "sleep", "3"'
	start still
	wait_for_gate
	kill -STOP "$pid"
	sleep 1.2
	kill -CONT "$pid"
	wait "$pid"
	pid=
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["ok"]'
	# The samples on both sides are there, and nothing between them.
	holds '(run.trials[0].gaps_ns() >= 1e9).sum() == 1' \
		'run.trials[0].group.attrs["gaps"].startswith("nothing was sampled for up to 1.")' \
		'int(run.attrs["trials_with_gaps"]) == 1' \
		'numpy.diff(run.trials[0].time_ns).max() == run.trials[0].gaps_ns().max()'
	grep -q 'warning: .* stood still in the only trial: trial 000001 (none): nothing was sampled for up to 1\.' "$BATS_TEST_TMPDIR/printed"
	grep -q '1 gap in the samples' "$run_folder"/plots/memory-usage-comparison.gp ||
		grep -q ' gaps in the samples' "$run_folder"/plots/memory-usage-comparison.gp
	grep -q '^$' "$run_folder"/plots/trace-1-01-none-reference.dat
}

# Runs the experiment $1 with the faults that come after it (tests/faults/preload.c): $status and $output.
with_faults() {
	local name=$1
	shift
	run env "$@" LD_PRELOAD="$build/tests/faults/preload.so" ASAN_OPTIONS=verify_asan_link_order=0 \
		"$program" --output "$runs" "$folder/$name.toml"
	echo "$output"
	run_folder=$(find "$runs" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | sort | tail -n 1)
}

# The sealed trials of a run that could not be gathered: how many of them h5py reads to their last sample.
sealed_and_whole() {
	/usr/bin/python3 - "$run_folder"/trials/*.h5 <<-'PYTHON'
		import sys, h5py
		for path in sys.argv[1:]:
		    with h5py.File(path) as trial:
		        assert len(trial["reference/time_ns"][:]) == len(trial["reference/current_bytes"][:])
		        assert trial.attrs["status"] == "ok"
		print(len(sys.argv) - 1)
	PYTHON
}

# bats test_tags=portable
@test "a read-only output folder is refused before anything is created" {
	task_of short '"./end", "exit", "0"'
	mkdir -p "$runs"
	mount -t tmpfs -o ro none "$runs"
	run_experiment short
	[ "$status" -eq 3 ]
	[[ $output == *"cannot make $runs/"*": Read-only file system" ]]
}

# bats test_tags=portable
@test "too few files that may be open are refused; as few as are asked for suffice for a task that takes all" {
	experiment greedy <<-'TOML'
		[task]
		command = ["./hostile_channel"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	(
		ulimit -n 100
		run_experiment greedy
		[ "$status" -eq 3 ]
		[[ $output == *"the limit of open files is 100, and a trial may need 640"*"ulimit -n"* ]]
		[ ! -e "$runs" ]
	)
	(
		ulimit -n 640
		run_experiment greedy
		[ "$status" -eq 0 ]
		holds '[t.status for t in run.trials] == ["ok"]' \
			'run.trials[0].channel_refused_connections > 0'
	)
}

# bats test_tags=portable
@test "EIO while sampling: the trial fails with it, and is sealed without its samples" {
	task_of short '"./end", "sleep", "1"' 2
	with_faults short FAULT_WRITE=.samples
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["failed"] * 2' \
		'all("Input/output error" in t.cause for t in run.trials)'
}

# bats test_tags=portable
@test "EIO while sealing: the run reports it and ends, and can be resumed" {
	task_of short '"./end", "exit", "0"' 2
	with_faults short FAULT_WRITE=/trials/000002.h5
	[ "$status" -eq 3 ]
	[[ $output == *"000002.h5"*"Input/output error"* ]]
	unfaulted
}

# bats test_tags=portable
@test "EIO while gathering: no results.h5, the sealed trials intact, and the run can be resumed" {
	task_of short '"./end", "exit", "0"' 2
	with_faults short FAULT_SYNC=/results.h5
	[ "$status" -eq 3 ]
	[[ $output == *"results.h5"*"Input/output error"* ]]
	[ ! -e "$run_folder/results.h5" ]
	[ "$(sealed_and_whole)" -eq 2 ]
	unfaulted
}

# Goes on with the run without the fault.
unfaulted() {
	run "$program" resume "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"] * 2' \
		'run.attrs["complete"]'
}

# bats test_tags=portable
@test "a clock that is set back repeatedly: times increase, and nothing is measured with it" {
	task_of short '"./end", "sleep", "1"' 2
	with_faults short FAULT_CLOCK_BACK=3600
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"] * 2' \
		'all((numpy.diff(t.time_ns) > 0).all() for t in run.trials)' \
		'all(1e9 <= t.wall_ns < 20e9 for t in run.trials)'
	# The fault was there: the second trial's place on the calendar is before the first one's.
	holds 'run.trials[1].start_realtime_ns < run.trials[0].start_realtime_ns' \
		'run.trials[1].start_monotonic_ns > run.trials[0].start_monotonic_ns'
}

# bats test_tags=portable
@test "a runtime that hangs is killed, and the trial says so" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/runc" <<-'SHELL'
		#!/bin/sh
		[ "$1" = --version ] && echo "runc version 9.9" && exit
		exec sleep 1000
	SHELL
	chmod +x "$BATS_TEST_TMPDIR/bin/runc"
	task_of short '"./end", "exit", "0"'
	with_faults short PATH="$BATS_TEST_TMPDIR/bin:$PATH" FAULT_JUMP=100
	[ "$status" -eq 1 ]
	holds '"did not reach the gate in time" in run.trials[0].cause'
}

# bats test_tags=portable
@test "a missing runtime is an error that says what to install" {
	mkdir "$BATS_TEST_TMPDIR/empty"
	task_of short '"./end", "exit", "0"'
	with_faults short PATH="$BATS_TEST_TMPDIR/empty"
	[ "$status" -eq 3 ]
	[[ $output == *"runc is not installed: apt-get install runc"* ]]
	[ ! -e "$runs" ]
}

@test "a cgroup that is removed under the sampler fails its trial, and the next one has its own" {
	task_of long '"./end", "sleep", "3"' 2
	start long
	wait_for_gate
	leaf=$(find /sys/fs/cgroup -path '*/trial-000001.slice/task' | head -n 1)
	while read -r task; do
		echo "$task" >"${leaf%/task}/runtime/cgroup.procs"
	done <"$leaf/cgroup.procs"
	rmdir "$leaf"
	code=0
	wait "$pid" || code=$?
	pid=
	cat "$BATS_TEST_TMPDIR/printed"
	[ "$code" -eq 1 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["failed", "ok"]' \
		'"No such device" in run.trials[0].cause'
}

# Starts the experiment $1, and leaves its runner no more memory than it has when its first task is let go.
start_without_memory() {
	if on_v2; then
		start "$1"
		wait_for_gate
		# Under systemd this is its part of the scope that it has asked for.
		local own
		own=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
		echo 1M >"$own/memory.max"
		return
	fi
	group=/sys/fs/cgroup/memory/memcg-run.slice/fault-$$
	mkdir -p "$group"
	echo 64M >"$group/memory.limit_in_bytes"
	(
		echo "$BASHPID" >"$group/cgroup.procs"
		exec "$program" --output "$runs" "$folder/$1.toml"
	) >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	pid=$!
	wait_for_gate
	# Down to what cannot be given back.
	local kib
	for ((kib = 65536; kib > 0; kib -= 256)); do
		echo "${kib}K" >"$group/memory.limit_in_bytes" || break
	done 2>/dev/null
}

@test "a runner out of memory: whatever the kernel kills, nothing is left, and the run can be resumed" {
	task_of long '"./end", "sleep", "2"' 3
	start_without_memory long
	code=0
	wait "$pid" || code=$?
	pid=
	cat "$BATS_TEST_TMPDIR/printed"
	# Its container runtime, which shares its group, may be killed in its place: a failed trial then.
	[ "$code" -eq 137 ] || [ "$code" -eq 1 ] || [ "$code" -eq 3 ]
	run "$program" clean
	[ "$status" -eq 0 ]
	# systemd removes the groups of a dead scope in its own time.
	for _ in $(seq 100); do
		! nothing_is_left || break
		sleep 0.1
	done
	nothing_is_left
	run_folder=$(echo "$runs"/2*)
	if [ ! -e "$run_folder/results.h5" ]; then
		run "$program" resume "$run_folder"
		echo "$output"
		[ "$status" -le 1 ]
	fi
	holds 'run.attrs["complete"] and len(run.trials) == 3' \
		'{t.status for t in run.trials} <= {"ok", "failed"}'
}
