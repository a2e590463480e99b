#!/usr/bin/env bats
# The machine was reset in the middle of a run, by tests/vm/reset: what is there after it, and that the run goes on.
# For the machine only; each test goes on from the one before.

load ../integration/common
bats_require_minimum_version 1.5.0
# What fails cannot be tried again: the run has gone on by then.
BATS_TEST_RETRIES=0

setup_file() {
	[ -e /share/reset ] || skip "the machine was not reset: sudo tests/vm/parts/reset"
}

setup() {
	folder=/project/output/reset/experiment
	runs=/project/output/reset/runs
	find_run_folder
}

@test "after a reset of the machine every sealed trial is there, byte for byte" {
	[ ! -e /run/memcg-run ]
	cd "$run_folder"
	[ "$(cut -d ' ' -f 3 /share/synced | xargs)" = "experiment.toml run.json trials/000001.h5 trials/000002.h5" ]
	sha256sum --check /share/synced
	[ "$(echo trials/*.h5)" = "trials/000001.h5 trials/000002.h5" ]
	# What had begun is told by its spool.
	[ -d trials/000003.spool ]
}

@test "after a reset of the machine there is nothing to clean, and clean says so" {
	run -0 "$program" clean
	echo "$output"
	[ "$output" = "nothing was left by an earlier run" ]
}

# As check shows it: the number of each trial, its repetition, backend and parameters.
plan_of_results() {
	query '"\n".join(f"  {int(t.order):06}  repetition {int(t.repetition):>3}  {t.backend}  step={json.loads(t.parameters)["step"]}" for t in run.trials)'
}

@test "after a reset of the machine the run resumes: no trial is lost or duplicated, and the interrupted one is repeated" {
	booted_s=$(sed -n 's/^btime //p' /proc/stat)
	touch "$folder/go"
	run -0 "$program" resume --no-pictures "$run_folder"
	echo "$output"
	holds '[t.status for t in run.trials] == ["ok"] * 4' \
		"[int(t.start_realtime_ns) < $booted_s * 10**9 for t in run.trials] == [True, True, False, False]" \
		'bool(run.attrs["complete"])' \
		'int(run.attrs["trials_gathered"]) == 4' \
		'list(run.file.get("interrupted", [])) == ["000003-1"]' \
		'run.file["interrupted/000003-1"].attrs["status"] == "interrupted"' \
		'[(r["trials_kept"], r["changes"]) for r in json.loads(run.attrs["resumptions"])] == [(2, [])]'
	[ ! -e "$run_folder/trials" ]
	# The order is that of a run which nothing befell.
	diff <(plan_of_results) <("$program" check "$folder/steps.toml" | sed '1,/^order/d')
}
