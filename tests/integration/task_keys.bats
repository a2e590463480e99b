#!/usr/bin/env bats
# The keys of [task] that say how a task is started: in a container and without one.
# bats file_tags=portable

load common

# An experiment of one trial: [task] and what else stands on standard input, with the runtime $1. Its task's
# standard output is in $printed.
run_one_trial() {
	experiment task <<-EOF
		$(cat)

		[trials]
		repetitions = 1
		warmups = 0

		[container]
		runtime = "$1"
	EOF
	run_experiment task
	echo "$output"
	printed=$(query 'run.trials[0].text("stdout")')
	echo "$printed"
}

@test "environment: its values, with parameters, over the defaults; folders before memcg-run's own" {
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			command = ["env"]
			[task.parameters]
			threads = 4
			[task.environment]
			OMP_NUM_THREADS = "{threads}"
			HOME = "/nowhere"
			PATH = "/opt/own/bin"
			QUOTED = "a b=c {{}}"
		EOF
		[ "$status" -eq 0 ]
		[[ $'\n'$printed$'\n' == *$'\nOMP_NUM_THREADS=4\n'* ]]
		[[ $'\n'$printed$'\n' == *$'\nHOME=/nowhere\n'* && $printed != *HOME=/tmp* ]]
		[[ $'\n'$printed$'\n' == *$'\nPATH=/opt/own/bin:/usr/local/sbin:'* ]]
		[[ $'\n'$printed$'\n' == *$'\nQUOTED=a b=c {}\n'* ]]
		[[ $'\n'$printed$'\n' == *$'\nLANG=C.UTF-8\n'* ]]
	done
}

@test "environment: a Python task's PYTHONPATH comes before memcg-run's, which is still found" {
	mkdir "$folder/own"
	echo 'text = "of its own"' >"$folder/own/module.py"
	cat >"$folder/task.py" <<-'EOF'
		import memcg_run, module
		memcg_run.mark("here")
		print(module.text)
	EOF
	for runtime in runc none; do
		run_one_trial "$runtime" <<-EOF
			[task]
			python = "task.py"
			environment = { PYTHONPATH = "$folder/own" }
			[backends]
			names = ["psutil"]
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = "of its own" ]
		holds '[t.status for t in run.trials] == ["ok"]'
	done
}

@test "interpreter, module: a venv runs the task; a reporter borrows its tool, which the task does not see" {
	/usr/bin/python3 -m venv --without-pip "$folder/.venv"
	mkdir "$folder/package"
	cat >"$folder/package/__main__.py" <<-'EOF'
		import importlib.machinery, sys
		debian = importlib.machinery.PathFinder.find_spec("memory_profiler")
		print(sys.prefix, sys.argv[1:], __spec__.name, debian)
	EOF
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			module = "package"
			interpreter = ".venv/bin/python"
			arguments = ["{n}"]
			parameters = { n = 7 }
			[backends]
			names = ["none", "psutil", "memory-usage", "mprof", "tracemalloc"]
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = "$folder/.venv ['7'] package.__main__ None" ]
		holds '[t.status for t in run.trials] == ["ok"] * 5'
		for metric in psutil.rss_bytes memory-usage.rss_bytes mprof.rss_bytes tracemalloc.traced_bytes; do
			holds "'$metric' in run.of('${metric%%.*}')[0].group['metrics']"
		done
	done
}

@test "interpreter: what a backend needs in it is asked for before the run, and another one is another task" {
	/usr/bin/python3 -m venv --without-pip "$folder/.venv"
	echo 'print("done")' >"$folder/task.py"
	experiment scalene <<-'EOF'
		[task]
		python = "task.py"
		interpreter = ".venv/bin/python"
		[backends]
		names = ["scalene"]
	EOF
	run_experiment scalene
	[ "$status" -eq 3 ]
	[[ $output == *"backend scalene runs the script by itself, and $folder/.venv/bin/python does not have it: install the Python module scalene there"* ]]
	[ ! -e "$runs" ]
}

