#!/usr/bin/env bats
# What holds on cgroup v2 under systemd, and what depends on the kernel.
@test "systemd is PID 1 and the memory controller is on v2" {
	[ "$(cat /proc/1/comm)" = systemd ]
	grep -qw memory /sys/fs/cgroup/cgroup.controllers
}
