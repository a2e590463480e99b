#!/usr/bin/env bats
# A run for programs: summary.json.

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
		! grep -qs 'trial 000002: the gate opens' "$runs"/*/run.log || break
		sleep 0.05
	done
	run_folder=$(echo "$runs"/*-steps)
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
