#!/usr/bin/env bats
# A run for programs: summary.json.
# bats file_tags=portable

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

# The document in a file is of the schema.
is_of_schema() {
	/usr/bin/python3 "$repository/tests/integration/check_schema.py" "$repository/docs/summary.schema.json" <"$1"
}

# Fails, and says why, unless each of the Python conditions over `s`, the document in file $1, holds.
says() {
	/usr/bin/python3 - "$@" <<-'PY'
		import json, sys
		s = json.load(open(sys.argv[1]))
		backend = s["points"][0]["backends"][0]
		trial = backend["typical_trial"]
		for condition in sys.argv[2:]:
		    if not eval(condition):
		        sys.exit(f"does not hold: {condition}\n{json.dumps(s, indent=2)}")
	PY
}

# Runs the program with these words: its standard output, which is one document, is in $document, the rest in $messages.
prints_json() {
	document=$BATS_TEST_TMPDIR/document
	messages=$BATS_TEST_TMPDIR/messages
	code=0
	"$program" "$@" >"$document" 2>"$messages" || code=$?
	cat "$messages"
	/usr/bin/python3 -c 'import json, sys; json.load(sys.stdin)' <"$document"
}

@test "summary.json has what the table and results.h5 have" {
	experiment two <<-TOML
		[task]
		command = ["./touch", "{size}"]
		[task.parameters]
		size = [8, 16]
		[trials]
		repetitions = 3
		warmups = 1
		[limits]
		memory_max = "256MiB"
		pids_max = 100
		[backends]
		names = ["none", "proc-tree"]
	TOML
	run_experiment two
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"$run_folder/summary.json"* ]]
	is_of_schema "$run_folder/summary.json"
	says "$run_folder/summary.json" 's["run"]["status"] == "ok" and s["run"]["exit_status"] == 0' \
		"s['run']['id'] == '$(basename "$run_folder")' and s['run']['name'] == 'two'" \
		's["run"]["trials_planned"] == s["run"]["trials_recorded"] == 16' \
		'[p["parameters"] for p in s["points"]] == [{"size": 8}, {"size": 16}]' \
		'[b["name"] for b in s["backends"]] == ["none", "proc-tree"]' \
		's["points"][1]["backends"][0]["peak_bytes"]["median"] >= 16 << 20' \
		'all(b["trials"]["ok"] == b["trials"]["all"] == 3 for p in s["points"] for b in p["backends"])' \
		'trial["limits"]["memory_max_bytes"] == 256 << 20 and trial["limits"]["pids_max"] == 100' \
		'trial["limits"]["memory_high_bytes"] is None' \
		'trial["exit_code"] == 0 and trial["signal"] is None' \
		'trial["composition"]["anon_bytes"] >= 7 << 20' \
		'backend["peak_bytes"]["interval_95"] is None and backend["reported"] is None' \
		's["points"][0]["backends"][1]["reported"]["peak_bytes"]["n"] == 3'
	# The medians are those of the file.
	says "$run_folder/summary.json" "backend['peak_bytes']['median'] == $(query \
		'sorted(t.reference["peak_bytes"] for t in run.trials if not t.warmup and t.backend == "none" and json.loads(t.parameters)["size"] == 8)[1]')" \
		"s['host']['cpus'] == $(query 'run.attrs["cpus"]')" \
		"s['host']['cgroup_version'] == $(query 'int(run.attrs["hierarchy"][1])')"
}

