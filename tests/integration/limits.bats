#!/usr/bin/env bats
# A task sees its limits where it would in a container of Docker's or of plain runc, and sizes itself by them.

load common

# Prints an experiment of one trial whose shell runs $1, with the lines $2 in [limits] and $3 in [container].
one_trial() {
	cat <<-EOF
		[task]
		command = ["sh", "-c", '''$1''']

		[trials]
		repetitions = 1
		warmups = 0

		[limits]
		swap_max = "0"
		${2-}

		[container]
		${3-}
	EOF
}

# Runs it, and fails with what was printed unless its one trial ended ok.
ends_ok() {
	one_trial "$@" | experiment limits
	run_experiment limits
	echo "$output"
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"]'
}

has() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# shellcheck disable=SC2016 # for the shell in the container
limit_file='memory=/sys/fs/cgroup/memory.max
test -e $memory || memory=/sys/fs/cgroup/memory/memory.limit_in_bytes
cat $memory
test "$(cat $memory)" = 536870912'

@test "limits: a task reads its memory limit in the file where a container has it" {
	ends_ok "$limit_file" 'memory_max = "512MiB"'
}

@test "limits: without a container too" {
	ends_ok "$limit_file" 'memory_max = "512MiB"' 'runtime = "none"'
}

@test "limits: a task reads its CPU quota in the file where a container has it" {
	ends_ok 'cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us | grep -x "150000\( 100000\)\?"' \
		'cpu_quota = "1.5"'
}

# On v1 another mount of the controller may come first without a container; crun refuses v2 beside v1.
@test "limits: a task finds them as HotSpot does, by its group's path and its mount's root" {
	cat >"$folder/find.py" <<-'PYTHON'
		import sys
		paths = {name: line.split(":", 2)[2] for line in open("/proc/self/cgroup").read().splitlines()
		         for name in line.split(":")[1].split(",")}
		mounts = [line.split() for line in open("/proc/self/mountinfo")]
		mounts = [(m[3], m[4], m[m.index("-") + 1], m[-1]) for m in mounts if "cgroup" in m[m.index("-") + 1]]
		print(paths, mounts)
		if "memory" in paths:
		    root, place = next(m[:2] for m in mounts if m[2] == "cgroup" and "memory" in m[3].split(","))
		    assert root == paths["memory"]
		    files = {"memory.limit_in_bytes": "67108864"}
		else:
		    assert paths == {"": "/"}
		    root, place = next(m[:2] for m in mounts if m[2] == "cgroup2")
		    assert (root, place) == ("/", "/sys/fs/cgroup")
		    files = {"memory.max": "67108864", "cpu.max": "150000 100000"}
		for name, value in files.items():
		    assert open(f"{place}/{name}").read() == value + "\n", name
	PYTHON
	for runtime in runc $([ ! -e /sys/fs/cgroup/cgroup.controllers ] || echo crun none); do
		ends_ok '/usr/bin/python3 find.py' 'memory_max = "64MiB"
			cpu_quota = "1.5"' "runtime = \"$runtime\""
		rm -r "$runs"
	done
}

@test "limits: a task that is held to its limit has a peak that is not above it" {
	ends_ok 'head -c 40M /dev/zero >/tmp/a && rm /tmp/a && dd if=/dev/zero of=/dev/null bs=4M count=4' \
		'memory_max = "48MiB"'
	holds 'run.trials[0].reference["peak_bytes"] <= 48 << 20'
}

@test "limits: Java takes a quarter of the memory limit for its heap" {
	has java
	ends_ok 'java -XX:+PrintFlagsFinal -version | grep -w MaxHeapSize | grep -w 134217728' 'memory_max = "512MiB"'
}

@test "limits: Java's processors follow the CPU quota" {
	has java
	ends_ok 'java -XX:+PrintFlagsFinal -version | grep -w UseSerialGC | grep -w true' 'cpu_quota = "1"
		cpus = "all"'
}

