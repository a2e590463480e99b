#!/usr/bin/env bats
# Backends that look from outside the container: what each is known to see and not to see, and that none can
# harm its trial.
# bats file_tags=portable

load common

# What is wrong with a reporter is tried on a copy of the program, whose docker-stats is as given: a body for
# read(), or standard input for the whole file.
copy_of_program() {
	copied=$BATS_TEST_TMPDIR/copied
	mkdir "$copied"
	cp -r "$program" "$build/share" "$build/libexec" "$copied/"
	program=$copied/memcg-run
	reporter=$copied/libexec/memcg-run/python/external/docker-stats.py
}

one_trial() {
	experiment trial <<-TOML
		[task]
		command = ["./touch", "16", "$1"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["docker-stats"]
		[container]
		runtime = "none"
	TOML
	run_experiment trial
}

# The trial is as good as any other; its reporter failed so, and that is told.
reporter_failed() {
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"the reporter failed in the only trial: trial 000001 (docker-stats): $1"* ]]
	holds 'run.trials[0].status == "ok"' \
		"run.trials[0].reporter_failure.startswith(\"$1\")" \
		'16 * MIB <= run.trials[0].reference["peak_bytes"] <= 18 * MIB' \
		'all("peak" not in m.attrs and "final" not in m.attrs for m in run.trials[0].group["metrics"].values())'
}

@test "vfork, the phenomenon: reporters that add up processes show its memory once" {
	experiment vfork <<-TOML
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["vfork"]
		size_mib = 64
		hold_s = $(unless_emulated 0.2 3)
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["psutil-tree", "proc-tree"]
	TOML
	run_experiment vfork
	[ "$status" -eq 0 ]
	for metric in psutil-tree.rss_bytes proc-tree.rss_bytes proc-tree.pss_bytes; do
		holds "[60 * MIB <= t.group['metrics']['$metric'].attrs['peak'] <= 70 * MIB for t in run.trials if t.backend == '${metric%.*}'] == [True]"
	done
}