@test "summary.json has the names of tasks" {
	experiment named <<-TOML
		[tasks.before]
		command = ["./touch", "16"]
		[tasks.after]
		command = ["./touch", "8"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none"]
	TOML
	run_experiment named
	[ "$status" -eq 0 ]
	is_of_schema "$run_folder/summary.json"
	says "$run_folder/summary.json" '[p["task_name"] for p in s["points"]] == ["before", "after"]' \
		'[p["backends"][0]["peak_bytes"]["median"] >= 16 << 20 for p in s["points"]] == [True, False]'
	"$program" check --json "$folder/named.toml" >"$BATS_TEST_TMPDIR/plan"
	[ "$(jq -c '[.tasks, ([.order[].task_name] | sort)]' "$BATS_TEST_TMPDIR/plan")" = '[["before","after"],["after","before"]]' ]
}

@test "latest is the newest run, in a command that takes one" {
	experiment first <<-TOML
		[task]
		command = ["./touch", "8"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none"]
	TOML
	sed 's/"8"/"16"/' "$folder/first.toml" >"$folder/second.toml"
	run_experiment first
	first=$run_folder
	[ "$(readlink "$runs/latest")" = "$(basename "$first")" ]
	run "$program" --no-pictures --output "$runs" "$folder/second.toml"
	[ "$status" -eq 0 ]
	second=$(echo "$runs"/2*-second)
	[ "$(readlink "$runs/latest")" = "$(basename "$second")" ]
	prints_json show --json "$runs/latest"
	says "$document" 's["run"]["name"] == "second"' "s['run']['id'] == '$(basename "$second")'"
	run "$program" report "$runs/latest/"
	[[ $status -eq 0 && $output == *"$second/report.html"* ]]
	run "$program" resume "$runs/latest"
	[[ $status -eq 0 && $output == *"$second is complete: nothing to resume"* ]]
	run "$program" clean
	[ "$status" -eq 0 ]
	# What somebody else has there stays, and the run is none the worse.
	rm "$runs/latest"
	echo mine >"$runs/latest"
	run "$program" --no-pictures --output "$runs" "$folder/first.toml"
	[ "$status" -eq 0 ]
	[ "$(cat "$runs/latest")" = mine ]
	grep -q 'no link latest to this run: File exists' "$runs"/2*/run.log
}

@test "the texts of /summary are decoded as docs/hdf5-schema.md says" {
	experiment texts <<-TOML
		[task]
		command = ["./touch", "1"]
		[trials]
		repetitions = 2
		warmups = 0
		[backends]
		names = ["none"]
	TOML
	run_experiment texts
	[ "$status" -eq 0 ]
	sed -n '/^import h5py, numpy, sys$/,/^print/p' "$repository/docs/hdf5-schema.md" >"$BATS_TEST_TMPDIR/recipe.py"
	run /usr/bin/python3 "$BATS_TEST_TMPDIR/recipe.py" "$run_folder/results.h5"
	[ "$status" -eq 0 ]
	[ "$output" = "2 rows of trials that ended ok" ]
}

# A task of three cases: one is ok, one is killed at its limit, one exceeds its time.
@test "summary.json says how trials ended, and why" {
	experiment ends <<-TOML
		[task]
		command = ["sh", "-c", 'case {case} in 1) exit 0 ;; 2) exec ./touch 64 ;; 3) echo "no luck" >&2; exec sleep 60 ;; esac']
		[task.parameters]
		case = [1, 2, 3]
		[trials]
		repetitions = 1
		warmups = 0
		timeout_s = $(unless_emulated 2 10)
		[limits]
		memory_max = "32MiB"
		swap_max = "0"
		[backends]
		names = ["none"]
	TOML
	run_experiment ends
	echo "$output"
	[ "$status" -eq 1 ]
	is_of_schema "$run_folder/summary.json"
	says "$run_folder/summary.json" 's["run"]["status"] == "not_ok" and s["run"]["exit_status"] == 1' \
		's["run"]["trials_not_ok"] == 2' \
		'[p["backends"][0]["trials"]["ok"] for p in s["points"]] == [1, 0, 0]' \
		'[p["backends"][0]["trials"]["oom"] for p in s["points"]] == [0, 1, 0]' \
		'[p["backends"][0]["trials"]["timeout"] for p in s["points"]] == [0, 0, 1]' \
		's["points"][1]["backends"][0]["peak_bytes"] is None' \
		's["points"][1]["backends"][0]["oom_kill_trials"] == 1' \
		's["points"][1]["backends"][0]["typical_trial"]["status"] == "oom"' \
		's["points"][1]["backends"][0]["typical_trial"]["limits"]["memory_max_bytes"] == 32 << 20' \
		's["points"][2]["backends"][0]["typical_trial"] is None' \
		'{k["status"]: k["trials"] for k in s["failures"]["kinds"]} == {"oom": 1, "timeout": 1}' \
		'[k["last_lines"] for k in s["failures"]["kinds"] if k["status"] == "timeout"] == [["no luck"]]'
}

# What two runs of one experiment may differ in: when, how long, and how much.
without_measurements() {
	/usr/bin/python3 - "$1" <<-'PY'
		import json, sys

		def masked(value, measured=False):
		    if isinstance(value, dict):
		        return {k: v if k == "limits" else masked(v, measured or k.endswith(("_ns", "_bytes")))
		                for k, v in value.items()}
		    if isinstance(value, list):
		        return [masked(v, measured) for v in value]
		    return type(value).__name__.replace("float", "int") if measured else value

		summary = json.load(open(sys.argv[1]))
		for key in "id", "started":
		    summary["run"][key] = None
		summary["host"] = None
		# How a disturbed machine was noticed.
		for point in summary["points"]:
		    for backend in point["backends"]:
		        backend["suspect_trials"] = None
		summary["warnings"] = None
		print(json.dumps(masked(summary), indent=1))
	PY
}

@test "an interrupted and resumed run has the summary.json of one that was not" {
	experiment steps <<-TOML
		[task]
		python = "steps.py"
		arguments = ["{step}"]
		[task.parameters]
		step = [1, 2, 3]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
		[backends]
		names = ["psutil"]
	TOML
	cat >"$folder/steps.py" <<-'PY'
		import os, sys, time
		while sys.argv[1] == "2" and not os.path.exists("go"):
		    time.sleep(0.02)
		sys.exit(3 if sys.argv[1] == "3" else 0)
	PY
	"$program" --no-pictures --output "$runs" "$folder/steps.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 1200); do
		! grep -qs 'trial 000002: the gate opens' "$runs"/2*/run.log || break
		sleep 0.05
	done
	run_folder=$(echo "$runs"/2*-steps)
	kill -INT "$runner"
	code=0
	wait "$runner" || code=$?
	runner=
	[ "$code" -eq 130 ]
	is_of_schema "$run_folder/summary.json"
	says "$run_folder/summary.json" 's["run"]["status"] == "incomplete" and s["run"]["exit_status"] is None' \
		's["run"]["trials_planned"] == 3'
	touch "$folder/go"
	run "$program" resume --no-pictures "$run_folder"
	echo "$output"
	[ "$status" -eq 1 ]
	is_of_schema "$run_folder/summary.json"
	without_measurements "$run_folder/summary.json" >"$BATS_TEST_TMPDIR/resumed"
	rm -r "$runs"
	run_experiment steps
	[ "$status" -eq 1 ]
	without_measurements "$run_folder/summary.json" >"$BATS_TEST_TMPDIR/whole"
	diff "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/resumed"
	grep -q '"status": "failed"' "$BATS_TEST_TMPDIR/whole"
}

# Names in docs/summary-schema.md stand between backquotes.
@test "each key of the schema is documented" {
	/usr/bin/python3 - "$repository/docs/summary.schema.json" "$repository/docs/summary-schema.md" <<-'PY'
		import json, re, sys
		keys = set()
		def collect(schema):
		    if isinstance(schema, dict):
		        keys.update(schema.get("properties", {}))
		        for part in schema.values():
		            collect(part)
		collect(json.load(open(sys.argv[1])))
		missing = keys - set(re.findall(r"`(\w+)`", open(sys.argv[2]).read()))
		sys.exit(f"not documented: {sorted(missing)}" if missing else 0)
	PY
}

@test "--json prints one document, and nothing else on standard output" {
	cd "$folder"
	prints_json --json --output "$runs" --runtime none -r 3 -w 1 -P size=8,16,24 -- ./touch '{size}'
	[ "$code" -eq 0 ]
	is_of_schema "$document"
	says "$document" 's["run"]["status"] == "ok"' 'len(s["points"]) == 3' 'backend["trials"]["ok"] == 3'
	find_run_folder
	cmp "$document" "$run_folder/summary.json"
	prints_json resume --json "$run_folder"
	cmp "$document" "$run_folder/summary.json"
	grep -q 'is complete: nothing to resume' "$messages"
	# The summary is written again, as the pictures are.
	mv "$run_folder/summary.json" whole
	prints_json report --json "$run_folder"
	[ "$code" -eq 0 ]
	cmp "$document" whole
	cmp "$run_folder/summary.json" whole
	[ -s "$run_folder/report.html" ]
	prints_json show --json "$run_folder"
	says "$document" 'len(s["trials"]) == 12' 's["trials"][0]["warmup"] and s["trials"][0]["status"] == "ok"' \
		'all(t["peak_bytes"] >= t["parameters"]["size"] << 20 for t in s["trials"])'
	prints_json fit --json --predict 48 "$run_folder"
	[ "$(jq -r '.series[0].model.formula' "$document")" = "a + b*n" ]
	# A batch of charges for each processor, 256 KiB, is in one peak and not in the next: carried from 8 to 24 on to 48.
	[ "$(jq '.series[0].predictions[0].bytes / 1048576 | 46 < . and . < 52' "$document")" = true ]
	[ -s "$run_folder/fit.csv" ]
	prints_json check --json -r 2 -w 0 -P size=8,16 -m 64MiB -- ./touch '{size}'
	[ "$(jq -c '[.trials, .points, (.order | length), .limits.memory_max_bytes, .limit]' "$document")" = '[4,2,4,67108864,null]' ]
	cat >"$folder/limited.toml" <<-'TOML'
		name = "limited"
		[task]
		command = ["./touch", "8"]
		[limit]
		survival = 0.9
		curve = 0
	TOML
	prints_json check --json "$folder/limited.toml"
	[ "$(jq -c '.limit | [.survival, .confidence, .curve, .by]' "$document")" = '[0.9,0.95,0,"max"]' ]
}

@test "--json of a trial has its facts, its marks and what it printed" {
	experiment prints <<-TOML
		[task]
		python = "prints.py"
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		pids_max = 50
		[backends]
		names = ["none"]
	TOML
	cat >"$folder/prints.py" <<-'PY'
		import sys
		from memcg_run import mark, truth
		truth(5 << 20)
		mark("half")
		print("one\ntwo")
		sys.exit("no luck: \033[31m")
	PY
	prints_json --json --no-pictures --output "$runs" "$folder/prints.toml"
	[ "$code" -eq 1 ]
	says "$document" 's["run"]["exit_status"] == 1' 's["failures"]["kinds"][0]["last_lines"] == ["no luck:  [31m"]'
	grep -q 'warning: the only trial is not ok' "$messages" || grep -q 'not ok' "$messages"
	find_run_folder
	prints_json show --json "$run_folder" 1
	[ "$code" -eq 0 ]

	[ "$(jq -c '[.trial, .task.status, .task.exit_code, .task.signal, .memory.limits.pids_max]' "$document")" = \
		'[1,"failed",1,null,50]' ]
	[ "$(jq -c '[.marks[].name]' "$document")" = '["task_begin","half","task_end"]' ]
	[ "$(jq -c '[.marks[].after_begin_ns > 0]' "$document")" = '[false,true,true]' ]
	[ "$(jq -c '[.truth[].bytes]' "$document")" = '[5242880]' ]
	[ "$(jq -c '[.stdout.lines, .stdout.printed_bytes, .stderr.lines]' "$document")" = \
		'[["one","two"],8,["no luck:  [31m"]]' ]
	# There is no such trial, and no such run.
	code=0
	"$program" show --json "$run_folder" 2 >"$document" || code=$?
	[ "$code" -eq 2 ]
	[ ! -s "$document" ]
}