@test "interpreter: Scalene may be where only the interpreter itself can tell" {
	mkdir -p "$folder/[all]"
	/usr/bin/python3 -m venv --without-pip "$folder/[all]/shared"
	/usr/bin/python3 -m venv --without-pip "$folder/[all]/own"
	sed -i 's/^include-system-site-packages = .*/include-system-site-packages = true/' "$folder/[all]/shared/pyvenv.cfg"
	(cd "$folder/[all]"/own/lib/python3*/site-packages && mkdir scalene)
	echo 'print("done")' >"$folder/task.py"
	for environment in shared own; do
		run_one_trial none <<-EOF
			[task]
			python = "task.py"
			interpreter = "[all]/$environment/bin/python"
			[backends]
			names = ["scalene"]
		EOF
		# It has begun: whether Scalene is there, the trial says.
		[ "$status" -le 1 ]
		[ -e "$run_folder/results.h5" ]
	done
}

@test "user: of the image, for the task and what surrounds it, without a capability" {
	cat >"$folder/task.py" <<-'EOF'
		import os, memcg_run
		memcg_run.mark("here")
		os.close(os.open("/dev/stdout", os.O_WRONLY))
		status = dict(line.split(":", 1) for line in open("/proc/self/status"))
		print(os.getresuid(), os.getresgid(), os.getgroups(), status["CapEff"].strip(), status["CapPrm"].strip())
	EOF
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$folder"
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			python = "task.py"
			user = "12345:54321"
			prepare = ["sh", "-c", "id -u"]
			[backends]
			names = ["psutil"]
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = "(12345, 12345, 12345) (54321, 54321, 54321) [] $(printf '%016x %016x' 0 0)" ]
		holds 'run.trials[0].text("stderr") == "12345\n"'
		run_one_trial "$runtime" <<-'EOF'
			[task]
			command = ["id", "-un"]
			user = "nobody"
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = nobody ]
	done
	# User 0 gains nothing either.
	run_one_trial runc <<-'EOF'
		[task]
		command = ["grep", "-cE", "Cap(Eff|Prm|Bnd|Inh|Amb):.0000000000000000", "/proc/self/status"]
		user = "0:0"
	EOF
	[ "$status" -eq 0 ]
	[ "$printed" = 5 ]
	[[ $output != *"files had changed"* ]]
}

@test "working_directory: writable for the task and what surrounds it, in each trial as it was, and kept as it is" {
	mkdir "$folder/sub"
	echo original | tee "$folder/file" "$folder/sub/file" >/dev/null
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$folder"
	chown -R 4321:4321 "$folder"
	find "$folder" -printf '%P %U %m %s\n' | sort >"$BATS_TEST_TMPDIR/before"
	for user in "" 'user = "12345:54321"'; do
		for runtime in runc none; do
			experiment task <<-EOF
				[task]
				command = ["sh", "-ec", """
				    echo more >>file; rm sub/file; mkdir sub/new; mv sub moved; echo x >moved/new/file
				    head -c 8M /dev/zero >written; cat file prepared"""]
				prepare = ["sh", "-ec", "test ! -e written; echo yes >prepared; head -c 32M /dev/zero >big"]
				cleanup = ["sh", "-ec", "test -e moved/new/file; test -e written"]
				working_directory = "writable"
				$user
				[trials]
				repetitions = 2
				warmups = 0
				[container]
				runtime = "$runtime"
			EOF
			run_experiment task
			echo "$output"
			[ "$status" -eq 0 ]
			# What it wrote is its own memory, as in /tmp; what prepare wrote is not.
			holds '[t.status for t in run.trials] == ["ok"] * 2' \
				'all(t.text("stdout") == "original\nmore\nyes\n" for t in run.trials)' \
				'all(8 * MIB <= t.reference["peak_bytes"] < 16 * MIB for t in run.trials)'
			rm "$folder/task.toml"
			rm -r "$runs"
			find "$folder" -printf '%P %U %m %s\n' | sort | diff "$BATS_TEST_TMPDIR/before" -
		done
	done
}

