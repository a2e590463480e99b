#!/usr/bin/env bats
# Two runs at once on a machine: refused, waiting, or side by side, as their experiments say.

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common
bats_require_minimum_version 1.5.0

teardown() {
	local pid
	# A test that failed half-way leaves its runners to go on.
	for pid in ${runners:-}; do
		! kill -TERM "$pid" 2>/dev/null || wait "$pid" || true
	done
	nothing_is_left
}

# An experiment $1 that says $2, of the command $3.
alongside() {
	experiment "$1" <<-TOML
		[task]
		command = [$3]
		[trials]
		repetitions = 2
		warmups = 0
		alongside = "$2"
	TOML
}

# Begins a run of experiment $1, with results in $runs/$1. $runner is its process.
begin() {
	"$program" --no-pictures --output "$runs/$1" "$folder/$1.toml" >"$BATS_TEST_TMPDIR/$1" 2>&1 3>&- &
	runner=$!
	runners+=" $runner"
}

begin_and_wait_for_gate() {
	begin "$1"
	for _ in $(seq 600); do
		! grep -qs 'the gate opens' "$runs/$1"/2*/run.log || return 0
		sleep 0.1
	done
	echo "the gate of $1 did not open"
	return 1
}

# Ends $1 by a signal it has time for, as a user would.
interrupt() {
	local code=0
	kill -TERM "$1"
	wait "$1" || code=$?
	[ "$code" -eq 130 ]
}

statuses_are() {
	run_folder=$(echo "$runs/$1"/2*)
	holds "[t.status for t in run.trials] == $2"
}

# The measured leaves that there are of the run $1.
leaves_of() {
	find /sys/fs/cgroup -path "*/trial-$1-*.slice/task" 2>/dev/null | wc -l
}

run_named() {
	run "$program" --no-pictures --output "$runs/$1" "$folder/$1.toml"
	echo "$output"
}

@test "runs that allow it run side by side, and leave each other's cgroups alone" {
	alongside long allow '"./end", "hang"'
	alongside short allow '"./touch", "4"'
	alongside alone refuse '"./touch", "4"'
	begin_and_wait_for_gate long
	run_named short
	[ "$status" -eq 0 ]
	statuses_are short '["ok"] * 2'
	[ "$(leaves_of "$runner")" -eq 1 ]
	run_named alone
	[ "$status" -eq 3 ]
	[[ $output == *"another run is under way on this machine (long, process $runner)"* ]]
	run -3 "$program" clean
	interrupt "$runner"
	statuses_are long '["interrupted"]'
}

@test "a killed run is cleaned up while another one continues" {
	alongside killed allow '"./end", "hang"'
	alongside long allow '"./end", "hang"'
	alongside short allow '"./touch", "4"'
	begin_and_wait_for_gate killed
	killed=$runner
	begin_and_wait_for_gate long
	kill -KILL "$killed"
	wait "$killed" || true
	run_named short
	[ "$status" -eq 0 ]
	[[ $output == *"an earlier run was killed; what it left was removed"* ]]
	# systemd removes the groups of a dead scope in its own time.
	for _ in $(seq 100); do
		[ "$(leaves_of "$killed")" -gt 0 ] || break
		sleep 0.1
	done
	[ "$(leaves_of "$killed")" -eq 0 ]
	[ "$(leaves_of "$runner")" -eq 1 ]
	interrupt "$runner"
	statuses_are long '["interrupted"]'
}

@test "a waiting run starts when the other has ended, and can be interrupted while it waits" {
	alongside long refuse '"./end", "hang"'
	alongside patient wait '"./touch", "4"'
	begin_and_wait_for_gate long
	long=$runner
	begin patient
	for _ in $(seq 600); do
		! grep -q "waiting: another run is under way on this machine (long, process $long)" \
			"$BATS_TEST_TMPDIR/patient" || break
		sleep 0.1
	done
	interrupt "$runner"
	[ ! -e "$runs/patient" ]
	begin patient
	for _ in $(seq 600); do
		! grep -q waiting "$BATS_TEST_TMPDIR/patient" || break
		sleep 0.1
	done
	interrupt "$long"
	wait "$runner" || { cat "$BATS_TEST_TMPDIR/patient"; false; }
	statuses_are patient '["ok"] * 2'
}
