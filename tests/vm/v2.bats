#!/usr/bin/env bats
# What holds on cgroup v2 under systemd, and what depends on the kernel. For the machine only: it takes
# the whole of /sys/fs/cgroup to be one's own.

bats_require_minimum_version 1.5.0
repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${BUILD:-$repository/build}

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

@test "systemd is PID 1 and every controller is on v2" {
	[ "$(cat /proc/1/comm)" = systemd ]
	grep -qw memory /sys/fs/cgroup/cgroup.controllers
	run -1 grep '^cgroup ' /proc/mounts
}

@test "unit tests pass against Debian 13's libraries" {
	find "$build/tests/unit" -type f -executable -print0 |
		CMOCKA_MESSAGE_OUTPUT=TAP xargs -0 prove --exec ''
}

@test "the cgroup's unit tests pass in a delegated scope" {
	for test in "$build"/tests/unit/test_slice "$build"/tests/unit/test_hierarchy; do
		systemd-run --quiet --scope --property=Delegate=yes "$test"
	done
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
	[ ! -e /sys/fs/cgroup/memcg-run.slice ]
}

@test "peak reset: accepted from Linux 6.12 on, and said to be refused before" {
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
