#!/usr/bin/env bats
# What is known of the reporters from their documents and their sources comes out of the data sheet by itself.
# bats file_tags=portable

load common
load sheet

make_sheet() {
	run_experiment "$1"
	[ "$status" -eq 0 ]
	run env PATH=/nonexistent "$program" datasheet --all-metrics "$run_folder"
	# No gnuplot, no picture.
	[ "$status" -eq 3 ]
}

@test "children and the page cache: which reporters see them" {
	cp -r "$repository/experiments/tasks" "$folder/"
	# No container: a tenth of the time, and the same memory.
	experiment facts <<-TOML
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["nothing", "native_malloc", "fork_tree", "page_cache"]
		size_mib = 64
		hold_s = $(unless_emulated 0.1 0.3)
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "psutil", "resource", "docker-stats"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	make_sheet facts
	sheet_holds 'verdict("fork_tree", "held", "psutil.rss_bytes") == "blind"' \
		'verdict("fork_tree", "held", "reference.current_bytes") == "right"' \
		'[reporters[m]["children"] for m in ("psutil.rss_bytes", "resource.maxrss_bytes", "reference.current_bytes")] == ["no", "no", "yes"]'
	# A file that was read: charged, no process's, and taken out again by Docker.
	sheet_holds 'verdict("page_cache", "held", "reference.current_bytes") == "right"' \
		'verdict("page_cache", "held", "psutil.rss_bytes") == "blind"' \
		'verdict("page_cache", "held", "docker-stats.used_bytes") == "blind"' \
		'[reporters[m]["page_cache"] for m in ("reference.current_bytes", "psutil.rss_bytes", "docker-stats.usage_bytes")] == ["yes", "no", "yes"]'
	# ru_maxrss never falls: the sheet has nothing to say of it when the memory is gone, and the trial shows why.
	sheet_holds 'verdict("native_malloc", "peak", "resource.maxrss_bytes") == "right"' \
		'verdict("native_malloc", "final", "resource.maxrss_bytes") == ""'
	holds '[t.metric("resource.maxrss_bytes")["final"] - t.metric("resource.maxrss_bytes")["initial"] > 60 * MIB for t in run.of("resource") if "native_malloc" in t.parameters] == [True]'
	# What asking costs is measured inside the interpreter and outside of it.
	sheet_holds 'all(float(reporters[m]["reading_ns"]) > 0 for m in ("psutil.rss_bytes", "resource.maxrss_bytes", "docker-stats.used_bytes"))' \
		'all(abs(float(c["error_bytes"])) < MIB for c in cells.values() if c["phenomenon"] == "nothing" and c["metric"] == "psutil.rss_bytes")'
}

@test "memory that eight processes share counts eight times in RSS, and once in PSS and for the kernel" {
	# Long stages: a walk over the page tables of eight processes takes 25 ms here, and far more where the
	# machine is emulated.
	experiment shared <<-'TOML'
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["fork_tree", "shared"]
		size_mib = 64
		hold_s = 0.7
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["proc-tree"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	make_sheet shared
	sheet_holds 'verdict("fork_tree", "held", "proc-tree.pss_bytes") == "right"' \
		'verdict("shared", "held", "proc-tree.rss_bytes") == "high"' \
		'verdict("shared", "held", "proc-tree.pss_bytes") == "right"' \
		'7.9 < float(reporters["proc-tree.rss_bytes"]["shared_times"]) < 8.6' \
		'0.9 < float(reporters["proc-tree.pss_bytes"]["shared_times"]) < 1.1' \
		'0.9 < float(reporters["reference.current_bytes"]["shared_times"]) < 1.1'
}

@test "mprof with its defaults misses a spike of 20 ms, and ru_maxrss does not" {
	cp -r "$repository/experiments/tasks" "$folder/"
	# It looks ten times a second, and the spike comes at a random moment: that six in a row are all met is one case
	# in ten thousand.
	experiment spikes <<-'TOML'
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = "spike_20ms"
		size_mib = 64
		hold_s = 0.02
		[trials]
		repetitions = 6
		warmups = 0
		[backends]
		names = ["none", "resource", "mprof"]
		interval_s = 0.1
		[limits]
		memory_max = "512MiB"
		[container]
		runtime = "none"
	TOML
	make_sheet spikes
	sheet_holds 'reporters["mprof.rss_bytes"]["shortest_spike_ns"] == ""' \
		'float(reporters["resource.maxrss_bytes"]["shortest_spike_ns"]) == 20e6' \
		'float(reporters["reference.current_bytes"]["shortest_spike_ns"]) == 20e6'
}
