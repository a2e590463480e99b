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
