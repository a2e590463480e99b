#!/usr/bin/env bats
# The oracle: pages counted one by one, held against what a task has done and against the kernel's own
# counters, on v1 and on v2.
#
# How far the counters may be from the pages, in batches of 64 pages a CPU (mm/memcontrol.c, Linux 6.1 to
# 6.18). memory.current has what CPUs were charged ahead: one. memory.stat lacks what waits to be summed
# up, which is done when there is more than one; 6.1 counts whole batches only, so that each may be nearly
# two; and what no CPU has handed on yet is another: three.

# bats file_tags=kernels
load common

# Bytes of N batches a CPU.
batches() {
	echo "$(($1 * 64 * 4096 * $(nproc)))"
}

# What a program touches beside what it means to hold: its stack, its data, its C library's; and pages that
# the kernel moves while they are counted.
few=65536

# A folder on a disk: what stands in a tmpfs is shmem of who wrote it.
disk_folder() {
	local folder

	for folder in "$BATS_TEST_TMPDIR" "$build" /var/tmp; do
		[ "$(stat -f -c %T "$folder")" != tmpfs ] || continue
		mktemp -d "$folder/oracle.XXXXXX"
		return
	done
	echo "no folder on a disk: neither $BATS_TEST_TMPDIR nor $build nor /var/tmp" >&2
	return 1
}

teardown() {
	[ -z "${disk:-}" ] || rm -rf "$disk"
	nothing_is_left
}

@test "oracle: 32 MiB of each kind are counted, of that kind, and the kernel's counters agree" {
	disk=$(disk_folder)
	head -c 32M /dev/urandom >"$disk/file"
	# Clean and out of the cache, so that it is the task's to read in.
	sync "$disk/file"
	dd if="$disk/file" iflag=nocache count=0 status=none
	experiment kinds <<-TOML
		[task]
		command = ["./kinds", "{kind}", "32", "/data/file"]
		[task.parameters]
		kind = ["anon", "huge", "tmpfs", "memfd", "file"]
		[trials]
		repetitions = 1
		warmups = 0
		[sampler]
		stat_hz = 0
		[oracle]
		marks = ["task_begin", "filled"]
		[container]
		mounts = ["$disk:/data:ro"]
	TOML
	run_experiment kinds
	[ "$status" -eq 0 ]
	local kinds='{"anon": "anon", "huge": "anon", "tmpfs": "shmem", "memfd": "shmem", "file": "file"}'
	holds "sorted(json.loads(t.parameters)['kind'] for t in run.trials) == sorted($kinds)"
	# To the page, but for the few of the program's own; of a file that nobody maps the host may take clean
	# pages back at any time, and one was seen to do so with 80 KiB a second.
	holds "all(abs(t.gained(${kinds}[json.loads(t.parameters)['kind']] + '_bytes') - 32 * MIB) <= $few for t in run.trials if 'file' not in t.parameters)" \
		"all(-2 * MIB <= t.gained('file_bytes') - 32 * MIB <= $few for t in run.trials if 'file' in t.parameters)"
	# Nothing of it is taken for another kind.
	holds "all(abs(t.counted_user('filled') - t.counted_user('task_begin') - t.gained(${kinds}[json.loads(t.parameters)['kind']] + '_bytes')) <= $few for t in run.trials)"
	# memory.stat: its file has shmem too.
	holds "all(abs(t.counted(m, 'anon_bytes') - t.stat_at(m, 'anon_bytes')) <= $(batches 3) for t in run.trials for m in ('task_begin', 'filled'))" \
		"all(abs(t.counted(m, 'shmem_bytes') - t.stat_at(m, 'shmem_bytes')) <= $(batches 3) for t in run.trials for m in ('task_begin', 'filled'))" \
		"all(abs(t.counted(m, 'file_bytes') + t.counted(m, 'shmem_bytes') - t.stat_at(m, 'file_bytes')) <= $(batches 3) for t in run.trials for m in ('task_begin', 'filled'))"
	# memory.current: the pages, the kernel's own memory (of which memory.stat tells), and what is ahead.
	holds "all(abs(t.counted(m, 'current_before_bytes') - t.counted_user(m) - t.stat_at(m, 'kernel_bytes') - t.stat_at(m, 'sock_bytes')) <= $(batches 4) for t in run.trials for m in ('task_begin', 'filled'))"
	# Counting takes nothing and gives nothing back; what CPUs hold ahead may be drained meanwhile.
	holds "all(abs(t.counted(m, 'current_after_bytes') - t.counted(m, 'current_before_bytes')) <= $(batches 1) for t in run.trials for m in ('task_begin', 'filled') if 'file' not in t.parameters)"
	# Page tables are at least those that map the pages: 8 of 2 MiB each for 32 MiB of small ones.
	holds "all(t.gained('page_table_bytes') >= 15 * 4096 for t in run.trials if json.loads(t.parameters)['kind'] == 'anon')"
	if ! grep -qs '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled; then
		holds "all(t.gained('large_bytes') >= 2 * MIB for t in run.trials if json.loads(t.parameters)['kind'] == 'huge')"
	fi
	holds "all(t.counted(m, 'groups') == 1 and t.counted(m, 'frames') * 4096 >= run.attrs['memory_bytes'] for t in run.trials for m in ('task_begin', 'filled'))"
	# There is no count at task_end, as none was asked for: nothing is said of it.
	holds "all(len(t.group['oracle/mark']) == 2 and 'user_final_bytes' not in t.group['oracle'].attrs for t in run.trials)"
	# The table has them beside the kernel's account.
	[[ "$output" == *"pages counted"* ]]
}

