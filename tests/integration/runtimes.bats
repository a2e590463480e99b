#!/usr/bin/env bats
# runc, crun and no container at all: the same numbers, and nothing left by any.

load common
bats_require_minimum_version 1.5.0

# crun refuses a host where cgroup v2 stands beside v1.
usable_runtimes() {
	echo runc none
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || echo crun
}

@test "the same experiment has the same peak under every runtime, within 1 MiB" {
	peaks=()
	for runtime in $(usable_runtimes); do
		experiment "$runtime" <<-TOML
			[task]
			command = ["./touch", "64"]
			[trials]
			repetitions = 3
			warmups = 0
			[container]
			runtime = "$runtime"
		TOML
		run_experiment "$runtime"
		[ "$status" -eq 0 ]
		run_folder=$(echo "$runs"/2*-"$runtime")
		holds "run.attrs['runtime'] == '$runtime'" \
			'len(run.trials) == 3' \
			'all(64 * MIB <= t.reference["peak_bytes"] <= 65 * MIB for t in run.trials)' \
			'all(64 * MIB <= t.maxrss_bytes <= 66 * MIB for t in run.trials)'
		peaks+=("$(query 'max(int(t.reference["peak_bytes"]) for t in run.trials)')")
	done
	/usr/bin/python3 -c 'import sys; p = sorted(map(int, sys.argv[1:])); print(p); sys.exit(len(p) < 2 or p[-1] - p[0] > 1 << 20)' "${peaks[@]}"
}

@test "what a task leaves running ends with its trial, under every runtime" {
	for runtime in $(usable_runtimes); do
		daemon=daemon-of-$$-$runtime
		experiment "$runtime" <<-TOML
			[task]
			command = ["./end", "daemon", "$daemon"]
			[trials]
			repetitions = 1
			warmups = 0
			[container]
			runtime = "$runtime"
		TOML
		run_experiment "$runtime"
		[ "$status" -eq 0 ]
		run grep -lsz "^$daemon\$" /proc/[0-9]*/cmdline
		[ -z "$output" ]
		nothing_is_left
	done
}

@test "a task that outlives its timeout is killed without a container too" {
	experiment hang <<-'TOML'
		[task]
		command = ["./end", "hang", "until-the-timeout"]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = 0.3
		[container]
		runtime = "none"
	TOML
	run_experiment hang
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["timeout"]'
	run grep -lsz '^until-the-timeout$' /proc/[0-9]*/cmdline
	[ -z "$output" ]
}

@test "without a container: its own processes and leaf, the limits, no new privileges, the filter" {
	cat >"$folder/look.py" <<-'PYTHON'
		import os
		for line in open("/proc/self/status"):
		    if line.startswith(("NoNewPrivs", "Seccomp:")):
		        print(*line.split())
		print("first process", open("/proc/1/cmdline").read().split("\0")[0].endswith("launcher"))
		print("self", os.readlink("/proc/self") == str(os.getpid()))
		names = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")
		path = next(p for p in names if os.path.exists(p))
		print("leaf", 1 << 20 < int(open(path).read()) < 64 << 20)
		print("folder", os.getcwd(), "home", os.environ["HOME"], "session", os.getsid(0) != os.getpid())
	PYTHON
	experiment look <<-'TOML'
		[task]
		python = "look.py"
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "64MiB"
		pids_max = 8
		[container]
		runtime = "none"
	TOML
	run_experiment look
	[ "$status" -eq 0 ]
	printed=$(query 'run.trials[0].text("stdout")')
	[[ $printed == *"NoNewPrivs: 1"* && $printed == *"Seccomp: 2"* ]]
	[[ $printed == *"first process True"* && $printed == *"self True"* && $printed == *"leaf True"* ]]
	[[ $printed == *"folder $folder home /tmp"* ]]
	run grep "$BATS_TEST_TMPDIR" /proc/self/mounts
	[ "$status" -eq 1 ]
}

@test "without a container a limit kills too" {
	experiment limit <<-'TOML'
		[task]
		command = ["./touch", "128"]
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "64MiB"
		swap_max = "0"
		[container]
		runtime = "none"
	TOML
	run_experiment limit
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["oom"]'
}

# bats test_tags=portable
@test "without a container all seven backends report" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment all <<-'TOML'
		[task]
		python = "tasks/ramp.py"
		parameters = { size_mib = 64 }
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "psutil", "resource", "tracemalloc", "mprof", "kernel", "cgroup"]
		[container]
		runtime = "none"
	TOML
	run_experiment all
	[ "$status" -eq 0 ]
	for metric in psutil.rss_bytes resource.maxrss_bytes tracemalloc.traced_bytes mprof.rss_bytes kernel.rss_bytes cgroup.current_bytes; do
		holds "abs(run.of('${metric%%.*}')[0].rise('$metric') - 64 * MIB) <= 2 * MIB"
	done
}

# bats test_tags=portable
@test "a runtime that this host does not support is refused, with a remedy" {
	experiment crun <<-'TOML'
		[task]
		command = ["./end", "exit", "0"]
		[container]
		runtime = "crun"
	TOML
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		# v2: what is missing is the program.
		mkdir "$BATS_TEST_TMPDIR/path"
		PATH=$BATS_TEST_TMPDIR/path run -3 "$program" --output "$runs" "$folder/crun.toml"
		[[ $output == *"crun is not installed: apt-get install crun"* ]]
	else
		run -3 "$program" --output "$runs" "$folder/crun.toml"
		[[ $output == *'"crun" needs the memory controller on cgroup v2'* ]]
		[[ $output == *'choose "runc" or "none"'* ]]
	fi
	[ ! -e "$runs" ]
}