@test "keep_written: what the task wrote stays with the trial, and no link is followed or made" {
	mkdir "$folder/sub"
	echo original | tee "$folder/file" "$folder/sub/file" >/dev/null
	for runtime in runc none; do
		experiment task <<-EOF
			[task]
			command = ["sh", "-ec", """
			    echo more >>file; rm sub/file; mkdir -p a/b; head -c 3M /dev/zero >a/b/zeros; truncate -s 20M a/hole
			    printf x >>a/hole; ln -s /etc/shadow a/shadow; mkfifo a/fifo; printf '#!/bin/sh' >run; chmod 4755 run
			    test -z "\$1" || exit 3""", "sh", "{fails}"]
			parameters = { fails = ["", "yes"] }
			prepare = ["sh", "-c", "echo yes >prepared"]
			working_directory = "writable"
			keep_written = true
			[trials]
			repetitions = 1
			warmups = 0
			order = "sequential"
			[container]
			runtime = "$runtime"
		EOF
		"$program" check "$folder/task.toml" | grep -x 'folder *writable, in each trial as it is now; what is written is kept'
		run_experiment task
		echo "$output"
		[ "$status" -eq 1 ]
		holds '[t.status for t in run.trials] == ["ok", "failed"]'
		for trial in 000001 000002; do
			written=$run_folder/written/$trial
			find "$written/files" -type f -printf '%P %m %s\n' | sort | diff - <(printf '%s\n' \
				'a/b/zeros 644 3145728' 'a/hole 644 20971521' 'file 644 14' 'prepared 644 4' 'run 755 9')
			[ "$(cat "$written/files/file")" = $'original\nmore' ]
			[ "$(stat -c %b "$written/files/a/hole")" -lt 100 ]
			sort "$written/left-out.txt" | diff - <(printf '%s\n' 'link a/shadow -> /etc/shadow' 'removed sub/file' 'special a/fifo')
		done
		# It is the task's own memory, as it is when nothing is kept.
		holds 'all(3 * MIB <= t.reference["peak_bytes"] < 8 * MIB for t in run.trials)'
		[ "$(cat "$folder/file")" = original ]
		rm -r "$runs"
	done
}

@test "keep_written: more than files_max is not kept, and the trial says so" {
	experiment task <<-'EOF'
		[task]
		command = ["sh", "-c", "truncate -s 1T huge; echo x >small"]
		working_directory = "writable"
		keep_written = true
		[trials]
		repetitions = 1
		warmups = 0
	EOF
	run_experiment task
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"it wrote more into its working directory than backends.files_max allows to keep (task.keep_written)"* ]]
	[ ! -e "$run_folder/written" ]
}

@test "working_directory: its size is tmp_max, and a task that fills it has that cause" {
	run_one_trial runc <<-'EOF'
		[task]
		command = ["sh", "-c", "head -c 8M /dev/zero >written"]
		working_directory = "writable"
	EOF
	[ "$status" -eq 0 ]
	experiment task <<-'EOF'
		[task]
		command = ["sh", "-c", "head -c 8M /dev/zero >written"]
		working_directory = "writable"
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		tmp_max = "4MiB"
	EOF
	run_experiment task
	[ "$status" -eq 1 ]
	[[ $output == *"its working directory was full (container.tmp_max = 4.00 MiB)"* ]]
}