@test "oracle: at every mark that waits, and what it takes is not the task's time" {
	cat >"$folder/task.py" <<-'PY'
		import memcg_run
		block = bytearray(16 << 20)
		memcg_run.mark("passed")
		memcg_run.mark_and_wait("filled")
		del block
	PY
	experiment marks <<-'TOML'
		[task]
		python = "task.py"
		[trials]
		repetitions = 1
		warmups = 0
		[oracle]
	TOML
	run_experiment marks
	[ "$status" -eq 0 ]
	# "passed" holds nobody.
	holds "list(run.trials[0].group['oracle/mark'][()]) == [b'task_begin', b'filled', b'task_end']" \
		"16 * MIB <= run.trials[0].gained('anon_bytes') <= 17 * MIB" \
		"run.trials[0].counted('filled', 'held_ns') >= run.trials[0].counted('filled', 'duration_ns') > 0"
	# Those at the ends stand beside the interval, the one between them in it.
	holds "run.trials[0].group['oracle'].attrs['held_ns'] == run.trials[0].counted('filled', 'held_ns')" \
		"run.trials[0].wall_ns == run.trials[0].end_ns - run.trials[0].begin_ns - run.trials[0].counted('filled', 'held_ns')" \
		"run.trials[0].counted('task_begin', 'time_ns') + run.trials[0].counted('task_begin', 'held_ns') <= run.trials[0].begin_ns" \
		"run.trials[0].counted('task_end', 'time_ns') >= run.trials[0].end_ns"
	# Samples go on while pages are counted.
	holds "run.trials[0].reference['dropped'] == 0" \
		"((run.trials[0].time_ns > run.trials[0].counted('filled', 'time_ns')) & (run.trials[0].time_ns < run.trials[0].counted('filled', 'time_ns') + run.trials[0].counted('filled', 'duration_ns'))).sum() > 0"
	# In the summary and its CSV.
	holds "{r['metric'].decode() for r in run.file['summary'][()]} == {'reference.current_bytes', 'oracle.user_bytes', 'oracle.anon_bytes', 'oracle.file_bytes', 'oracle.shmem_bytes'}" \
		"[r['peak_bytes'] for r in run.file['summary'][()] if r['metric'] == b'oracle.user_bytes'] == [run.trials[0].counted_user('filled')]"
	[ "$(grep -c ',oracle\.' "$run_folder/summary.csv")" -eq 4 ]
}

@test "oracle: a page that several processes share is counted once, and one that was only read if it is a page of its own" {
	experiment shared <<-'TOML'
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = ["shared", "copy_on_write", "zero_page"]
		size_mib = 16
		hold_s = 0.01
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "256MiB"
		pids_max = 64
		[oracle]
		marks = ["task_begin", "held"]
		[container]
		runtime = "none"
	TOML
	run_experiment shared
	[ "$status" -eq 0 ]
	# What reading takes is the kernel's choice, and the doctor tries it out.
	read=$("$program" doctor --json |
		/usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["memory"]["zero_page"]["reads_are_charged"] * 16 << 20)')
	holds "{json.loads(t.parameters)['phenomenon']: t.truth_at('held', 'unique') for t in run.trials} == {'shared': 16 * MIB, 'copy_on_write': 24 * MIB, 'zero_page': $read}"
	# "shared" has eight processes, each with a few pages of its own.
	holds "all(-$few <= t.counted_user('held') - t.counted_user('task_begin') - t.truth_at('held', 'unique') <= 8 * $few for t in run.trials)"
}
