#!/usr/bin/env bats
# Reporters that are tools of their own: each shows what it is known for, and what it cannot see.
# bats file_tags=portable

load common

@test "gnu-time: the peak of a command and of its child, and no page cache" {
	experiment commands <<-'TOML'
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["ramp", "fork_tree", "page_cache"]
		size_mib = 64
		hold_s = 0.01
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["gnu-time"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	run_experiment commands
	[ "$status" -eq 0 ]
	peak='int([t for t in run.trials if name in t.parameters][0].metric("gnu-time.maxrss_bytes")["peak"])'
	holds "[64 * MIB <= $peak <= 68 * MIB for name in ['ramp']] == [True]"
	# Eight children of 8 MiB each: the largest of them, and not their sum.
	holds "[8 * MIB <= $peak <= 12 * MIB for name in ['fork_tree']] == [True]" \
		"[$peak < 4 * MIB for name in ['page_cache']] == [True]" \
		'all(t.rise("reference") >= 60 * MIB for t in run.trials)'
	# It says nothing of the task's beginning.
	holds 'all("initial" not in t.metric("gnu-time.maxrss_bytes") for t in run.trials)'
	grep -q 'Maximum resident set size' "$run_folder"/profiler/*-gnu-time/time.txt
}

@test "gnu-time: does not hide a program smaller than itself, and gives back a task's signal and its exit code" {
	experiment ends <<-'TOML'
		[task]
		command = ["./end", "{how}", "{number}"]
		[task.parameters]
		how = ["exit", "signal"]
		number = [0, 15]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["gnu-time", "none"]
		[container]
		runtime = "none"
	TOML
	run_experiment ends
	holds 'all((t.status, t.exit_code, t.signal) == (u.status, u.exit_code, u.signal) for t in run.of("gnu-time") for u in run.of("none") if t.parameters == u.parameters)' \
		'sorted(str(t.signal) for t in run.of("gnu-time")) == ["15", "None", "None", "None"]'
	# exec keeps the mark of the program before it: GNU time's child, which has few of GNU time's 1.5 MiB.
	holds 'all(0 < int(t.metric("gnu-time.maxrss_bytes")["peak"]) < MIB + MIB // 4 for t in run.of("gnu-time"))'
}

@test "gnu-time: a Python task's rise is its truth" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment python <<-'TOML'
		[task]
		python = "tasks/ramp.py"
		[task.parameters]
		size_mib = 64
		hold_s = 0.01
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["gnu-time"]
	TOML
	run_experiment python
	[ "$status" -eq 0 ]
	holds '63 * MIB <= run.trials[0].rise("gnu-time.maxrss_bytes") <= 66 * MIB'
}

@test "memory-usage: the rise of a ramp is its truth, and children are not seen" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment around <<-'TOML'
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["ramp", "fork_tree"]
		size_mib = 64
		hold_s = 0.1
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["memory-usage"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
	TOML
	run_experiment around
	[ "$status" -eq 0 ]
	holds '63 * MIB <= run.median_rise("memory-usage", "memory-usage.rss_bytes", "ramp") <= 66 * MIB' \
		'run.median_rise("memory-usage", "memory-usage.rss_bytes", "fork_tree") < 2 * MIB'
}

@test "mallinfo2: what malloc handed out, natively and under Python, and no mapped memory" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment native <<-'TOML'
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["native_malloc", "ramp", "malloc_kept"]
		size_mib = 64
		hold_s = 0.1
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["mallinfo2"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	sed -e 's/^command.*/python = "tasks\/phenomena.py"\nfunction = "run"/' -e '/^\[container\]/,$d' \
		"$folder/native.toml" >"$folder/python.toml"
	for name in native python; do
		run_experiment "$name"
		[ "$status" -eq 0 ]
		holds 'run.attrs["experiment"] and all(t.reporter_failure is None for t in run.trials)' \
			'64 * MIB <= run.median_rise("mallinfo2", "mallinfo2.in_use_bytes", "native_malloc") <= 65 * MIB' \
			'64 * MIB <= run.median_rise("mallinfo2", "mallinfo2.mmapped_bytes", "native_malloc") <= 65 * MIB' \
			'run.median_rise("mallinfo2", "mallinfo2.in_use_bytes", "ramp") < MIB' \
			'63 * MIB <= run.median_rise("mallinfo2", "mallinfo2.maxrss_bytes", "ramp") <= 67 * MIB'
		# Freed to the allocator, kept by it: all but the newest block of 64 MiB.
		holds '64 * MIB <= run.median_rise("mallinfo2", "mallinfo2.arena_bytes", "malloc_kept") <= 68 * MIB' \
			'all(0 < int(t.metric("mallinfo2.reading_ns")["peak"]) < 10**9 for t in run.trials)'
	done
}

@test "mallinfo2: a static program runs unchanged, and is reported as not measured" {
	experiment static <<-'TOML'
		[task]
		command = ["./touch", "16"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["mallinfo2"]
	TOML
	run_experiment static
	[ "$status" -eq 0 ]
	[[ $output == *"the reporter failed in the only trial: trial 000001 (mallinfo2): its library was not loaded"* ]]
	holds 'run.trials[0].status == "ok" and run.trials[0].reporter_failure.startswith("its library")' \
		'16 * MIB <= run.trials[0].reference["peak_bytes"] <= 17 * MIB' \
		'"metrics" not in run.trials[0].group or not len(run.trials[0].group["metrics"])'
}

@test "scalene: what malloc handed out, to a function and what it called, and no mapped memory" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment sampled <<-'TOML'
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["native_malloc", "numpy_array", "ramp"]
		size_mib = 64
		hold_s = 0.05
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["scalene"]
		[limits]
		memory_max = "1GiB"
	TOML
	run_experiment sampled
	[ "$status" -eq 0 ]
	# It looks whenever 1.5 MiB more were handed out, or taken back; the version of Debian 13 at every 10 MiB.
	holds '54 * MIB <= run.median_rise("scalene", "scalene.max_footprint_bytes", "native_malloc") <= 75 * MIB' \
		'54 * MIB <= run.median_rise("scalene", "scalene.max_footprint_bytes", "numpy_array") <= 75 * MIB' \
		'run.median_rise("scalene", "scalene.max_footprint_bytes", "ramp") < 11 * MIB' \
		'[run.median_rise("scalene", "reference", "ramp") >= 62 * MIB] == [True]' \
		'all(b"held" in list(t.group["marks/name"][()]) for t in run.trials if "numpy_array" in t.parameters)'
	grep -q '"max_footprint_mb"' "$run_folder"/profiler/*-scalene/scalene.json
}

@test "scalene: the peak of a whole script, its arguments, its exit code and its signal" {
	cat >"$folder/ends.py" <<-'PYTHON'
		import os
		import sys

		block = bytearray(32 << 20)
		assert sys.argv == ["ends.py", "--cpu", "---", "a.py"], sys.argv
		how = os.environ["MEMCG_RUN_PARAM_how"]
		if how == "kill":
		    os.kill(os.getpid(), 9)
		sys.exit(3 if how == "exit" else 0)
	PYTHON
	experiment ends <<-'TOML'
		[task]
		python = "ends.py"
		arguments = ["--cpu", "---", "a.py"]
		[task.parameters]
		how = ["end", "exit", "kill"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["scalene", "none"]
		[container]
		runtime = "none"
	TOML
	run_experiment ends
	holds 'all((t.status, t.exit_code, t.signal) == (u.status, u.exit_code, u.signal) for t in run.of("scalene") for u in run.of("none") if t.parameters == u.parameters)' \
		'sorted((str(t.exit_code), str(t.signal)) for t in run.of("scalene")) == [("0", "None"), ("3", "None"), ("None", "9")]'
	# The block is the script's own, and made after task_begin. One that is killed has written no profile.
	holds 'all(22 * MIB <= t.rise("scalene.max_footprint_bytes") <= 43 * MIB for t in run.of("scalene") if "kill" not in t.parameters)' \
		'["peak" in t.metric("scalene.max_footprint_bytes") for t in run.of("scalene") if "kill" in t.parameters] == [False]'
}

@test "memray: exact if installed, otherwise refused with a remedy" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment traced <<-'TOML'
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["native_malloc", "ramp", "untouched", "tmpfs"]
		size_mib = 64
		hold_s = 0.01
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["memray"]
		[limits]
		memory_max = "1GiB"
	TOML
	run_experiment traced
	if ! /usr/bin/python3 -c 'import memray'; then
		[ "$status" -eq 3 ]
		[[ $output == *"backend memray needs the Python module memray, which image \"host\" does not have: "*"use image \"python\", which has it; since Debian 13 also: apt-get install python3-memray"* ]]
		[ -z "$run_folder" ]
		return
	fi
	[ "$status" -eq 0 ]
	# Requests, of malloc and of mmap, touched or not; a file in tmpfs is neither.
	for phenomenon in native_malloc ramp untouched; do
		holds "64 * MIB <= run.median_rise('memray', 'memray.peak_bytes', '$phenomenon') <= 65 * MIB"
	done
	holds 'run.median_rise("memray", "memray.peak_bytes", "tmpfs") < MIB'
	# What works the peak out comes after the measurement.
	holds 'all(t.rise("reference") <= 70 * MIB for t in run.trials)' \
		'run.median_rise("memray", "reference", "untouched") <= 2 * MIB'
	[ "$(find "$run_folder/profiler" -name memray.bin -size +0 | wc -l)" -eq 4 ]
}