@test "working_directory: what cannot be an overlay is said by check, before anything is made" {
	cat >"$folder/task.toml" <<-'EOF'
		[task]
		command = ["true"]
		working_directory = "writable"
	EOF
	"$program" check "$folder/task.toml" | grep -x 'folder *writable, in each trial as it is now'
	mkdir "$folder/below"
	# shellcheck disable=SC2016 # for the shell in the namespace
	unshare --mount sh -c 'mount -t tmpfs tmpfs "$1/below" && { "$2" check "$1/task.toml"; echo $?; "$2" -o "$3" "$1/task.toml"; echo $?; }' \
		sh "$folder" "$program" "$runs" >"$BATS_TEST_TMPDIR/said" 2>&1
	cat "$BATS_TEST_TMPDIR/said"
	[ "$(grep -c "$folder/below is mounted below the experiment's folder $folder, and an overlay would hide it" "$BATS_TEST_TMPDIR/said")" -eq 2 ]
	[ ! -e "$runs" ]
}

@test "user: what a backend's tool writes for it is the run's, and an unknown one is refused" {
	echo 'print("done")' >"$folder/task.py"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$folder"
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			python = "task.py"
			user = "12345"
			[backends]
			names = ["mprof", "gnu-time"]
		EOF
		[ "$status" -eq 0 ]
		holds '[t.status for t in run.trials] == ["ok"] * 2' \
			"'mprof.rss_bytes' in run.of('mprof')[0].group['metrics']"
		[ -z "$(find "$run_folder" -user 12345)" ]
	done
	experiment nobody <<-'EOF'
		[task]
		command = ["true"]
		user = "there-is-none"
	EOF
	run_experiment nobody
	[ "$status" -eq 3 ]
	[[ $output == *'task.user: the image has no user "there-is-none"'* ]]
}

@test "stdin: a file of the host for each point, which the task cannot change" {
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	echo "of one" >"$BATS_TEST_TMPDIR/elsewhere/1.txt"
	echo "of two" >"$BATS_TEST_TMPDIR/elsewhere/2.txt"
	for runtime in runc none; do
		run_one_trial "$runtime" <<-EOF
			[task]
			command = ["cat"]
			stdin = "$BATS_TEST_TMPDIR/elsewhere/{n}.txt"
			parameters = { n = [1, 2] }
		EOF
		[ "$status" -eq 0 ]
		holds 'sorted(t.text("stdout").strip() for t in run.trials) == ["of one", "of two"]'
	done
	run_one_trial runc <<-EOF
		[task]
		command = ["sh", "-c", "echo more >/proc/self/fd/0; cat"]
		stdin = "$BATS_TEST_TMPDIR/elsewhere/1.txt"
	EOF
	[ "$status" -eq 0 ]
	[ "$printed" = "of one" ]
	[ "$(cat "$BATS_TEST_TMPDIR/elsewhere/1.txt")" = "of one" ]
}

@test "stdin: a run does not resume with another content" {
	echo "of one" >"$folder/in.txt"
	experiment slow <<-'EOF'
		[task]
		command = ["sleep", "300"]
		stdin = "in.txt"
		[trials]
		timeout_s = 600
	EOF
	"$program" --no-pictures --output "$runs" "$folder/slow.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
	kill -INT "$runner"
	wait "$runner" || true
	find_run_folder
	echo "of another" >"$folder/in.txt"
	run "$program" resume "$run_folder"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"changed since the run started: $folder/in.txt: was sha256:"* ]]
}

@test "stdin: a file that is gone at one point fails its trial, with its name" {
	echo "of one" >"$folder/1.txt"
	run_one_trial runc <<-'EOF'
		[task]
		command = ["cat"]
		stdin = "{n}.txt"
		parameters = { n = [1, 2] }
	EOF
	[ "$status" -eq 1 ]
	holds 'sorted(t.status for t in run.trials) == ["failed", "ok"]'
	[[ $output == *"task.stdin: cannot open $folder/2.txt: No such file or directory"* ]]
}

@test "prepare, cleanup: beside the task, which is charged for neither" {
	for runtime in runc none; do
		run_one_trial "$runtime" <<-EOF
			[task]
			command = ["cat", "/tmp/input-{n}"]
			parameters = { n = $$ }
			prepare = ["sh", "-c", "head -c 67108864 /dev/zero >/tmp/zeros-{n} && echo ready >/tmp/input-{n}"]
			cleanup = ["sh", "-c", "rm /tmp/zeros-{n} /tmp/input-{n} && echo swept"]
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = ready ]
		holds 'run.trials[0].text("stderr") == "swept\n"' \
			'run.trials[0].reference["leaf_peak_bytes"] < 16 * MIB'
		[ ! -e "/tmp/zeros-$$" ]
	done
}

