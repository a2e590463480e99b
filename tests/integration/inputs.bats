#!/usr/bin/env bats
# The files of a task that change while its run is under way: its trials are not all of one task, and the run says so.
# bats file_tags=portable

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common
bats_require_minimum_version 1.5.0

# Three trials of a program with these arguments; without a container it can write beside its experiment.
three_trials() {
	experiment changing <<-TOML
		[task]
		$1
		[task.parameters]
		step = [1, 2, 3]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
		[container]
		runtime = "${2:-none}"
	TOML
}

warns_of() {
	grep -qF "memcg-run: warning: the task's files had changed by the end of $1 of 3 trials; the first: trial $2 (none): $folder/$3; not all trials" <<<"$output"
}

# The marks of the three trials, as a list of what stands behind the folder's name.
marks_are() {
	holds "[t.group.attrs.get('other_inputs', '').removeprefix('$folder/') for t in run.trials] == $1" \
		"int(run.attrs['trials_with_other_inputs']) == sum(m != '' for m in $1)"
}

@test "a task that rewrites its own script: every trial from that one on is marked, and the run is not a success" {
	cat >"$folder/changing.py" <<-'PY'
		import sys
		if sys.argv[1] == "2":
		    with open(__file__, "a") as script:
		        script.write("held = bytearray(56 << 20)\n")
	PY
	three_trials $'python = "changing.py"\narguments = ["{step}"]'
	run_experiment changing
	echo "$output"
	[ "$status" -eq 1 ]
	warns_of 2 000002 "changing.py was rewritten"
	holds '[t.status for t in run.trials] == ["ok"] * 3' 'bool(run.attrs["complete"])'
	marks_are '["", "changing.py was rewritten", "changing.py was rewritten"]'
	grep -q "trial 000002: the task's files have changed: $folder/changing.py was rewritten" "$run_folder/run.log"
	/usr/bin/python3 - "$run_folder/run.json" "$folder/changing.py was rewritten" <<-'PY'
		import json, sys
		assert json.load(open(sys.argv[1]))["input_changes"] == [{"trial": 2, "change": sys.argv[2]}]
	PY
	run -0 "$program" report "$run_folder"
	warns_in_table=$(grep -c "The task's files had changed by the end of 2 of 3 trials" <<<"$output")
	[ "$warns_in_table" -eq 1 ]
}

@test "a data file that the experiment names, replaced from outside while the run is under way" {
	echo one >"$folder/data-1"
	echo two >"$folder/data-2"
	cat >"$folder/changing.py" <<-'PY'
		import os, sys, time
		while sys.argv[1] == "2" and not os.path.exists("go"):
		    time.sleep(0.02)
	PY
	three_trials $'python = "changing.py"\narguments = ["{step}", "data-{step}"]' runc
	"$program" --no-pictures --output "$runs" "$folder/changing.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 1200); do
		! grep -qs 'trial 000002: the gate opens' "$runs"/2*/run.log || break
		sleep 0.05
	done
	echo other >"$folder/new"
	mv "$folder/new" "$folder/data-1"
	touch "$folder/go"
	status=0
	wait "$runner" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/printed")
	echo "$output"
	find_run_folder
	[ "$status" -eq 1 ]
	warns_of 2 000002 "data-1 was replaced"
	marks_are '["", "data-1 was replaced", "data-1 was replaced"]'
}

@test "a change before the run was killed is in the result of its resumption, and decides its exit status" {
	cat >"$folder/changing.py" <<-'PY'
		import os, sys, time
		if sys.argv[1] == "1":
		    os.utime(__file__)
		while sys.argv[1] == "2" and not os.path.exists("go"):
		    time.sleep(0.02)
	PY
	three_trials $'python = "changing.py"\narguments = ["{step}"]'
	"$program" --no-pictures --output "$runs" "$folder/changing.toml" >/dev/null 2>&1 3>&- &
	runner=$!
	for _ in $(seq 1200); do
		! grep -qs 'trial 000002: the gate opens' "$runs"/2*/run.log || break
		sleep 0.05
	done
	kill -KILL "$runner"
	wait "$runner" || true
	touch "$folder/go"
	find_run_folder
	# With the same content its files are those that it began with.
	run "$program" resume --no-pictures "$run_folder"
	echo "$output"
	[ "$status" -eq 1 ]
	warns_of 1 000001 "changing.py was rewritten"
	marks_are '["changing.py was rewritten", "", ""]'
}

@test "files that nobody changes, and one that only gets another mode, leave no mark" {
	cat >"$folder/changing.py" <<-'PY'
		import os
		os.chmod(__file__, 0o755)
	PY
	three_trials 'python = "changing.py"'
	run_experiment changing
	echo "$output"
	[ "$status" -eq 0 ]
	marks_are '["", "", ""]'
	[[ $output != *"task's files had changed"* ]]
}

@test "a task that writes its result to a file that its words name: no mark without a container, but a note" {
	printf '2\n1\n' >"$folder/numbers"
	three_trials 'command = ["sort", "-o", "sorted", "numbers"]'
	run_experiment changing
	echo "$output"
	[ "$status" -eq 0 ]
	marks_are '["", "", ""]'
	rm "$run_folder" -r
	run_experiment changing
	echo "$output"
	[ "$status" -eq 0 ]
	marks_are '["", "", ""]'
	grep -q "\"change\": \"$folder/sorted was " "$run_folder/run.json"
}
