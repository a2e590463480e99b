#!/usr/bin/env bats
# The doctor on this very host, and on it with something taken away.

# bats file_tags=kernels
load common

# What the doctor says as JSON: prints the value of a Python expression over `doctor`.
ask() {
	"$program" doctor --json | /usr/bin/python3 -c '
import json, sys
doctor = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}

@test "a host on which the tests run can run experiments: exit 0, one screen" {
	run "$program" doctor
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -le 60 ]
	for word in cgroup hierarchy controllers slice peak systemd swap zswap huge_pages zero_page pressure kernel seccomp overlay \
		cpus isolation governor charge_batch sample_cost timer runc crun gnuplot qemu dygraphs images psutil mprof; do
		[[ $output == *"$word"* ]]
	done
	[[ $output == *"This host can run experiments."* ]]
	[[ $output != *$'\033'* ]]
}

@test "--json is JSON, with numbers that were measured" {
	[ "$(ask 'doctor["can_run"]')" = True ]
	[ "$(ask 'doctor["tools"]["runc"]["state"]')" = ok ]
	# 64 pages since Linux 5.16.
	[ "$(ask 'doctor["measured"]["charge_batch"]["bytes"]')" -eq $((64 * $(getconf PAGESIZE))) ]
	[ "$(ask '0 < doctor["measured"]["sample_cost"]["median_ns"] <= doctor["measured"]["sample_cost"]["p99_ns"]')" = True ]
	[ "$(ask 'doctor["measured"]["timer"]["scheduled"] >= 300')" = True ]
	[ "$(ask 'doctor["cgroup"]["slice"]["state"]')" = ok ]
}

@test "doctor finds the hierarchy that a run uses, and whether its peak can be reset" {
	if grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
		[ "$(ask 'doctor["cgroup"]["hierarchy"]["version"]')" = v2 ]
		[ "$(ask 'doctor["cgroup"]["hierarchy"]["state"]')" = ok ]
		[ "$(ask 'doctor["cgroup"]["controllers"]["mounts"]["memory"]')" = /sys/fs/cgroup ]
		# Since Linux 6.12 the file may be written to.
		resets=$(find /sys/fs/cgroup -name memory.peak -perm -u+w | grep -q . && echo True || echo False)
		[ "$(ask 'doctor["cgroup"]["peak"]["resets"]')" = "$resets" ]
	else
		[ "$(ask 'doctor["cgroup"]["hierarchy"]["version"]')" = v1 ]
		[ "$(ask 'doctor["cgroup"]["hierarchy"]["state"]')" = warning ]
		mount=$(ask 'doctor["cgroup"]["controllers"]["mounts"]["memory"]')
		[ -e "$mount/memory.limit_in_bytes" ]
		[ "$(ask 'doctor["cgroup"]["peak"]["resets"]')" = True ]
	fi
}

@test "without root doctor exits with 3, and says how to get it" {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$program" doctor
	[ "$status" -eq 3 ]
	[[ $output == *"missing"*"permission"*"user 65534"*"run it with sudo"* ]]
	# Where systemd runs, a login session would do.
	[[ $output == *"not tried: it needs root"* || $output == *"not tried: XDG_RUNTIME_DIR is not set"* ]]
	[[ $output == *"This host cannot run experiments: permission"* ]]
}

@test "without runc doctor exits with 3, and names the package" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$(command -v gnuplot)" "$BATS_TEST_TMPDIR/bin/gnuplot"
	PATH=$BATS_TEST_TMPDIR/bin run "$program" doctor
	[ "$status" -eq 3 ]
	[[ $output == *"missing"*"runc"*"not installed"*"apt-get install runc"* ]]
	[[ $output == *"This host cannot run experiments: runc:"* ]]
}

@test "while a run is in progress doctor tries nothing" {
	mkdir -p /run/memcg-run
	exec {lock}>>/run/memcg-run/lock
	flock --timeout 60 "$lock"
	run "$program" doctor
	exec {lock}>&-
	[ "$status" -eq 0 ]
	[[ $output == *"unknown"*"slice"*"not tried: another run is under way"* ]]
}

@test "the doctor's findings are in each run's results" {
	experiment small <<-'TOML'
		[task]
		command = ["./touch", "8"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment small
	[ "$status" -eq 0 ]
	holds '__import__("json").loads(run.attrs["doctor"])["can_run"]' \
		'__import__("json").loads(run.attrs["doctor"])["cgroup"]["hierarchy"]["version"] == run.attrs["hierarchy"]' \
		'__import__("json").loads(run.attrs["doctor"])["measured"]["charge_batch"]["bytes"] > 0'
}

# With runtime none the doctor asks runc for its version, so that there is something to keep on a busy machine too.
@test "what the doctor has tried is kept for the runs after it, under the same conditions" {
	local kept=/run/memcg-run/doctor.json batch='__import__("json").loads(run.attrs["doctor"])["measured"]["charge_batch"]["bytes"]'

	experiment small <<-'TOML'
		[task]
		command = ["./touch", "8"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		runtime = "none"
	TOML
	rm -f "$kept"
	run_experiment small
	[ "$(stat -c %a "$kept")" = 600 ]
	# What no kernel does: where it comes back, nothing was tried.
	/usr/bin/python3 - "$kept" <<-'PY'
		import json, sys
		numbers = ("charge_batch_bytes", "sample_cost_ns", "sample_cost_p99_ns", "late_p50_ns", "late_p99_ns",
		           "late_max_ns", "scheduled", "realtime_ns")
		kept = json.load(open(sys.argv[1]))
		kept["attempt"] = dict.fromkeys(numbers, 12345) | dict.fromkeys(
		    ("has_peak", "peak_resets", "accounts_swap", "realtime"), True)
		json.dump(kept, open(sys.argv[1], "w"))
	PY
	run_experiment small
	[ "$(query "$batch")" = 12345 ]
	# And when it was tried: not by this run.
	[ "$(query "${batch/bytes/measured_realtime_ns}")" = 12345 ]
	sed -i 's/"key": *"[0-9a-f]*/"key": "another-boot/' "$kept"
	run_experiment small
	[ "$(query "$batch")" != 12345 ]
	[ "$(query "${batch/bytes/measured_realtime_ns}")" -gt 1700000000000000000 ]
	rm -f "$kept"
}
