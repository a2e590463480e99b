#!/usr/bin/env bats
# A run that was ended goes on, and its result is that of one which was not.

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

# Begins a run of three trials, with these options, and returns when its second has begun, which ends when there is a file "go".
begin() {
	experiment steps <<-TOML
		[task]
		python = "steps.py"
		arguments = ["{step}"]
		[task.parameters]
		step = [1, 2, 3]
		[trials]
		repetitions = ${repetitions:-1}
		warmups = 0
		order = "sequential"
		[backends]
		names = ["${backend:-psutil}"]
	TOML
	cat >"$folder/steps.py" <<-'PY'
		import os, sys, time
		while sys.argv[1] == "2" and not os.path.exists("go"):
		    time.sleep(0.02)
	PY
	"$program" "$@" --output "$runs" "$folder/steps.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_log 'trial 000002: the gate opens'
	run_folder=$(echo "$runs"/2*-steps)
}

wait_for_log() {
	for _ in $(seq 1200); do
		! grep -qs "$1" "$runs"/2*/run.log || return 0
		sleep 0.05
	done
	echo "the log has no $1"
	return 1
}

# Ends it with a signal, in its second trial, and lets that end by itself from now on; $code is how it ended.
end_with() {
	kill -"$1" "$runner"
	code=0
	wait "$runner" || code=$?
	runner=
	touch "$folder/go"
}

resume() {
	run "$program" resume --no-pictures "$@" "$run_folder"
	echo "$output"
}

is_as_if_uninterrupted() {
	holds '[t.status for t in run.trials] == ["ok"] * 3' \
		'[int(t.order) for t in run.trials] == [1, 2, 3]' \
		'bool(run.attrs["complete"])' \
		'int(run.attrs["trials_gathered"]) == 3' \
		'len(run.file["summary"]) == sum(1 + sum(name.endswith("_bytes") for name in t.group["metrics"]) for t in run.trials)'
	[ ! -e "$run_folder/trials" ]
	[ "$(wc -l <"$run_folder/summary.csv")" -gt 3 ]
}

# bats test_tags=portable
@test "a resumption does not follow a link in place of reporters' files" {
	backend=gnu-time begin --no-pictures
	end_with INT
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	rm -r "$run_folder/profiler"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$run_folder/profiler"
	resume
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.trials] == ["ok", "failed", "failed"]'
	[[ $output == *"cannot open $run_folder/profiler: "* ]]
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
}