@test "prepare, cleanup: one that does not end is the trial's cause, and its time is not measured" {
	for runtime in runc none; do
		experiment late <<-EOF
			[task]
			command = ["true"]
			prepare = ["sleep", "1000"]
			[trials]
			repetitions = 1
			warmups = 0
			timeout_s = 1
			[container]
			runtime = "$runtime"
		EOF
		run_experiment late
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"task.prepare was still running after 1.00 s (trials.timeout_s)"* ]]
	done
	run_one_trial none <<-'EOF'
		[task]
		command = ["true"]
		cleanup = ["sleep", "5"]
	EOF
	[ "$status" -eq 0 ]
	holds 'run.trials[0].watched_ns < 5e9'
}

# In the time for cleanup, timeout_s and 10 s, not in that for a container to start.
@test "prepare, cleanup: where the task could not be started, that is the cause, however late cleanup is" {
	echo input >"$folder/in.txt"
	experiment late <<-EOF
		[task]
		command = ["cat"]
		stdin = "in.txt"
		prepare = ["rm", "$folder/in.txt"]
		cleanup = ["sleep", "1000"]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 3
		[container]
		runtime = "none"
	EOF
	run_experiment late
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"task.stdin: cannot open the file for the task: No such file or directory"* ]]
	[[ $output != *"did not reach the gate"* ]]
}

@test "prepare, cleanup: one that fails is the trial's cause, and no task runs unprepared" {
	run_one_trial runc <<-'EOF'
		[task]
		command = ["echo", "task"]
		prepare = ["sh", "-c", "echo no input >&2; exit 3"]
	EOF
	[ "$status" -eq 1 ]
	[ -z "$printed" ]
	[[ $output == *"task.prepare exited with code 3"* ]]
	holds 'run.trials[0].text("stderr") == "no input\n"'
	run_one_trial runc <<-'EOF'
		[task]
		command = ["echo", "task"]
		cleanup = ["false"]
	EOF
	[ "$status" -eq 1 ]
	[ "$printed" = task ]
	[[ $output == *"task.cleanup exited with code 1"* ]]
}

@test "check: a task that exited with 0 has failed where its output is wrong, before cleanup removes it" {
	for runtime in runc none; do
		experiment checked <<-EOF
			[task]
			command = ["sh", "-c", "seq {n} >/tmp/numbers-$$"]
			parameters = { n = [3, 4] }
			check = ["sh", "-c", "grep -q 3 /tmp/numbers-$$ && ! grep 4 /tmp/numbers-$$ || (echo wrong; exit 3)"]
			cleanup = ["rm", "/tmp/numbers-$$"]
			[trials]
			repetitions = 1
			warmups = 0
			[container]
			runtime = "$runtime"
		EOF
		run_experiment checked
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"the check of its output exited with code 3"* ]]
		[[ $output == *"  wrong"* ]]
		holds '[t.status for t in sorted(run.trials, key=lambda t: t.status)] == ["failed", "ok"]' \
			'all(t.exit_code == 0 for t in run.trials)' \
			'sorted(t.text("stderr") for t in run.trials) == ["", "4\nwrong\n"]'
		[ ! -e "/tmp/numbers-$$" ]
	done
}

@test "check: beside the task, which is charged for nothing of it, and not at all after one that failed" {
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			command = ["true"]
			check = ["sh", "-c", "head -c 32M /dev/zero >big && rm big && echo checked $WORD"]
			environment = { WORD = "word" }
			working_directory = "writable"
		EOF
		[ "$status" -eq 0 ]
		holds 'run.trials[0].text("stderr") == "checked word\n"' \
			'run.trials[0].reference["leaf_peak_bytes"] < 16 * MIB'
		run_one_trial "$runtime" <<-'EOF'
			[task]
			command = ["sh", "-c", "exit 4"]
			check = ["sh", "-c", "echo checked"]
		EOF
		[ "$status" -eq 1 ]
		[[ $output == *"exited with code 4"* ]]
		holds 'run.trials[0].text("stderr") == ""'
	done
}

