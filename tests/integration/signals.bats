#!/usr/bin/env bats
# Whoever asks a run to end, and however: what was measured is kept, and nothing is left.

load common
bats_require_minimum_version 1.5.0

# A run whose task does not end by itself.
long() {
	experiment long <<-TOML
		[task]
		command = ["./end", "listen"]
		[trials]
		repetitions = 3
		warmups = 0
		[container]
		runtime = "${1:-runc}"
	TOML
}

# Begins it, with the words given in front, and returns when its task runs. $runner is its process.
begin() {
	"$@" "$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	wait_for_gate
}

is_interrupted() {
	run_folder=$(echo "$runs"/*-long)
	holds '[t.status for t in run.trials] == ["interrupted"]' \
		'run.trials[0].text("stdout") == ""' \
		'not run.attrs["complete"]'
	# What is sealed stays, for the run to be gone on with.
	[ "$(ls "$run_folder/trials")" = 000001.h5 ]
	nothing_is_left
	rm -r "$runs"
}

@test "SIGTERM and SIGHUP end a run as Ctrl-C does" {
	for signal in TERM HUP; do
		long
		# Also where this suite was itself started by nohup.
		begin env --default-signal=HUP
		kill -"$signal" "$runner"
		code=0
		wait "$runner" || code=$?
		[ "$code" -eq 130 ]
		is_interrupted
	done
}

@test "under nohup a run does not heed SIGHUP" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "sleep", "2"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	begin nohup
	kill -HUP "$runner"
	wait "$runner"
	run_folder=$(echo "$runs"/*-long)
	holds '[t.status for t in run.trials] == ["ok"]'
}

@test "Ctrl-C on a terminal is heard by the run alone: its trial is interrupted, not failed" {
	for runtime in runc none; do
		long "$runtime"
		run -130 /usr/bin/python3 "$repository/tests/integration/on_terminal.py" interrupt \
			"$runs/*/run.log" "$program" --no-pictures --output "$runs" "$folder/long.toml"
		is_interrupted
	done
}

@test "a terminal that goes away ends the run, and the results are gathered all the same" {
	for runtime in runc none; do
		long "$runtime"
		run -130 /usr/bin/python3 "$repository/tests/integration/on_terminal.py" close \
			"$runs/*/run.log" "$program" --output "$runs" "$folder/long.toml"
		[ -s "$(echo "$runs"/*-long/memory-usage-comparison.png)" ]
		is_interrupted
	done
}