@test "a killed run is resumed: sealed trials are kept, the interrupted one is repeated and recorded" {
	# And a quick one is three trials as before, whatever its experiment says.
	repetitions=30 begin --quick
	end_with KILL
	starts=$(/usr/bin/python3 -c 'import h5py, sys
print(h5py.File(sys.argv[1])["/"].attrs["start_realtime_ns"])' "$run_folder/trials/000001.h5")
	resume
	[ "$status" -eq 0 ]
	is_as_if_uninterrupted
	holds "int(run.trials[0].start_realtime_ns) == $starts" \
		'bool(run.attrs["quick"])' \
		'list(run.file["interrupted"]) == ["000002-1"]' \
		'run.file["interrupted/000002-1"].attrs["status"] == "interrupted"' \
		'[(r["trials_kept"], r["changes"]) for r in __import__("json").loads(run.attrs["resumptions"])] == [(1, [])]'
	grep -q 'resuming: 1 of 3 trials are sealed' "$run_folder/run.log"
}

# What a run printed of its tally, on the terminal and in its table.
tally_of() {
	grep -E ' is not ok; | are not ok; |he reporter failed in ' "$1"
}

# bats test_tags=portable
@test "a killed and resumed run prints the tally of an uninterrupted one" {
	# A static program, into which no library is loaded: the reporter fails in each trial; the second is a timeout.
	experiment tally <<-'TOML'
		[task]
		command = ["./end", "sleep", "{seconds}"]
		[task.parameters]
		seconds = [0, 60, 1]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
		timeout_s = 3.0
		[backends]
		names = ["mallinfo2"]
	TOML
	run_experiment tally
	[ "$status" -eq 1 ]
	echo "$output" | tee "$BATS_TEST_TMPDIR/whole"
	rm -r "$runs"
	"$program" --no-pictures --output "$runs" "$folder/tally.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_log 'trial 000002: the gate opens'
	run_folder=$(echo "$runs"/2*-tally)
	end_with KILL
	resume
	[ "$status" -eq 1 ]
	echo "$output" >"$BATS_TEST_TMPDIR/resumed"
	tally_of "$BATS_TEST_TMPDIR/whole" >"$BATS_TEST_TMPDIR/tally"
	cat "$BATS_TEST_TMPDIR/tally"
	[ "$(tally_of "$BATS_TEST_TMPDIR/resumed")" = "$(cat "$BATS_TEST_TMPDIR/tally")" ]
	# Of both, on the terminal and in the table.
	[ "$(wc -l <"$BATS_TEST_TMPDIR/tally")" -eq 3 ]
	grep -q 'warning: the reporter failed in 3 of 3 trials; the first: trial 000001 (mallinfo2)' "$BATS_TEST_TMPDIR/tally"
	grep -q '^The reporter failed in 3 of 3 trials; the first: trial 000001 (mallinfo2)' "$BATS_TEST_TMPDIR/tally"
	grep -q 'warning: 1 of 3 trials is not ok; the first: trial 000002 (mallinfo2): timeout: still running' "$BATS_TEST_TMPDIR/tally"
	holds 'int(run.attrs["trials_reporter_failed"]) == 3' \
		'run.attrs["first_reporter_failure"].startswith("trial 000001 (mallinfo2): ")' \
		'int(run.attrs["trials_not_ok"]) == 1'
}

# bats test_tags=portable
@test "an interrupted run says how to resume it, and resumes, also after a second interruption" {
	begin
	end_with TERM
	[ "$code" -eq 130 ]
	grep -q "memcg-run resume $run_folder\$" "$BATS_TEST_TMPDIR/printed"
	rm "$folder/go"
	"$program" resume "$run_folder" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 1200); do
		[ "$(grep -c 'trial 000002: the gate opens' "$run_folder/run.log")" -lt 2 ] || break
		sleep 0.05
	done
	end_with KILL
	resume
	[ "$status" -eq 0 ]
	is_as_if_uninterrupted
	holds 'list(run.file["interrupted"]) == ["000002-1", "000002-2"]' \
		'len(__import__("json").loads(run.attrs["resumptions"])) == 2'
	# The first was sealed by the run itself, with what it had seen.
	holds 'run.file["interrupted/000002-1"].attrs["cause"] == "the run was interrupted"'
}

# bats test_tags=portable
@test "a run whose experiment or task has changed resumes only with --force, and says what changed" {
	begin
	end_with KILL
	sed -i 's/repetitions = 1/repetitions = 30/' "$folder/steps.toml"
	echo '# more' >>"$folder/steps.py"
	before=$(find "$run_folder" -type f -exec sha256sum {} + | sort)
	resume
	[ "$status" -eq 2 ]
	[[ $output == *"changed since the run started: $folder/steps.py: was sha256:"*", is sha256:"* ]]
	[[ $output == *"changed since the run started: experiment $folder/steps.toml, line 7: was \"repetitions = 1\", is \"repetitions = 30\""* ]]
	[ "$(find "$run_folder" -type f -exec sha256sum {} + | sort)" = "$before" ]
	resume --force
	[ "$status" -eq 1 ]
	[[ $output == *"$folder/steps.py had changed before the run was resumed; not all trials measured the same task"* ]]
	is_as_if_uninterrupted
	holds 'len({bool(t.group.attrs.get("other_inputs", "")) for t in run.trials}) == 2'
	holds 'len(__import__("json").loads(run.attrs["resumptions"])[0]["changes"]) == 2'
	[ "$(grep -c 'changed since the run started (accepted): ' "$run_folder/run.log")" -eq 2 ]
}

# bats test_tags=portable
@test "a complete run, a running one and a folder that is not a run are reported, and left alone" {
	begin
	resume
	[ "$status" -eq 3 ]
	[[ $output == *"the run in $run_folder is still running"* ]]
	touch "$folder/go"
	wait "$runner"
	runner=
	before=$(find "$run_folder" -type f -exec sha256sum {} + | sort)
	resume
	[ "$status" -eq 0 ]
	[ "$output" = "$run_folder is complete: nothing to resume" ]
	[ "$(find "$run_folder" -type f -exec sha256sum {} + | sort)" = "$before" ]
	run -2 "$program" resume "$folder"
	[[ $output == *"$folder is not a run's folder"* ]]
	[ ! -e "$folder/trials" ]
	run -2 "$program" resume "$folder/none"
	[[ $output == *"cannot open the run $folder/none: No such file or directory"* ]]
}