@test "check: one that does not end, or is killed at the limit, is the trial's cause; the task has not run out of memory" {
	experiment late <<-'EOF'
		[task]
		command = ["true"]
		check = ["sleep", "1000"]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 1
	EOF
	run_experiment late
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"the check of its output was still running after 1.00 s (trials.timeout_s)"* ]]
	run_one_trial none <<-'EOF'
		[task]
		command = ["true"]
		check = ["./touch", "128"]
		[limits]
		memory_max = "16MiB"
		swap_max = "0"
	EOF
	[ "$status" -eq 1 ]
	[[ $output == *"the check of its output was ended by SIGKILL: it needs more memory than the trial has left"* ]]
	holds 'run.trials[0].status == "failed"' 'run.trials[0].exit_code == 0'
}

# An experiment with what surrounds its trials, of standard input, with the runtime $1. It writes to $log, which the
# container shows at $seen.
surrounded() {
	local mounts=
	[ "$1" = none ] || mounts="mounts = [\"$log:$seen:rw\"]"
	experiment around <<-EOF
		$(cat)

		[container]
		runtime = "$1"
		$mounts
	EOF
}

# Sets $log and $seen for a runtime.
make_log() {
	log=$BATS_TEST_TMPDIR/log-$1
	seen=/log
	[ "$1" != none ] || seen=$log
	rm -rf "$log"
	mkdir "$log"
}

logged() {
	diff "$log/order" - <<<"$1"
}

# Begins the run, and returns when its log has this.
begin_and_wait_for() {
	"$program" --no-pictures --output "$runs" "$folder/around.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 600); do
		! grep -qs "$1" "$runs"/2*/run.log || return 0
		sleep 0.1
	done
	echo "the log has no $1"
	return 1
}

interrupt() {
	kill -INT "$runner"
	code=0
	wait "$runner" || code=$?
	cat "$BATS_TEST_TMPDIR/printed"
}

@test "setup, teardown: once in a run, around every trial and what surrounds that" {
	for runtime in runc none; do
		make_log "$runtime"
		# What it needs is not the task's: neither its memory nor its limit.
		surrounded "$runtime" <<-EOF
			[task]
			setup = ["sh", "-ec", "sleep 2; echo setup \$WORD \$(head -c 64M /dev/zero | tail -c 64M | wc -c) \$(pwd) >>$seen/order"]
			prepare = ["sh", "-c", "echo prepare >>$seen/order"]
			command = ["sh", "-c", "echo task >>$seen/order"]
			cleanup = ["sh", "-c", "echo cleanup >>$seen/order"]
			teardown = ["sh", "-c", "echo teardown >>$seen/order; echo told"]
			environment = { WORD = "word" }
			[limits]
			memory_max = "16MiB"
			[trials]
			repetitions = 2
			timeout_s = 1
		EOF
		run_experiment around
		echo "$output"
		[ "$status" -eq 0 ]
		trial=$'\nprepare\ntask\ncleanup'
		logged "setup word 67108864 $folder$trial$trial$trial"$'\nteardown'
		[[ $output == *"memcg-run: running task.setup"$'\n'*"memcg-run: running task.teardown"$'\n'* ]]
		grep -q 'task.teardown: stdout: told' "$run_folder/run.log"
		holds '[t.status for t in run.trials] == ["ok"] * 3'
		[ -z "$(find "$run_folder" -name '000000*')" ]
	done
}