# It keeps 20 MiB and throws away 600: by the host's memory it would take more than it may before it collects.
@test "limits: a Java program that lives under plain runc's limit lives here too" {
	has javac
	javac -d "$folder" "$repository/tests/integration/tasks/Churn.java"
	ends_ok 'java -cp . Churn' 'memory_max = "256MiB"'
}

# HotSpot takes the first mount of the memory controller that it finds, also one that lies below another.
@test "limits: and without a container, where the host has mounted the controller once" {
	has javac
	[ "$(grep -Ec ' /sys/fs/cgroup(/memory)? .* - cgroup2? ' /proc/self/mountinfo)" -eq 1 ] ||
		skip "the memory controller is mounted twice"
	javac -d "$folder" "$repository/tests/integration/tasks/Churn.java"
	ends_ok 'java -cp . Churn' 'memory_max = "256MiB"' 'runtime = "none"'
}

@test "limits: Node's heap follows the memory limit" {
	has node
	ends_ok 'node -e "console.log(v8.getHeapStatistics().heap_size_limit, process.constrainedMemory && process.constrainedMemory()); process.exit(v8.getHeapStatistics().heap_size_limit < 512 << 20 ? 0 : 1)"' 'memory_max = "512MiB"'
}

@test "limits: memory_high works on v2, and is refused on v1 before anything is created" {
	one_trial true 'memory_high = "64MiB"' | experiment limits
	run_experiment limits
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		[ "$status" -eq 0 ]
	else
		[ "$status" -eq 3 ]
		[[ "$output" == *"limits.memory_high: it needs cgroup v2"* ]]
	fi
}

@test "limits: a task that is always killed at its limit has its row, its trace and its composition" {
	cat <<-'EOT' | experiment killed
		[task]
		command = ["./touch", "64", "100"]
		[trials]
		repetitions = 2
		warmups = 0
		[limits]
		memory_max = "24MiB"
		swap_max = "0"
	EOT
	run_experiment_with_pictures killed
	echo "$output"
	[ "$status" -eq 1 ]
	# The row: the peak that it had reached is at the limit, to within what CPUs are charged ahead.
	[[ $output =~ none\ +0/2\ +[0-9.]+\ +2[34]\.[0-9]+ ]]
	[[ $output == *"none: killed at its limit of 24.00 MiB in 2 of 2 trials"*"until then peak 2"*" MiB anonymous"* ]]
	holds '[t.status for t in run.trials] == ["oom", "oom"]' \
		'all(t.limit_memory_max_bytes == 24 * MIB for t in run.trials)' \
		'all(22 * MIB <= t.reference["peak_bytes"] <= 24 * MIB for t in run.trials)' \
		'all(t.slow_attrs("composition")["anon_bytes"] > 16 * MIB for t in run.trials)'
	grep -q "killed at its memory limit" "$run_folder"/plots/memory-usage-comparison.gp
	[ -s "$run_folder/memory-composition.png" ]
	# The CSV has it in columns: read by name, as text.
	/usr/bin/python3 - "$run_folder/summary.csv" <<-'PY'
		import csv, sys
		for row in csv.DictReader(open(sys.argv[1], newline="")):
		    assert row["status"] == "oom" and "memory limit" in row["cause"], row
		    assert row["memory_max_bytes"] == str(24 << 20), row
		    assert int(row["oom_kills"]) >= 1 and int(row["peak_anon_bytes"]) > 16 << 20, row
	PY
}

@test "limits: a peak under a limit that was met says so, and that it was page cache" {
	cat <<-'EOT' | experiment cached
		[task]
		command = ["dd", "if=/dev/zero", "of=/var/tmp/memcg-run-limits", "bs=1M", "count=150"]
		[container]
		runtime = "none"
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "16MiB"
	EOT
	run_experiment cached
	rm -f /var/tmp/memcg-run-limits
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ "none: met its limit of 16.00 MiB "[0-9]+" times; peak 1"[56]\.[0-9]+" MiB: "[0-9.]+" MiB page cache, " ]]
}