# At its end a run makes results.h5, summary.csv and the pictures, and removes trials/ last: here it was
# ended between any two of these.
# bats test_tags=portable
@test "a run that ended while gathering resumes from there" {
	begin
	end_with TERM
	resume
	[ "$status" -eq 0 ]
	mkdir "$run_folder/trials"
	echo part >"$run_folder/results.h5.part"
	rm "$run_folder/run.log"
	resume
	[ "$status" -eq 0 ]
	is_as_if_uninterrupted
	grep -q 'end$' "$run_folder/run.log"
	run ! grep -q 'gathering\|trial 0000' "$run_folder/run.log"
}

# Spoils file $1 of the run's folder, is told so with $2 and status $3, finds it left as it was, and mends it.
is_refused_with() {
	local file=$run_folder/$1
	cp "$file" "$BATS_TEST_TMPDIR/sound"
	"${@:4}" "$file"
	cp "$file" "$BATS_TEST_TMPDIR/spoilt"
	resume
	[ "$status" -eq "$3" ]
	[[ $output == *"memcg-run: error: "*"$2"* ]]
	cmp "$file" "$BATS_TEST_TMPDIR/spoilt"
	cp "$BATS_TEST_TMPDIR/sound" "$file"
}

cut_in_half() {
	truncate -s $(($(stat -c %s "$1") / 2)) "$1"
}

turn_a_bit() {
	/usr/bin/python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 3] ^= 4
open(sys.argv[1], "wb").write(data)' "$1"
}

become_noise() {
	head -c 5000 /dev/urandom >"$1"
}

become_empty() {
	: >"$1"
}

# bats test_tags=portable
@test "damaged files of a run are refused by name, nothing is lost, and a repaired run resumes" {
	begin
	end_with KILL
	for damage in cut_in_half become_noise become_empty; do
		is_refused_with run.json "run.json" 2 "$damage"
	done
	for damage in cut_in_half turn_a_bit become_noise become_empty; do
		is_refused_with experiment.toml "experiment.toml" 2 "$damage"
	done
	for damage in cut_in_half turn_a_bit become_noise become_empty; do
		is_refused_with trials/000001.h5 "000001" 3 "$damage"
	done
	resume
	[ "$status" -eq 0 ]
	is_as_if_uninterrupted
}

@test "root resumes a user's run: it reads and gathers with that user's rights, and the user owns everything" {
	begin
	end_with TERM
	chown -hR 54321:54322 "$run_folder"
	# A file of a third user's, that root could read.
	chown 54323 "$run_folder/trials/000001.h5"
	chmod 600 "$run_folder/trials/000001.h5"
	resume
	[ "$status" -eq 3 ]
	[[ $output == *"000001"*"Permission denied"* ]]
	chmod 644 "$run_folder/trials/000001.h5"
	# What root seals then, its owner could not read.
	umask 077
	resume
	umask 022
	[ "$status" -eq 0 ]
	is_as_if_uninterrupted
	[ "$(find "$run_folder" -printf '%U:%G\n' | sort -u)" = 54321:54322 ]
}

# bats test_tags=portable
@test "in a user's folder root gives what it made for reporters, and nothing else of root's" {
	backend=gnu-time begin --no-pictures
	end_with TERM
	chown -hR 54321:54322 "$run_folder"
	mkdir "$run_folder/profiler/planted"
	touch "$run_folder/profiler/planted/secret"
	resume
	[ "$status" -eq 0 ]
	find "$run_folder" -printf '%U:%G %p\n'
	[ "$(find "$run_folder/profiler/planted" -printf '%U\n' | sort -u)" = 0 ]
	[ -s "$run_folder/profiler/000003-gnu-time/time.txt" ]
	[ "$(find "$run_folder" ! -path '*/planted*' -printf '%U:%G\n' | sort -u)" = 54321:54322 ]
	# All of it is root's: nothing of it was made here.
	chown -hR 0:0 "$run_folder/profiler"
	resume
	run -0 "$program" clean
	[ "$(find "$run_folder/profiler" -printf '%U\n' | sort -u)" = 0 ]
}