@test "setup, teardown: once for each command that there is, of all points and tasks" {
	make_log none
	surrounded none <<-EOF
		[task]
		command = ["true"]
		setup = ["sh", "-c", "echo setup {n} >>$log/order"]
		teardown = ["sh", "-c", "echo teardown >>$log/order"]
		[tasks.one.parameters]
		n = [1, 2]
		m = [1, 2]
		[tasks.two]
		parameters = { n = 2 }
		teardown = ["sh", "-c", "echo teardown of two >>$log/order"]
		[tasks.three]
		parameters = { n = 2 }
		environment = { A = "1" }
		[trials]
		repetitions = 1
		warmups = 0
	EOF
	run_experiment around
	echo "$output"
	[ "$status" -eq 0 ]
	logged $'setup 1\nsetup 2\nsetup 2\nteardown\nteardown of two\nteardown'
	# On a line, for several commands: there is one.
	rm "$log/order"
	cd "$folder"
	run "$program" --output "$runs" --runtime none -r 1 -w 0 --setup "echo setup >>$log/order" \
		--teardown "echo teardown >>$log/order" -c a=true -c b=true
	echo "$output"
	[ "$status" -eq 0 ]
	logged $'setup\nteardown'
}

@test "setup: what it makes is the task; a resumed run has it again, and refuses what is another" {
	cat >"$folder/make.sh" <<-'EOF'
		echo setup >>"$1/order"
		cat >"$1/made" <<-'END'
			#!/bin/sh
			while [ "$1" = 2 ] && [ ! -e "${0%/*}/go" ]; do sleep 0.1; done
			exec cat
		END
		chmod 755 "$1/made"
		cat content >"$1/input"
	EOF
	for runtime in runc none; do
		make_log "$runtime"
		surrounded "$runtime" <<-EOF
			[task]
			command = ["$seen/made", "{step}"]
			stdin = "$log/input"
			parameters = { step = [1, 2, 3] }
			setup = ["sh", "-e", "make.sh", "$seen"]
			teardown = ["sh", "-c", "rm $seen/made $seen/input; echo teardown >>$seen/order"]
			[trials]
			repetitions = 1
			warmups = 0
			order = "sequential"
		EOF
		echo one >"$folder/content"
		begin_and_wait_for 'trial 000002: the gate opens'
		interrupt
		[ "$code" -eq 130 ]
		logged $'setup\nteardown'
		[ ! -e "$log/made" ]
		touch "$log/go"
		find_run_folder
		echo another >"$folder/content"
		run "$program" resume --no-pictures "$run_folder"
		echo "$output"
		[ "$status" -eq 2 ]
		[[ $output == *"changed since the run started: $log/input: was sha256:"* ]]
		logged $'setup\nteardown\nsetup\nteardown'
		echo one >"$folder/content"
		# What a setup cannot change is compared before it.
		cp -p "$folder/around.toml" "$folder/kept.toml"
		echo '# changed' >>"$folder/around.toml"
		run "$program" resume --no-pictures "$run_folder"
		echo "$output"
		[ "$status" -eq 2 ]
		[[ $output == *"changed since the run started: experiment $folder/around.toml, line "* ]]
		logged $'setup\nteardown\nsetup\nteardown'
		mv "$folder/kept.toml" "$folder/around.toml"
		run "$program" resume --no-pictures "$run_folder"
		echo "$output"
		[ "$status" -eq 0 ]
		logged $'setup\nteardown\nsetup\nteardown\nsetup\nteardown'
		holds '[t.status for t in run.trials] == ["ok"] * 3' 'run.trials[2].text("stdout") == "one\n"'
		run "$program" resume --no-pictures "$run_folder"
		[ "$status" -eq 0 ]
		[[ $output == *"is complete: nothing to resume"* ]]
		[ "$(wc -l <"$log/order")" -eq 6 ]
		rm -r "$runs"
	done
}

@test "setup: one that fails or does not end is the run's end, with what it printed, and teardown follows" {
	for runtime in runc none; do
		make_log "$runtime"
		surrounded "$runtime" <<-EOF
			[task]
			command = ["true"]
			setup = ["sh", "-c", "echo no compiler >&2; exit 3"]
			teardown = ["sh", "-c", "echo teardown >>$seen/order"]
		EOF
		run_experiment around
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"memcg-run: the stderr of task.setup ends:"$'\n'"  no compiler"$'\n'*"memcg-run: error: task.setup exited with code 3"* ]]
		logged teardown
		[ ! -e "$runs" ]
	done
	surrounded none <<-EOF
		[task]
		command = ["true"]
		setup = ["sleep", "1000"]
		[trials]
		setup_timeout_s = 1
	EOF
	run_experiment around
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"memcg-run: error: task.setup was still running after 1.00 s (trials.setup_timeout_s)"* ]]
	[ ! -e "$runs" ]
}