# As any subprocess of a large Python task is, until it executes.
@test "a child that shares its parent's memory counts as a process, and its memory once" {
	experiment vfork <<-TOML
		[task]
		command = ["./vfork"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["psutil-tree", "proc-tree"]
		[sampler]
		processes_hz = 20
		pss_hz = 20
	TOML
	run_experiment vfork
	echo "$output"
	[ "$status" -eq 0 ]
	for metric in psutil-tree.rss_bytes proc-tree.pss_bytes proc-tree.uss_bytes; do
		holds "[60 * MIB <= t.group['metrics']['$metric'].attrs['peak'] <= 70 * MIB for t in run.trials if t.backend == '${metric%.*}'] == [True]"
	done
	holds 'all(max(t.group["reference/processes/processes"][:]) == 2 for t in run.trials)' \
		'all(60 * MIB <= max(t.group["reference/processes/rss_bytes"][:]) <= 70 * MIB for t in run.trials)' \
		'all(60 * MIB <= max(t.group["reference/pss/pss_bytes"][:]) <= 70 * MIB for t in run.trials)'
}

@test "known facts: children, memory that eight processes share, page cache" {
	experiment facts <<-TOML
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["fork_tree", "shared", "page_cache"]
		size_mib = 16
		hold_s = $(unless_emulated 0.1 0.8)
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["docker-stats", "working-set", "psutil-tree", "proc-tree", "wait4"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	run_experiment facts
	echo "$output"
	[ "$status" -eq 0 ]
	holds 'all(t.reporter_failure is None for t in run.trials)'
	rise() {
		echo "run.median_rise('${1%%.*}', '$1', '$2') / MIB"
	}
	# Eight children of 2 MiB: all of them to who looks for children, the largest alone to wait4.
	holds "15 <= $(rise psutil-tree.rss_bytes fork_tree) <= 26" \
		"15 <= $(rise proc-tree.pss_bytes fork_tree) <= 18" \
		"15 <= $(rise docker-stats.used_bytes fork_tree) <= 19" \
		"1 <= $(rise wait4.maxrss_bytes fork_tree) <= 6" \
		'run.median_rise("psutil-tree", "psutil-tree.processes", "fork_tree") == 8' \
		'run.median_rise("proc-tree", "proc-tree.processes", "fork_tree") == 8'
	# Eight processes that share 16 MiB: eight times in the sums of RSS, once in PSS and in the account.
	holds "8 * 15 <= $(rise psutil-tree.rss_bytes shared) <= 8 * 18" \
		"8 * 15 <= $(rise proc-tree.rss_bytes shared) <= 8 * 18" \
		"15 <= $(rise docker-stats.used_bytes shared) <= 19" \
		"15 <= $(rise wait4.maxrss_bytes shared) <= 18"
	# Once all have touched it; while they do, the sum is of no single instant.
	values() {
		echo "run.of('proc-tree')[$(query "[('shared' in t.parameters) for t in run.of('proc-tree')].index(True)")].group['metrics']['proc-tree.$1']['value'][:].astype('i8')"
	}
	holds "((abs($(values pss_bytes) - 16 * MIB) < 2 * MIB) & ($(values uss_bytes) < 2 * MIB) & ($(values rss_bytes) > 8 * 15 * MIB)).any()"
	# A file that is read once: charged, and no process's; not in use, to Docker and Kubernetes.
	holds "15 <= $(rise docker-stats.usage_bytes page_cache)" \
		"$(rise docker-stats.used_bytes page_cache) <= 4" \
		"15 <= $(rise working-set.usage_bytes page_cache)" \
		"$(rise working-set.used_bytes page_cache) <= 4" \
		"$(rise proc-tree.pss_bytes page_cache) <= 2"
	# What a reading took, in each of them; the highest is not a size, and in no table.
	holds 'all(t.metric(f"{t.backend}.reading_ns")["unit"] == "ns" and t.metric(f"{t.backend}.reading_ns")["peak"] > 0 for t in run.trials if t.backend != "wait4")' \
		'all(len(t.group["metrics"][f"{t.backend}.reading_ns"]["value"]) >= 3 for t in run.trials if t.backend != "wait4")'
	run grep -c reading_ns "$run_folder/summary.csv"
	[ "$output" = 0 ]
}

@test "in a container, around a function of a Python task: its values are those at the marks" {
	cat >"$folder/task.py" <<-'PYTHON'
		import time

		before = bytearray(24 << 20)

		def run():
		    global held
		    held = bytearray(32 << 20)
		    time.sleep(0.1)
	PYTHON
	experiment marks <<-'TOML'
		[task]
		python = "task.py"
		function = "run"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["docker-stats", "working-set", "psutil-tree", "proc-tree", "wait4"]
	TOML
	run_experiment marks
	[ "$status" -eq 0 ]
	for metric in docker-stats.used_bytes working-set.used_bytes psutil-tree.rss_bytes psutil-tree.uss_bytes psutil-tree.pss_bytes proc-tree.pss_bytes proc-tree.rss_bytes proc-tree.uss_bytes wait4.maxrss_bytes; do
		# Those that are read at the marks alone have no peak.
		case $metric in
		psutil-tree.uss_bytes | psutil-tree.pss_bytes) holds "'peak' not in run.of('psutil-tree')[0].metric('$metric')" ;;
		*) holds "31 <= run.of('${metric%%.*}')[0].rise('$metric') / MIB <= 34" ;;
		esac
		# What was there before is in the initial value; nothing is given back before task_end.
		holds "24 * MIB <= run.of('${metric%%.*}')[0].metric('$metric')['initial']" \
			"run.of('${metric%%.*}')[0].metric('$metric')['final'] - run.of('${metric%%.*}')[0].metric('$metric')['initial'] >= 31 * MIB" \
			"run.of('${metric%%.*}')[0].metric('$metric')['initial_time_ns'] <= run.of('${metric%%.*}')[0].begin_ns" \
			"run.of('${metric%%.*}')[0].metric('$metric')['final_time_ns'] == run.of('${metric%%.*}')[0].end_ns"
	done
	holds 'run.of("wait4")[0].metric("wait4.maxrss_bytes")["final"] == run.of("wait4")[0].maxrss_bytes' \
		'run.of("wait4")[0].metric("wait4.maxrss_bytes")["kind"] in ("high-water mark", b"high-water mark")'
	# The task's interpreter is as with none: it has no reporter in it.
	holds 'all(t.channel_records == 2 for t in run.trials)'
}

