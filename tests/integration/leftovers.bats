#!/usr/bin/env bats
# A runner that is killed with SIGKILL: its task does not outlive it, and what it left can be removed.

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common
bats_require_minimum_version 1.5.0

teardown() {
	# A test that failed half-way leaves its runner to go on.
	if [ -n "${runner:-}" ] && kill -TERM "$runner" 2>/dev/null; then
		wait "$runner" || true
	fi
	nothing_is_left
}

# Begins a run, waits until its task runs, and kills the runner. $runner is its process, $tasks those of
# the task.
kill_in_mid_trial() {
	experiment long <<-TOML
		[task]
		command = ["./end", "hang", "after-$$-$1"]
		[trials]
		repetitions = 2
		warmups = 0
		[container]
		runtime = "$1"
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 600); do
		tasks=$(tasks_of "after-$$-$1")
		[ -z "$tasks" ] || break
		sleep 0.1
	done
	[ -n "$tasks" ]
	sampled_in_background
	kill -KILL "$runner"
	wait "$runner" || true
}

# Returns when more than 100 samples of the run in the background are in their file: more than the first,
# which are taken before the gate opens.
sampled_in_background() {
	for _ in $(seq 600); do
		[ "$(cat "$runs"/2*/trials/000001.spool/000.samples | wc -c)" -le 1600 ] || return 0
		sleep 0.1
	done
	echo "nothing was sampled"
	return 1
}

# The trial that was cut short, in the folder that its run left: sealed, with what was sampled of it.
cut_trial_is_kept() {
	local trials
	trials=$(echo "$runs"/2*-long/trials)
	[ ! -e "$trials/000001.spool" ]
	/usr/bin/python3 - "$trials/000001.h5" <<-'PYTHON'
		import sys, h5py
		trial = h5py.File(sys.argv[1])
		assert trial.attrs["status"] == "interrupted" and trial.attrs["recovered"]
		assert trial.attrs["cause"] == "the runner was killed during the trial", trial.attrs["cause"]
		assert trial.attrs["wall_ns"] == trial.attrs["end_ns"] - trial.attrs["begin_ns"]
		assert len(trial["reference/time_ns"]) > 100
		assert trial["reference/time_ns"][-1] == trial.attrs["end_ns"]
	PYTHON
}

# Processes in the measured leaf of any trial that have become this task.
tasks_of() {
	local pid
	find /sys/fs/cgroup -path '*/trial-*.slice/task/cgroup.procs' -exec cat {} + 2>/dev/null |
		while read -r pid; do
			! grep -qsz "^$1\$" "/proc/$pid/cmdline" || echo "$pid"
		done
}

tasks_are_gone_within_5_s() {
	local pid
	for pid in $tasks; do
		for _ in $(seq 50); do
			[ -e "/proc/$pid" ] || continue 2
			sleep 0.1
		done
		echo "still there: $pid"
		return 1
	done
}

# systemd removes the groups of a dead scope in its own time.
nothing_is_left_soon() {
	for _ in $(seq 100); do
		[ -d /run/systemd/system ] || break
		! nothing_is_left >/dev/null || return 0
		sleep 0.1
	done
	nothing_is_left
}

for_each_runtime() {
	for runtime in runc none; do
		"$1" "$runtime"
	done
}

clean_removes_what_is_left() {
	kill_in_mid_trial "$1"
	tasks_are_gone_within_5_s
	# runc may still have had the time to delete it: its own death comes a little after the launcher's.
	container_left=$(ls -d "/run/memcg-run/$1/memcg-run-$runner-000001" 2>/dev/null) || true
	run -0 "$program" clean
	echo "$output"
	[[ $output == *"removed folder /run/memcg-run/run-$runner"* ]]
	[ -z "$container_left" ] || [[ $output == *"removed container memcg-run-$runner-000001 ($1)"* ]]
	# Under systemd the groups of a dead run go by themselves.
	[ -d /run/systemd/system ] || [[ $output == *"removed cgroup memcg-run.slice/trial-000001.slice"* ]]
	nothing_is_left_soon
	# What was measured is not a leftover.
	[[ $output == *"trial 000001 in "*"/trials: recovered with "*" samples: the runner was killed during the trial"* ]]
	cut_trial_is_kept
	rm -r "$runs"
}

