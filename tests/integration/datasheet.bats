#!/usr/bin/env bats
# The data sheet of a run: what is known of three reporters comes out by itself.
# bats file_tags=portable

load common
load sheet

# Each phenomenon once under each reporter; no container, which is a tenth of the time, and the same memory.
phenomena() {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment sheet <<-TOML
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["ramp", "native_malloc", "fork_tree", "shared", "tmpfs"]
		size_mib = 64
		hold_s = $(unless_emulated 0.1 0.3)
		[trials]
		repetitions = 3
		[backends]
		names = ["none", "tracemalloc", "kernel"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	run "$program" --quick --no-pictures --output "$runs" "$folder/sheet.toml"
	[ "$status" -eq 0 ]
	find_run_folder
}

@test "the data sheet shows which reporters are right and which are blind, in the table, CSV, Markdown and a picture" {
	phenomena
	run "$program" datasheet "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	for moment in peak held; do
		sheet_holds "verdict('ramp', '$moment', 'reference.current_bytes') == 'right'" \
			"verdict('ramp', '$moment', 'kernel.rss_bytes') == 'right'" \
			"verdict('native_malloc', '$moment', 'kernel.rss_bytes') == 'right'"
		# Memory that Python was never asked for, and that of another process.
		sheet_holds "verdict('native_malloc', '$moment', 'tracemalloc.traced_bytes') == 'blind'" \
			"verdict('fork_tree', '$moment', 'kernel.rss_bytes') == 'blind'" \
			"verdict('fork_tree', '$moment', 'reference.current_bytes') == 'right'" \
			"verdict('shared', '$moment', 'kernel.rss_bytes') == 'right'"
		# A file in memory is in no address space.
		sheet_holds "verdict('tmpfs', '$moment', 'reference.current_bytes') == 'right'" \
			"verdict('tmpfs', '$moment', 'kernel.rss_bytes') == 'blind'"
	done
	sheet_holds 'verdict("ramp", "final", "kernel.rss_bytes") == "right"' \
		'62 * MIB < float(cells["ramp", "held", "kernel.rss_bytes"]["value_bytes"]) < 68 * MIB' \
		'float(cells["ramp", "held", "kernel.rss_bytes"]["truth_bytes"]) == 64 * MIB + 131072' \
		'all(len(c["trials"].split()) == 1 for c in cells.values() if c["backend"] == "kernel")' \
		'[reporters["kernel.rss_bytes"][k] for k in ("children", "native")] == ["no", "yes"]' \
		'reporters["reference.current_bytes"]["children"] == "yes"' \
		'reporters["tracemalloc.traced_bytes"]["native"] == "no"'
	# What is shared is counted once by the cgroup, and by one process of those that share it.
	sheet_holds '0.9 < float(reporters["reference.current_bytes"]["shared_times"]) < 1.2'
	grep -q '^| \[fork_tree\](#trials-[0-9]*) | peak | right | .*\*\*blind\*\* -[0-9]* % |$' "$run_folder/datasheet.md"
	[ "$(head -c 8 "$run_folder/datasheet.png" | od -An -tx1)" = " 89 50 4e 47 0d 0a 1a 0a" ]
	[[ $output == *"On this host reading untouched memory "* ]]
	grep -q '^On this host reading untouched memory ' "$run_folder/datasheet.md"
	[[ $output == *"compared with what was charged"*"1  reference.current"*"fork_tree          peak         .  "*"B"* ]]
	[[ $output == *"$run_folder/datasheet.png"*"$run_folder/datasheet.md"*"$run_folder/datasheet.csv"* ]]
	# Again, against another kind of truth, in every metric, and without gnuplot.
	rm "$run_folder"/datasheet*
	run env PATH=/nonexistent "$program" datasheet --truth touched --all-metrics "$run_folder"
	[ "$status" -eq 3 ]
	[[ $output == *"compared with what was touched"*"apt-get install gnuplot-nox"* ]]
	# None of the file was touched: who shows it shows too much.
	sheet_holds 'verdict("tmpfs", "held", "reference.current_bytes") == "high"' \
		'verdict("tmpfs", "held", "kernel.rss_bytes") == "right"' \
		'sum(r["backend"] == "kernel" for r in reporters.values()) > 1'
	[ ! -e "$run_folder/datasheet.png" ]
	# In another's folder it is made with no more rights than theirs.
	place=$(mktemp -d /tmp/memcg-run-test-XXXXXX)
	chmod 755 "$place"
	mkdir "$place/roots" "$place/run"
	cp "$run_folder/results.h5" "$place/run/"
	ln -s "$place/roots" "$place/run/plots"
	chown -hR 54321:54322 "$place/run"
	run "$program" datasheet "$place/run"
	[ -z "$(ls -A "$place/roots")" ]
	rm "$place/run/plots"
	run "$program" datasheet "$place/run"
	[ "$status" -eq 0 ]
	[ "$(stat -c %u:%g "$place"/run/datasheet* | sort -u)" = 54321:54322 ]
	rm -r "$place"
}

@test "a run of another task has no data sheet, nor does a folder that is not a run" {
	experiment other <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		runtime = "none"
	TOML
	run_experiment other
	run "$program" datasheet "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"$run_folder has no data sheet: "*"phenomenon"*"experiments/datasheet.toml"* ]]
	[ ! -e "$run_folder/datasheet.md" ]
	run "$program" datasheet "$folder"
	[ "$status" -eq 2 ]
	[[ $output == *"$folder/results.h5"* ]]
	run "$program" datasheet --truth felt "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"--truth felt: expected one of requested, touched, charged, unique"* ]]
}
