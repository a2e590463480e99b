#!/usr/bin/env bats
# Whoever asks a run to end, and however: what was measured is kept, and nothing is left.

# bats runs each test in a subshell of its own.
# shellcheck disable=SC2030,SC2031

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
	run_folder=$(echo "$runs"/2*-long)
	holds '[t.status for t in run.trials] == ["interrupted"]' \
		'run.trials[0].text("stdout") == ""' \
		'not run.attrs["complete"]'
	# What is sealed stays, for the run to be gone on with.
	[ "$(ls "$run_folder/trials")" = 000001.h5 ]
	nothing_is_left
	rm -r "$runs"
}

@test "signals from users and batch systems end a run as Ctrl-C does" {
	for signal in TERM HUP USR1 USR2 XCPU XFSZ; do
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

# bats test_tags=portable
@test "under nohup a run ignores SIGHUP" {
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
	run_folder=$(echo "$runs"/2*-long)
	holds '[t.status for t in run.trials] == ["ok"]'
}

# bats test_tags=portable
@test "Ctrl-C on a terminal reaches only the run: its trial is interrupted, not failed" {
	for runtime in runc none; do
		long "$runtime"
		run -130 /usr/bin/python3 "$repository/tests/integration/on_terminal.py" interrupt \
			"$runs/2*/run.log" "$program" --no-pictures --output "$runs" "$folder/long.toml"
		is_interrupted
	done
}

# A runc that leaves something to delete, says when it is asked to, and then never ends.
endless_delete() {
	tools=$BATS_TEST_TMPDIR/tools
	mkdir -p "$tools"
	mkfifo "$tools/deleting" "$tools/never"
	cat >"$tools/runc" <<-SH
		#!/bin/sh
		before='' word='' state=''
		for word; do
			[ "\$before" != --root ] || state=\$word
			before=\$word
		done
		case " \$* " in
		*" delete "*)
			echo deleting >"$tools/deleting"
			exec cat "$tools/never"
			;;
		*" run "*)
			$(command -v runc) "\$@"
			exec mkdir -p "\$state/\$word"
			;;
		esac
		exec $(command -v runc) "\$@"
	SH
	chmod 755 "$tools/runc"
}

@test "a second Ctrl-C ends a run that hangs in its cleanup, prints what is left, and the run can be resumed" {
	endless_delete
	# A path that a terminal would act on.
	runs=$BATS_TEST_TMPDIR/$'out\e]0;title\a'
	long
	begin env PATH="$tools:$PATH"
	exec {deleting}<>"$tools/deleting"
	kill -INT "$runner"
	read -r -t 60 line <&"$deleting"
	[ "$line" = deleting ]
	# Not the same wish, that has only come twice.
	sleep 0.6
	kill -INT "$runner"
	code=0
	wait "$runner" || code=$?
	cat "$BATS_TEST_TMPDIR/printed"
	[ "$code" -eq 130 ]
	grep -q 'ended at once; the next run, or memcg-run clean, will remove: .*slice trial-000001.slice' \
		"$BATS_TEST_TMPDIR/printed"
	grep -qF "memcg-run resume \$'$BATS_TEST_TMPDIR/out\\x1b]0;title\\x07/" "$BATS_TEST_TMPDIR/printed"
	run -1 grep -q $'\e' "$BATS_TEST_TMPDIR/printed"
	run -0 "$program" clean
	nothing_is_left
	[ -s "$(echo "$runs"/2*-long/experiment.toml)" ]
}

# bats test_tags=portable
@test "one interrupt that comes twice, as from timeout and the terminal, counts once" {
	long
	begin env
	kill -INT "$runner"
	kill -INT "$runner"
	code=0
	wait "$runner" || code=$?
	[ "$code" -eq 130 ]
	is_interrupted
}

# A task of two seconds, twice.
brief() {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "sleep", "2"]
		[trials]
		repetitions = 2
		warmups = 0
	TOML
}

# bats test_tags=portable
@test "Ctrl-S on the terminal does not stop the measurement: delayed progress is dropped" {
	brief
	run -0 /usr/bin/python3 "$repository/tests/integration/on_terminal.py" stop \
		"$runs/2*/run.log" "$program" --no-pictures --output "$runs" "$folder/long.toml"
	run_folder=$(echo "$runs"/2*-long)
	holds '[t.status for t in run.trials] == ["ok"] * 2' 'all(t.wall_ns < 10e9 for t in run.trials)'
}

