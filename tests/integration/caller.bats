#!/usr/bin/env bats
# What a process has from its caller: limits, umask, streams. A run works under them, or says what is in the way.
# bats file_tags=portable

load common
bats_require_minimum_version 1.5.0

# Under the runtime $1, or runc.
brief() {
	experiment brief <<-TOML
		[task]
		command = ["./touch", "4"]
		[trials]
		repetitions = 2
		warmups = 0
		[container]
		runtime = "${1:-runc}"
	TOML
}

# Runs it under a limit of the shell's, and the runtime $2: $status and $output.
run_under() {
	brief "${2:-}"
	run bash -c "ulimit $1; exec \"\$@\"" bash "$program" --no-pictures --output "$runs" "$folder/brief.toml"
}

@test "ulimit -t below the time that reading may take: the table is still printed" {
	for limit_s in 20 60; do
		run_under "-t $limit_s"
		[ "$status" -eq 0 ]
		[[ $output == *"kernel's account"* ]]
		run -0 bash -c "ulimit -t $limit_s; exec \"\$@\"" bash "$program" report "$runs"/2*-brief
		[[ $output == *"kernel's account"* ]]
		rm -r "$runs"
	done
}

@test "ulimit -f acts as a full disk: the run reports it, and leaves nothing" {
	# runc of Debian 13 copies itself into memory, which this limit refuses as well: no trial of it starts.
	run_under "-f 16" none
	[ "$status" -eq 3 ]
	[[ $output == *"File too large"* ]]
}

@test "ulimit -f 0, under which no filter can be compiled, is no fault of the experiment's" {
	run_under "-f 0"
	[ "$status" -eq 3 ]
	[[ $output == *"cannot compile the profile: File too large"* ]]
	[ ! -e "$runs" ]
	run bash -c 'ulimit -f 0; exec "$@"' bash "$program" check "$folder/brief.toml"
	[ "$status" -eq 3 ]
}

@test "a stack that is too small is refused before anything is created" {
	run_under "-s 64"
	[ "$status" -eq 3 ]
	[[ $output == *"the stack is limited to 64 KiB"*"ulimit -s 1024"* ]]
	[ ! -e "$runs" ]
}

@test "umask 0777 takes no rights from the owner of the results" {
	brief
	(
		umask 0777
		"$program" --no-pictures --output "$runs" "$folder/brief.toml"
	)
	find_run_folder
	[ "$(stat -c %a "$run_folder" "$run_folder/results.h5" | tr '\n' ' ')" = "700 600 " ]
	holds '[t.status for t in run.trials] == ["ok", "ok"]'
}

@test "closed streams: no file gets their descriptors, and results that cannot be printed are an error" {
	brief
	code=0
	"$program" --no-pictures --output "$runs" "$folder/brief.toml" <&- >&- 2>"$BATS_TEST_TMPDIR/said" || code=$?
	[ "$code" -eq 3 ]
	grep -q 'cannot write to standard output' "$BATS_TEST_TMPDIR/said"
	find_run_folder
	holds '[t.status for t in run.trials] == ["ok", "ok"]'
	rm -r "$runs"
	"$program" --no-pictures --output "$runs" "$folder/brief.toml" >"$BATS_TEST_TMPDIR/said" 2>&-
	grep -q "kernel's account" "$BATS_TEST_TMPDIR/said"
	find_run_folder
	# Not one of its files has what was meant for stderr.
	run grep -rq 'memcg-run: ' "$run_folder"
	[ "$status" -eq 1 ]
}

@test "a full stdout is an error, and a full stderr is not" {
	brief
	code=0
	"$program" --no-pictures --output "$runs" "$folder/brief.toml" >/dev/full 2>"$BATS_TEST_TMPDIR/said" || code=$?
	[ "$code" -eq 3 ]
	grep -q 'cannot write to standard output' "$BATS_TEST_TMPDIR/said"
	"$program" --no-pictures --output "$runs" "$folder/brief.toml" 2>/dev/full >"$BATS_TEST_TMPDIR/said"
	grep -q "kernel's account" "$BATS_TEST_TMPDIR/said"
}