next_run_removes_what_is_left() {
	kill_in_mid_trial "$1"
	tasks_are_gone_within_5_s
	experiment next <<-'TOML'
		[task]
		command = ["./end", "exit", "0"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment next
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"]'
	[[ $output == *"an earlier run was killed; what it left was removed"* ]]
	[[ $output == *"an earlier run was killed: trial 000001 in "*": recovered with "* ]]
	cut_trial_is_kept
	grep -q "a run that was killed left folder /run/memcg-run/run-$runner: removed" "$run_folder/run.log"
	nothing_is_left_soon
	rm -r "$runs"
}

@test "clean removes what a killed run left, and lists it" {
	for_each_runtime clean_removes_what_is_left
	run -0 "$program" clean
	[ "$output" = "nothing was left by an earlier run" ]
}

@test "the next run removes what a killed run left, and says so in one line" {
	for_each_runtime next_run_removes_what_is_left
}

@test "clean leaves a run in progress alone" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
	run -3 "$program" clean
	[[ $output == *"another run is under way"*"process $runner"* ]]
	kill -0 "$runner"
	kill -TERM "$runner"
	code=0
	wait "$runner" || code=$?
	[ "$code" -eq 130 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["interrupted"]'
}

# bats test_tags=portable
@test "a damaged journal stops a run, which says what to do, and clean sets it aside" {
	local name=journal-1-$$

	experiment short <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	mkdir -p /run/memcg-run
	printf 'title short, process 1\0folder /run/memcg-run/run-none\0slic' >"/run/memcg-run/$name"
	# What was cut short within an entry is no damage.
	run_experiment short
	[ "$status" -eq 0 ]
	[ ! -e "/run/memcg-run/$name" ]
	printf 'title short, process 1\0noise\0' >"/run/memcg-run/$name"
	run_experiment short
	[ "$status" -eq 3 ]
	[[ $output == *"/run/memcg-run/$name is damaged: \"noise\" names nothing; memcg-run clean sets it aside"* ]]
	run -0 "$program" clean
	[[ $output == "memcg-run: warning: /run/memcg-run/$name is damaged: \"noise\" names nothing; it was moved to /run/memcg-run/damaged-$name-1,"* ]]
	rm "/run/memcg-run/damaged-$name-1"
	run_experiment short
	[ "$status" -eq 0 ]
}

# Starts a run of $1 that lasts, with the words behind it in front, and returns when it is under way: $runner.
start_a_run() {
	experiment "$1" <<-TOML
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		runtime = "$1"
	TOML
	runs=$BATS_TEST_TMPDIR/$1-$#
	"${@:2}" "$program" --no-pictures --output "$runs" "$folder/$1.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
}

end_the_run() {
	kill -TERM "$runner"
	wait "$runner" || true
	ended=$runner runner=
}

what_is_left_is_this_tests_own() {
	# By its environment it is nobody's here.
	start_a_run "$1" env -u BATS_TEST_TMPDIR
	[ -n "$(find_traces)" ]
	nothing_is_left
	end_the_run
	start_a_run "$1"
	run nothing_is_left
	end_the_run
	[ "$status" -eq 1 ]
	[[ $output == *"/trial-000001.slice"* && $output == *"/run/memcg-run/run-$ended"* && $output == */proc/[0-9]*" run-"* ]]
}

@test "a test finds what its own runs left, and nothing of another run in progress" {
	for_each_runtime what_is_left_is_this_tests_own
}

# A run for the user 12345, killed in its first trial, in folders that it made: $run_folder.
kill_a_users_run() {
	experiment killed <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		runtime = "none"
	TOML
	mkdir -p "$BATS_TEST_TMPDIR/home"
	runs=$BATS_TEST_TMPDIR/home/a/b
	SUDO_UID=12345 SUDO_GID=23456 "$program" --no-pictures --output "$runs" "$folder/killed.toml" \
		>"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
	sampled_in_background
	kill -KILL "$runner"
	wait "$runner" || true
	run_folder=$(echo "$runs"/2*-killed)
}

# Who owns what is in the run's folder, and the folders that were made for it.
owners() {
	find "$BATS_TEST_TMPDIR/home/a" ! -type l -printf '%U:%G\n' | sort -u
}

# bats test_tags=portable
@test "a run that was killed is its user's when clean or another user's resumption has recovered it" {
	kill_a_users_run
	[ "$(owners)" = 0:0 ]
	run -0 "$program" clean
	[[ $output == *"trial 000001 in $run_folder/trials: recovered with "* ]]
	[ "$(owners)" = 12345:23456 ]
	[ "$(stat -c %u "$BATS_TEST_TMPDIR/home")" = 0 ]
	# Whoever resumes it; where it is root's still, as after the machine's end, its record says whose it is.
	for owner in 12345:23456 0:0; do
		chown -hR "$owner" "$BATS_TEST_TMPDIR/home/a"
		SUDO_UID=54321 SUDO_GID=54321 "$program" resume --no-pictures "$run_folder" \
			>"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
		runner=$!
		for _ in $(seq 600); do
			[ ! -e "$run_folder/trials/000001.spool" ] || break
			sleep 0.1
		done
		kill -TERM "$runner"
		wait "$runner" || true
		cat "$BATS_TEST_TMPDIR/printed"
		find "$run_folder" -printf '%U:%G %p\n'
		[ "$(find "$run_folder" -printf '%U:%G\n' | sort -u)" = 12345:23456 ]
	done
}

# bats test_tags=portable
@test "what stands in the place of a killed run's folder is not that, and is left as it is" {
	kill_a_users_run
	mv "$run_folder" "$run_folder.moved"
	mkdir -p "$run_folder/trials"
	cp -r "$run_folder.moved/trials/000001.spool" "$run_folder/trials/"
	run -0 "$program" clean
	echo "$output"
	[[ $output == *"$run_folder is not the folder that the run made: it was moved or replaced, and is left as it is"* ]]
	[ -e "$run_folder/trials/000001.spool" ]
	[ "$(owners)" = 0:0 ]
}