# bats test_tags=portable
@test "a stderr that nobody reads does not stop the measurement" {
	brief
	mkfifo "$BATS_TEST_TMPDIR/full"
	exec {full}<>"$BATS_TEST_TMPDIR/full"
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" bs=4096 count=1000 oflag=nonblock status=none || true
	for verbose in --quiet --verbose; do
		"$program" "$verbose" --no-pictures --output "$runs" "$folder/long.toml" >/dev/null 2>&"$full" 3>&- &
		runner=$!
		for _ in $(seq 600); do
			! grep -qs 's  end$' "$runs"/2*-long/run.log || break
			sleep 0.1
		done
		grep -q 's  end$' "$runs"/2*-long/run.log
		# What is printed at the end may wait for a reader.
		timeout 10 cat <&"$full" >/dev/null &
		wait "$runner"
		run_folder=$(echo "$runs"/2*-long)
		holds '[t.status for t in run.trials] == ["ok"] * 2' 'all(t.wall_ns < 10e9 for t in run.trials)'
		rm -r "$runs"
		dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" bs=4096 count=1000 oflag=nonblock status=none || true
	done
}

# bats test_tags=portable
@test "a terminal that goes away ends the run, and the results are still gathered" {
	for runtime in runc none; do
		long "$runtime"
		run -130 /usr/bin/python3 "$repository/tests/integration/on_terminal.py" close \
			"$runs/2*/run.log" "$program" --output "$runs" "$folder/long.toml"
		[ -s "$(echo "$runs"/2*-long/memory-usage-comparison.png)" ]
		is_interrupted
	done
}

# A gnuplot that says where it is, and then draws for ever.
endless_gnuplot() {
	tools=$BATS_TEST_TMPDIR/tools
	mkdir -p "$tools"
	mkfifo "$tools/drawing" "$tools/never"
	cat >"$tools/gnuplot" <<-SH
		#!/bin/sh
		exec >"$tools/drawing"
		echo drawing
		exec cat "$tools/never"
	SH
	chmod 755 "$tools/gnuplot"
}

# bats test_tags=portable
@test "Ctrl-C, SIGTERM and SIGHUP while the pictures are drawn leave a complete run, and no gnuplot" {
	endless_gnuplot
	experiment short <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[trials]
		repetitions = 2
		warmups = 0
		[container]
		runtime = "none"
	TOML
	for signal in INT TERM HUP; do
		# timeout hands the signal on. It is given far less time than a picture may take.
		env --default-signal=INT,HUP PATH="$tools:$PATH" timeout --foreground --signal=KILL 100 \
			"$program" --output "$runs" "$folder/short.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
		runner=$!
		exec {drawing}<"$tools/drawing"
		read -r -t 60 line <&"$drawing"
		[ "$line" = drawing ]
		kill -"$signal" "$runner"
		code=0
		wait "$runner" || code=$?
		cat "$BATS_TEST_TMPDIR/printed"
		[ "$code" -eq 130 ]
		# Nobody has its other end any more.
		timeout 60 cat <&"$drawing"
		exec {drawing}<&-
		run_folder=$(echo "$runs"/2*-short)
		holds '[t.status for t in run.trials] == ["ok"] * 2' 'run.attrs["complete"]'
		[ ! -e "$run_folder/trials" ]
		[ "$(wc -l <"$run_folder/summary.csv")" -ge 3 ]
		grep -q "kernel's account" "$BATS_TEST_TMPDIR/printed"
		grep -q "the results are complete; to draw them: memcg-run report $run_folder\$" "$BATS_TEST_TMPDIR/printed"
		nothing_is_left
		[ "$signal" = HUP ] || rm -r "$runs"
	done
	run -0 "$program" report "$run_folder"
	[ -s "$run_folder/memory-usage-comparison.png" ]
	run -0 "$program" resume "$run_folder"
	[[ $output == *"is complete: nothing to resume"* ]]
}

@test "a run interrupted at any moment of its start ends at once and leaves nothing" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	began=$SECONDS
	# Before the signals are taken, in the making of the trial, in runc, at the gate, in the task.
	for delay_s in 0.005 0.01 0.02 0.03 0.04 0.05 0.06 0.07 0.08 0.1 0.15 0.3; do
		run timeout --preserve-status --signal TERM "$delay_s" \
			"$program" --no-pictures --output "$runs" "$folder/long.toml"
		[ "$status" -eq 130 ] || [ "$status" -eq 143 ]
		nothing_is_left
	done
	[ $((SECONDS - began)) -lt 60 ]
}
