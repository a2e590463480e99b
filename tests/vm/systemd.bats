#!/usr/bin/env bats
# A run as a unit of systemd: what is seen of it, what it writes, and how it ends. For the machine only.

load ../integration/common
bats_require_minimum_version 1.5.0

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] || skip "not in a machine of its own: sudo tests/vm/run"
}

# Starts a run whose only task holds 32 MiB until finish_held, and returns when it does.
start_held() {
	mkdir "$folder/flags"
	experiment held <<-TOML
		[task]
		command = ["./hold", "32", "/flags"]
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "128MiB"
		[container]
		mounts = ["$folder/flags:/flags:rw"]
	TOML
	"$program" --no-pictures --output "$runs" "$folder/held.toml" >"$folder/printed" 2>&1 3>&- &
	pid=$!
	unit=memcg-run-$pid.scope
	within 120 is_held
	scope=/sys/fs/cgroup/memcg.slice/memcg-run.slice/$unit
	trial=$scope/memcg-run.slice/trial-000001.slice
}

# An end before that is a failure, of which the run itself says more.
is_held() {
	[ -e "$folder/flags/held" ] || kill -0 "$pid" || exit 1
	[ -e "$folder/flags/held" ]
}

# Lets it end: $status is the run's exit code.
finish_held() {
	touch "$folder/flags/go"
	wait_for_end
}

wait_for_end() {
	status=0
	wait "$pid" || status=$?
	cat "$folder/printed"
	run_folder=$(find "$runs" -mindepth 1 -maxdepth 1 -type d)
}

# Until a command succeeds, $1 seconds at most.
within() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# Neither unit nor cgroup of any run, nor of the slices that it made.
no_unit() {
	[ -z "$(systemctl list-units --all --plain --no-legend 'memcg-run*' 'memcg.slice')" ] &&
		[ ! -e /sys/fs/cgroup/memcg.slice ] && [ ! -e /sys/fs/cgroup/memcg-run.slice ]
}

peak_is_right() {
	holds 'run.trials[0].status == "ok"' \
		'32 * MIB <= run.trials[0].reference["peak_bytes"] <= 33 * MIB'
}

@test "a run is a scope with Delegate=yes that systemctl and systemd-cgls show, and that ends with it" {
	start_held
	systemctl is-active "$unit"
	[ "$(systemctl show --value --property Delegate "$unit")" = yes ]
	[ "$(systemctl show --value --property Slice "$unit")" = memcg-run.slice ]
	[ "$(systemctl show --value --property ControlGroup "$unit")" = "${scope#/sys/fs/cgroup}" ]
	grep -qx "$pid" "$scope/runner/cgroup.procs"
	[ "$(cat /proc/"$(<"$trial/task/cgroup.procs")"/comm)" = hold ]
	systemd-cgls --full --no-pager >"$folder/cgls"
	cat "$folder/cgls"
	grep -F "$unit" "$folder/cgls"
	grep -F trial-000001.slice "$folder/cgls"
	grep -F './hold 32' "$folder/cgls"
	finish_held
	[ "$status" -eq 0 ]
	peak_is_right
	within 5 no_unit
}

@test "systemd that reloads, re-executes itself and starts units leaves a trial alone" {
	start_held
	systemctl daemon-reload
	systemctl daemon-reexec
	systemd-run --quiet --wait --property=MemoryMax=64M true
	systemctl is-active "$unit"
	[ "$(cat /proc/"$(<"$trial/task/cgroup.procs")"/comm)" = hold ]
	[ "$(<"$trial/task/memory.max")" -eq $((128 << 20)) ]
	grep -qw memory "$trial/cgroup.subtree_control"
	finish_held
	[ "$status" -eq 0 ]
	peak_is_right
	within 5 no_unit
}

@test "SIGKILL in the middle of a trial: within 5 s no process of the task lives and the unit is gone" {
	start_held
	task=$(<"$trial/task/cgroup.procs")
	kill -KILL "$pid"
	wait_for_end
	[ "$status" -eq 137 ]
	within 5 no_unit
	[ ! -e "/proc/$task" ]
	# What is left are files, which its journal names.
	run -0 "$program" clean
}

@test "systemctl stop ends the run as an interrupt does: what was measured is kept" {
	start_held
	systemctl stop "$unit"
	wait_for_end
	[ "$status" -eq 130 ]
	holds 'run.trials[0].status == "interrupted"'
	within 5 no_unit
}

@test "nothing is written outside the scope" {
	# A reload during a run leaves its slices in systemd 257's list of files, until the next reload.
	systemctl daemon-reload
	# A unit like a run's, so that systemd has switched on beforehand what it does for one.
	systemd-run --quiet --slice=memcg-other.slice --property=Delegate=yes --unit=other sleep infinity
	controls >"$folder/before"
	start_held
	controls >"$folder/during"
	diff "$scope/../cgroup.subtree_control" "$scope/../../memcg-other.slice/cgroup.subtree_control"
	finish_held
	within 5 test ! -e "$scope"
	controls >"$folder/after"
	systemctl stop other.service memcg-other.slice memcg.slice
	[ "$status" -eq 0 ]
	cat "$folder/before"
	# The kernel has more than systemd switches on: what writes from the root down would be seen.
	grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers
	run -1 grep -qw hugetlb "$folder/before"
	diff "$folder/before" "$folder/during"
	diff "$folder/before" "$folder/after"
	within 5 no_unit
}

# The groups above a scope, with what each has switched on and who is in it.
controls() {
	for group in /sys/fs/cgroup /sys/fs/cgroup/memcg.slice; do
		echo "$group: $(<"$group/cgroup.subtree_control")"
		for file in memory.max memory.swap.max pids.max cpuset.cpus; do
			[ ! -e "$group/$file" ] || echo "$file $(<"$group/$file")"
		done
	done
}

@test "the mount of the scope is not seen by the host" {
	start_held
	run -1 grep -F memcg-run /proc/self/mounts
	[ "$(grep -c ' - cgroup2 ' /proc/self/mountinfo)" -eq 1 ]
	finish_held
	[ "$status" -eq 0 ]
	within 5 no_unit
}

@test "without a bus: the error names what is missing, and nothing is created" {
	experiment task <<-'TOML'
		[task]
		command = ["./touch", "1"]
	TOML
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent run_experiment task
	[ "$status" -eq 3 ]
	[[ $output == *"cannot reach systemd over D-Bus"* ]]
	[ ! -e "$runs" ]
}

@test "without a bus the doctor names the cause and the remedy, and exits with 3" {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent run "$program" doctor
	[ "$status" -eq 3 ]
	[[ $output == *"missing"*"systemd"*"cannot reach systemd over D-Bus"*"apt-get install dbus"* ]]
	[[ $output == *"This host cannot run experiments: systemd:"* ]]
}
