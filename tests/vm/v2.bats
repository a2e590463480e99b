#!/usr/bin/env bats
# What holds on cgroup v2 under systemd, and what depends on the kernel. For the machine only: it takes
# the whole of /sys/fs/cgroup, and systemd, to be one's own.

bats_require_minimum_version 1.5.0
load ../integration/common

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] || skip "not in a machine of its own: sudo tests/vm/run"
}

# Whether the kernel that runs is at least version $1.
kernel_is_at_least() {
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# The value of a key that slice_probe printed into $output.
probed() {
	sed -n "s/^$1 //p" <<<"$output"
}

# $1 <= $2 <= $3, in bytes.
between() {
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ] && return 0
	echo "not between $1 and $3: $2"
	return 1
}

mib=$((1 << 20))

# An experiment of a task that touches 64 MiB and holds them for $1 ms.
experiment_holding() {
	experiment hold <<-TOML
		[task]
		command = ["./touch", "64", "$1"]
		[trials]
		repetitions = 1
		warmups = 0
		[sampler]
		rate_hz = 50
		[limits]
		memory_max = "256MiB"
	TOML
}

# The run went well, on v2, and measured what the task touched.
measured_on_v2() {
	holds 'run.attrs["hierarchy"] == "v2"' \
		'[t.status for t in run.trials] == ["ok"]' \
		'64 * MIB <= run.trials[0].reference["peak_bytes"] <= 65 * MIB'
}

@test "systemd is PID 1 and every controller is on v2" {
	[ "$(cat /proc/1/comm)" = systemd ]
	grep -qw memory /sys/fs/cgroup/cgroup.controllers
	run -1 grep '^cgroup ' /proc/mounts
}

@test "the cgroup layer's tests pass, also in a delegated scope" {
	"$build/tests/unit/test_hierarchy"
	"$build/tests/unit/test_slice"
	systemd-run --quiet --scope --property=Delegate=yes "$build/tests/unit/test_slice"
}

@test "the launcher's tests pass: clone3 into a leaf, without a container" {
	"$build/tests/unit/test_launcher"
	"$build/tests/unit/test_launcher_filter"
}

@test "CLONE_INTO_CGROUP: a task is born in the fresh leaf, and its peak is what it touched" {
	run "$build/tests/vm/slice_probe" test-vm.slice
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(probed hierarchy)" = v2 ]
	[ "$(probed child)" = /memcg-run.slice/test-vm.slice/task ]
	[ "$(probed peak_fresh)" -eq 0 ]
	between $((32 * mib)) "$(probed peak_ended)" $((33 * mib))
	between 0 "$(probed current_ended)" "$mib"
	[ ! -e /sys/fs/cgroup/memcg-run.slice/test-vm.slice ]
}

@test "peak reset: accepted since Linux 6.12, and reported as refused before" {
	run "$build/tests/vm/slice_probe" test-vm.slice
	echo "$output"
	[ "$status" -eq 0 ]
	if kernel_is_at_least 6.12; then
		[ "$(probed reset)" = accepted ]
		between 0 "$(probed peak_reset)" "$mib"
	else
		[ "$(probed reset)" = refused ]
		[ "$(probed peak_reset)" -eq "$(probed peak_ended)" ]
	fi
}

@test "a run in a shell's own scope, and in a service" {
	experiment_holding 0
	run systemd-run --quiet --scope "$program" --no-pictures --output "$runs" "$folder/hold.toml"
	echo "$output"
	[ "$status" -eq 0 ]
	run_folder=$(echo "$runs"/2*)
	measured_on_v2

	rm -r "$runs"
	run systemd-run --quiet --pipe --wait "$program" --no-pictures --output "$runs" "$folder/hold.toml"
	echo "$output"
	[ "$status" -eq 0 ]
	run_folder=$(echo "$runs"/2*)
	measured_on_v2
}
