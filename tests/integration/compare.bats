#!/usr/bin/env bats
# Two runs of a program whose memory is known, and the gate between them. On one CPU, so that the kernel's account
# resolves 256 KiB on every machine.
# bats file_tags=portable

load common

# measure NAME REPETITIONS MIB...: a run of a static program that touches so many MiB, or each of several; its folder is
# $run_folder.
measure() {
	local name=$1 repetitions=$2

	shift 2
	run "$program" -q --output "$runs" --runtime none --cpus 0 -r "$repetitions" -w 0 --name "$name" \
		-P "size=$(IFS=, && echo "$*")" -- "$folder/touch" '{size}'
	[ "$status" -eq 0 ]
	find_run_folder
}

# with_kernel FOLDER: a copy of the run, as if another kernel had measured it.
with_kernel() {
	mkdir "$1"
	cp "$run_folder/results.h5" "$1/"
	/usr/bin/python3 - "$1/results.h5" <<-'PYTHON'
		import sys, h5py, numpy
		with h5py.File(sys.argv[1], "r+") as run:
		    del run.attrs["sealed"]
		    run.attrs["kernel"] = numpy.bytes_("Linux 1.0")
	PYTHON
}

@test "compare: a program with itself is never worse, and one that holds a tenth more is" {
	local base new larger

	measure base 5 64
	base=$run_folder
	measure new 5 64
	new=$run_folder
	run "$program" compare "$base" "$new"
	echo "$output"
	[ "$status" -eq 0 ] || [ "$status" -eq 5 ]
	[[ $output == *"the peak is at most 2 % larger at 1 of 1 point"* ]]
	measure larger 5 71
	larger=$run_folder
	run "$program" compare "$base" "$larger"
	[ "$status" -eq 2 ]
	[[ $output == *"have no point in common"* ]]
	# Another size is another point; another command is not.
	run "$program" -q --output "$runs" --runtime none --cpus 0 -r 5 -w 0 --name old -- "$folder/touch" 64
	find_run_folder
	base=$run_folder
	run "$program" -q --output "$runs" --runtime none --cpus 0 -r 5 -w 0 --name new -- "$folder/touch" 71
	find_run_folder
	run "$program" compare --junit "$folder/memory.xml" --picture "$base" "$run_folder"
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"worse: the peak is more than 2 % larger at 1 of 1 point"* ]]
	[ -s "$run_folder/compare.png" ]
	[ -s "$run_folder/plots/compare.gp" ]
	[ ! -e "$base/compare.png" ]
	run "$program" compare -q --max-increase 20% "$base" "$run_folder"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run "$program" compare --markdown "$base" "$run_folder"
	[ "$status" -eq 4 ]
	[[ $output == *"| peak | 64."*" | 71."*" | **worse** |"* ]]
	"$program" compare --json "$base" "$run_folder" >"$folder/compare.json" || [ $? -eq 4 ]
	/usr/bin/python3 - "$folder" <<-'PYTHON'
		import json, sys
		import xml.etree.ElementTree as xml
		suite = xml.parse(sys.argv[1] + "/memory.xml").getroot()
		assert suite.attrib["tests"] == suite.attrib["failures"] == "1", suite.attrib
		assert suite.find("testcase/failure") is not None
		found = json.load(open(sys.argv[1] + "/compare.json"))
		peak = found["comparisons"][0]["metrics"]["peak"]
		assert found["gate"]["verdict"] == peak["verdict"] == "worse", found
		assert 1.08 < peak["ratio_low"] <= peak["ratio"] <= peak["ratio_high"] < 1.14, peak
		assert peak["n_base"] == peak["n_new"] == 5 and peak["resolution"] == 256 * 1024, peak
	PYTHON
}

@test "compare: one repetition is undecided, whatever it shows; another kernel is refused" {
	local base

	measure base 1 16
	base=$run_folder
	with_kernel "$folder/other"
	run "$program" compare "$base" "$base"
	[ "$status" -eq 5 ]
	[[ $output == *"1 and 1 trials are too few for 99 %: repeat at least 5 times each"* ]]
	run "$program" compare "$base" "$folder/other"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"cannot be compared: they differ in kernel ("*"; Linux 1.0); measure both alike, or pass --force" ]]
	run "$program" compare --force "$base" "$folder/other"
	[ "$status" -eq 5 ]
	[[ $output == *"differs: kernel: "*"; Linux 1.0"* ]]
	run "$program" compare --metric cpu "$base" "$base"
	[ "$status" -eq 2 ]
	[[ $output == *"expected one of peak, unreclaimable, wall"* ]]
	run "$program" compare "$base" "$folder"
	[ "$status" -eq 2 ]
}

@test "compare --by: the values of a parameter, in pairs of one run" {
	measure sweep 8 32 40
	run "$program" compare --by size --json "$run_folder"
	[ "$status" -eq 4 ]
	/usr/bin/python3 - <<-PYTHON
		import json
		found = json.loads('''$output''')
		[pair] = found["comparisons"]
		assert pair["base"]["parameters"] == {"size": 32} and pair["new"]["parameters"] == {"size": 40}, pair
		peak, wall = pair["metrics"]["peak"], pair["metrics"]["wall"]
		assert peak["paired"] and wall["paired"] and 1.2 < peak["ratio"] < 1.3, peak
		assert wall["change"] != "not tested", wall
	PYTHON
	run "$program" compare --by edge "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"nothing to compare by edge"* ]]
}

@test "compare --by task: named tasks, each with the first" {
	experiment tasks <<-'TOML'
		[tasks.before]
		command = ["./touch", "32"]
		[tasks.after]
		command = ["./touch", "40"]
		[trials]
		repetitions = 5
		warmups = 0
		[limits]
		cpus = "0"
		[container]
		runtime = "none"
	TOML
	run_experiment tasks
	[ "$status" -eq 0 ]
	run "$program" compare --by task "$run_folder"
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"after against before"*"peak"*"32."*"40."*"worse"* ]]
}

# Each folder is read with the rights of its owner, and the picture is the second one's.
@test "compare: as root, runs of two users, each with the rights of its owner" {
	local place owners

	[ "$(id -u)" -eq 0 ] || skip "needs root"
	measure base 1 16
	place=$(mktemp -d /tmp/memcg-run-test-XXXXXX)
	chmod 755 "$place"
	mkdir "$place/base" "$place/new"
	cp "$run_folder/results.h5" "$place/base/"
	cp "$run_folder/results.h5" "$place/new/"
	chown -hR 54321:54321 "$place/base"
	chown -hR 54322:54322 "$place/new"
	chmod 700 "$place/base" "$place/new"
	run "$program" compare --picture "$place/base" "$place/new"
	owners=$(stat -c %u:%g "$place/new/compare.png" "$place/new/plots/compare.gp" | sort -u)
	[ ! -e "$place/base/compare.png" ]
	# What only root may read is not read by a link in a user's folder.
	rm "$place/base/results.h5"
	ln -s "$run_folder/results.h5" "$place/base/results.h5"
	code=0
	"$program" compare "$place/base" "$place/new" >"$folder/link" 2>&1 || code=$?
	rm -r "$place"
	[ "$status" -eq 5 ]
	[ "$owners" = 54322:54322 ]
	[ "$code" -ne 5 ] && [ "$code" -ne 0 ]
}
