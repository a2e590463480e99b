#!/usr/bin/env bats
# Several tasks of one experiment, in the same blocks and told apart by their names.
# bats file_tags=portable

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common

teardown() {
	# A test that failed half-way leaves its runner to go on.
	if [ -n "${runner:-}" ] && kill -TERM "$runner" 2>/dev/null; then
		wait "$runner" || true
	fi
	nothing_is_left
}

@test "two tasks of known sizes are told apart in every result, and share their blocks" {
	experiment two <<-'TOML'
		[task]
		parameters = { extra = 4 }
		[tasks.small]
		command = ["./touch", "8"]
		[tasks.large]
		command = ["./touch", "{size}"]
		parameters = { size = 32 }
		[trials]
		repetitions = 3
	TOML
	run_experiment_with_pictures two
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 8' 'all(t.status == "ok" for t in run.trials)' \
		'[t.task for t in run.trials if t.warmup] == ["small", "large"]' \
		'all({t.task for t in run.trials if not t.warmup and t.repetition == i} == {"small", "large"} for i in (1, 2, 3))' \
		'all(8 << 20 <= t.reference["peak_bytes"] < 16 << 20 for t in run.trials if t.task == "small")' \
		'all(32 << 20 <= t.reference["peak_bytes"] < 40 << 20 for t in run.trials if t.task == "large")' \
		'{t.point for t in run.trials} == {"small extra=4", "large size=32"}' \
		'{row["task"] for row in run.file["summary"]} == {b"small", b"large"}'
	[ "$(cut -d , -f 2 "$run_folder/summary.csv" | sort | uniq -c | tr -s ' \n' ' ')" = " 4 large 4 small 1 task " ]
	# The table, in the order of the file, and progress.
	[[ $output == *"small extra=4   memory in MiB"*"large size=32   memory in MiB"* ]]
	[[ $output == *"  small extra=4  ok in "* ]]
	grep -q 'trial 00000[0-9]: large, none, point 2, repetition 3' "$run_folder/run.log"
	grep -q 'large size=32' "$run_folder/report.html"
	run "$program" show "$run_folder" 1
	[[ $output == *"task "*" small"$'\n'* ]]
	run "$program" show "$run_folder"
	[[ $output == *"000001  ok "*" small {"*"000002  ok "*" large {"* ]]
}

@test "the failure of one task does not hide the other" {
	experiment fails <<-'TOML'
		[tasks.broken]
		command = ["sh", "-c", "exit 3"]
		[tasks.sound]
		command = ["./touch", "8"]
		[trials]
		repetitions = 2
		warmups = 0
	TOML
	run_experiment fails
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials if t.task == "broken"] == ["failed"] * 2' \
		'[t.status for t in run.trials if t.task == "sound"] == ["ok"] * 2'
	[[ $output == *"broken   memory in"*"none    0/2"*"sound   memory in"*"none    2/2"* ]]
	[[ $output == *"exited with code 3 (2 trials"* ]]
}

@test "a run that was killed resumes with all its tasks, and not with others" {
	local code=0

	experiment killed <<-'TOML'
		[tasks.waits]
		command = ["sh", "-c", "until test -e go; do sleep 0.02; done; exec ./touch 8"]
		[tasks.other]
		command = ["./touch", "16"]
		[trials]
		repetitions = 2
		warmups = 0
		order = "sequential"
	TOML
	"$program" --no-pictures --output "$runs" "$folder/killed.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
	kill -KILL "$runner"
	wait "$runner" || code=$?
	runner=
	[ "$code" -eq 137 ]
	find_run_folder
	touch "$folder/go"
	sed -i 's/"16"/"24"/' "$folder/killed.toml"
	run "$program" resume --no-pictures "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"killed.toml, line 4: was \"command = [\"./touch\", \"16\"]\", is \"command = [\"./touch\", \"24\"]\""* ]]
	sed -i 's/"24"/"16"/' "$folder/killed.toml"
	run "$program" resume --no-pictures "$run_folder"
	[ "$status" -eq 0 ]
	holds 'bool(run.attrs["complete"])' \
		'[(t.task, int(t.repetition)) for t in run.trials] == [("waits", 1), ("waits", 2), ("other", 1), ("other", 2)]' \
		'all(t.reference["peak_bytes"] >= 16 << 20 for t in run.trials if t.task == "other")'
}

@test "a changed file marks the trials of the task that has it, not the others" {
	experiment inputs <<-'TOML'
		[tasks.reads]
		command = ["sh", "read.sh"]
		[tasks.changes]
		command = ["sh", "change.sh"]
		[trials]
		repetitions = 2
		warmups = 0
		[container]
		runtime = "none"
	TOML
	echo 'cat read.sh >/dev/null' >"$folder/read.sh"
	cp "$folder/read.sh" "$folder/new.sh"
	echo 'test -e done || { touch done; chmod +x new.sh; mv new.sh read.sh; }' >"$folder/change.sh"
	chmod +x "$folder"/read.sh "$folder"/change.sh
	run_experiment inputs
	holds 'all(t.status == "ok" for t in run.trials)' \
		'all(t.other_inputs is None for t in run.trials if t.task == "changes")' \
		'"read.sh was replaced" in [t for t in run.trials if t.task == "reads"][-1].other_inputs'
}