@test "a task cannot send metrics of an external reporter" {
	cat >"$folder/liar.py" <<-'PYTHON'
		import memcg_run

		for metric in ("docker-stats.used_bytes", "docker-stats.new_bytes", "wait4.maxrss_bytes"):
		    memcg_run.sample(metric, 1 << 50)
		memcg_run.channel().metric("docker-stats.used_bytes", memcg_run.HIGH_WATER)
	PYTHON
	experiment liar <<-'TOML'
		[task]
		python = "liar.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["docker-stats", "wait4"]
		[container]
		runtime = "none"
	TOML
	run_experiment liar
	[ "$status" -eq 0 ]
	holds 'run.of("docker-stats")[0].channel_rejected_records == 3' \
		'run.of("docker-stats")[0].metric("docker-stats.used_bytes")["peak"] < 1 << 40' \
		'run.of("docker-stats")[0].metric("docker-stats.used_bytes")["kind"] in ("gauge", b"gauge")' \
		'"docker-stats.new_bytes" not in run.of("docker-stats")[0].group["metrics"]' \
		'run.of("wait4")[0].channel_rejected_records == 1' \
		'run.of("wait4")[0].metric("wait4.maxrss_bytes")["final"] == run.of("wait4")[0].maxrss_bytes'
}

@test "a reporter that cannot start, hangs, dies or floods does not affect its trial, and is reported" {
	copy_of_program
	echo 'import no_such_module' >"$reporter"
	one_trial 0
	reporter_failed "the reporter exited with code 1: ModuleNotFoundError: No module named 'no_such_module'"
	# Also by the report, of the results alone.
	run "$program" report "$run_folder"
	[ "$status" -eq 0 ]
	[[ $output == *"The reporter failed in the only trial: trial 000001 (docker-stats): the reporter exited with code 1"* ]]
	grep -q 'class="warning">The reporter failed in the only trial' "$run_folder/report.html"

	rm -rf "$runs"
	cat >"$reporter" <<-'PYTHON'
		import os, signal, memcg_run_external

		class Reporter:
		    metrics = ("used_bytes",)
		    looks = 0

		    def __init__(self, trial):
		        pass

		    def read(self):
		        self.looks += 1
		        if self.looks == 5:
		            os.kill(os.getpid(), signal.SIGKILL)
		        return (1,)

		memcg_run_external.run(Reporter)
	PYTHON
	one_trial 200
	reporter_failed "the reporter was ended by SIGKILL"
	# What it had sent is kept.
	holds 'list(run.trials[0].group["metrics"]["docker-stats.used_bytes"]["value"]) == [1, 1, 1, 1]'

	rm -rf "$runs"
	sed -i 's/os.kill.*/[memcg_run_external.memcg_run.sample for _ in iter(int, 1)]/; s/== 5/== 1/' "$reporter"
	one_trial 0
	reporter_failed "the reporter did not answer within 5.00 s at task_begin"
	# It is not the task that waited.
	holds 'run.trials[0].wall_ns < 3_000_000_000'

	rm -rf "$runs"
	sed -i 's/^class Reporter:/conversation = memcg_run_external.Conversation(3)\n&/; s/\[memcg_run.*/[conversation.send(2, "docker-stats.n") for _ in iter(int, 1)]/' "$reporter"
	one_trial 0
	reporter_failed "the reporter flooded its socket: "
}

@test "Ctrl-C in a trial with an external reporter: interrupted, and nothing is left" {
	experiment long <<-'TOML'
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 5
		warmups = 0
		[backends]
		names = ["proc-tree"]
	TOML
	"$program" --no-pictures --output "$runs" "$folder/long.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 &
	pid=$!
	wait_for_gate
	# Beside the runner, and not in the task's group.
	reporter=
	children=$(cat /proc/"$pid"/task/*/children)
	for child in $children; do
		! tr '\0' ' ' <"/proc/$child/cmdline" | grep -q external/proc-tree.py || reporter=$child
	done
	[ -n "$reporter" ]
	run grep memcg-run.slice/trial "/proc/$reporter/cgroup"
	[ "$status" -ne 0 ]
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 130 ]
	run_folder=$(echo "$runs"/2*)
	holds '[t.status for t in run.trials] == ["interrupted"]' \
		'run.trials[0].reporter_failure is None'
	[ ! -e "/proc/$reporter" ]
}

@test "check and doctor know the external backends" {
	experiment check <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[backends]
		names = ["none", "docker-stats", "working-set", "psutil-tree", "proc-tree", "wait4"]
	TOML
	run "$program" check "$folder/check.toml"
	[ "$status" -eq 0 ]
	run "$program" doctor
	for backend in docker-stats working-set psutil-tree proc-tree wait4; do
		[[ $output == *"$backend"* ]]
	done
}