@test "setup: an interrupt ends it and the run, of which nothing is left but what teardown does" {
	for runtime in runc none; do
		make_log "$runtime"
		surrounded "$runtime" <<-EOF
			[task]
			command = ["true"]
			setup = ["sleep", "1000"]
			teardown = ["sh", "-c", "echo teardown >>$seen/order"]
		EOF
		begin_and_wait_for 'the gate opens'
		interrupt
		[ "$code" -eq 130 ]
		grep -qx 'memcg-run: error: interrupted during task.setup' "$BATS_TEST_TMPDIR/printed"
		logged teardown
		[ ! -e "$runs" ]
	done
}

@test "teardown: a failure is reported, a hang can be interrupted, and the results are complete" {
	make_log none
	surrounded none <<-EOF
		[task]
		command = ["true"]
		teardown = ["sh", "-c", "echo no such luck; exit 4"]
		[trials]
		repetitions = 1
		warmups = 0
	EOF
	run_experiment around
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"memcg-run: the stdout of task.teardown ends:"$'\n'"  no such luck"$'\n'"memcg-run: warning: task.teardown exited with code 4"* ]]
	holds 'bool(run.attrs["complete"])' '[t.status for t in run.trials] == ["ok"]'
	rm -r "$runs"
	sed -i 's/^teardown.*/teardown = ["sleep", "1000"]/' "$folder/around.toml"
	begin_and_wait_for 'trial 000000: the gate opens'
	interrupt
	[ "$code" -eq 130 ]
	grep -qx 'memcg-run: warning: interrupted during task.teardown' "$BATS_TEST_TMPDIR/printed"
	find_run_folder
	holds 'bool(run.attrs["complete"])' '[t.status for t in run.trials] == ["ok"]'
}

@test "teardown: after an interrupt, which the next one ends; a resumed run has it again" {
	make_log runc
	surrounded runc <<-EOF
		[task]
		command = ["sh", "-c", "test -e $seen/go || exec sleep 1000"]
		user = "12345:54321"
		setup = ["sh", "-c", "echo setup \$(id -u):\$(id -g) >>$seen/order"]
		teardown = ["sh", "-c", "test -e $seen/go || exec sleep 1000; echo teardown >>$seen/order"]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 2000
	EOF
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$folder"
	chown 12345 "$log"
	begin_and_wait_for 'trial 000001: the gate opens'
	kill -INT "$runner"
	for _ in $(seq 600); do
		# That of setup is the first.
		[ "$(grep -c 'trial 000000: the gate opens' "$runs"/2*/run.log)" -ne 2 ] || break
		sleep 0.1
	done
	interrupt
	[ "$code" -eq 130 ]
	grep -qx 'memcg-run: warning: interrupted during task.teardown' "$BATS_TEST_TMPDIR/printed"
	grep -qx 'memcg-run: interrupted: the only trial was not finished' "$BATS_TEST_TMPDIR/printed"
	touch "$log/go"
	find_run_folder
	run "$program" resume --no-pictures "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	logged $'setup 12345:54321\nsetup 12345:54321\nteardown'
}

@test "setup: a run that is killed in it leaves what clean removes" {
	make_log none
	surrounded none <<-EOF
		[task]
		command = ["true"]
		setup = ["sleep", "1000"]
	EOF
	begin_and_wait_for 'the gate opens'
	kill -KILL "$runner"
	wait "$runner" || true
	run "$program" clean
	echo "$output"
	[ "$status" -eq 0 ]
	[ ! -e "$runs" ]
}
