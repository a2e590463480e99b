#!/usr/bin/env bats
# Faults that touch the whole machine, under a run. For the machine only.

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load ../integration/common

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] || skip "not in a machine of its own: sudo tests/vm/run"
}

second_cpu=/sys/devices/system/cpu/cpu1/online

teardown() {
	echo 1 >"$second_cpu"
	[ -z "${set_back_s:-}" ] || date -s "@$(($(date +%s) + set_back_s))"
	nothing_is_left
}

# Starts a run whose task ends after $1 seconds, with the sampler on the second CPU.
start() {
	experiment long <<-TOML
		[task]
		command = ["./end", "sleep", "$1"]
		[trials]
		repetitions = 2
		warmups = 0
		timeout_s = 300.0
		[sampler]
		rate_hz = 100
		cpu = 1
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	pid=$!
	wait_for_gate
}

ends_well() {
	local code=0
	wait "$pid" || code=$?
	cat "$BATS_TEST_TMPDIR/printed"
	[ "$code" -eq 0 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["ok"] * 2' \
		'all((numpy.diff(t.time_ns) > 0).all() for t in run.trials)' \
		'all(t.reference["samples"] + t.reference["missed"] == t.reference["scheduled"] for t in run.trials)'
}

@test "the sampler's CPU goes offline: the kernel moves it, and what it missed is counted" {
	[ "$(cat "$second_cpu")" = 1 ]
	start 4
	echo 0 >"$second_cpu"
	[ "$(cat "$second_cpu")" = 0 ]
	sleep 1
	echo 1 >"$second_cpu"
	ends_well
	# It was sampled to its end, but for what a gap says.
	holds 'all(int(t.end_ns) - t.time_ns[-1] < 2e9 for t in run.trials)'
}

@test "a CPU that is offline is refused with its place, and the next run has it again" {
	echo 0 >"$second_cpu"
	experiment pinned <<-'TOML'
		[task]
		command = ["./end", "exit", "0"]
		[trials]
		repetitions = 1
		warmups = 0
		[sampler]
		cpu = 1
	TOML
	run_experiment pinned
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"pinned.toml:7:7: error: sampler.cpu: found 1; expected CPUs of this host, which has 0"* ]]
	echo 1 >"$second_cpu"
	rm -rf "$runs"
	run_experiment pinned
	[ "$status" -eq 0 ]
}

@test "the clock is set back by an hour under a trial: times increase, and nothing is measured by it" {
	start 3
	set_back_s=3600
	date -s "@$(($(date +%s) - set_back_s))"
	ends_well
	holds 'all(3e9 <= t.wall_ns < 300e9 for t in run.trials)' \
		'run.trials[1].start_realtime_ns < run.trials[0].start_realtime_ns'
}
