#!/usr/bin/env bats
# A task in Python is all that its interpreter does until it has ended.
# bats file_tags=portable

load common

# An experiment of one trial of the script on standard input, with the backend $1: 0 unless its peak has the 200 MiB and an interpreter.
peaks_at_200_mib() {
	cat >"$folder/task.py"
	experiment task <<-EOF
		[task]
		python = "task.py"

		[trials]
		repetitions = 1
		warmups = 0

		[backends]
		names = ["$1"]
	EOF
	run_experiment task
	echo "$output"
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"]' 'run.trials[0].reference["peak_bytes"] >= 203 << 20'
}

@test "a Python task: what a thread holds after the last line is in its peak" {
	peaks_at_200_mib psutil <<-EOF
		import threading, time
		def work():
		    time.sleep(0.2)
		    b = bytearray(200 << 20)
		    for i in range(0, len(b), 4096): b[i] = 1
		threading.Thread(target=work).start()
	EOF
}

@test "a Python task: what an executor holds after the last line is in its peak" {
	peaks_at_200_mib none <<-EOF
		from concurrent.futures import ThreadPoolExecutor
		import time
		def work(i):
		    time.sleep(0.2)
		    b = bytearray(200 << 20)
		    for i in range(0, len(b), 4096): b[i] = 1
		ThreadPoolExecutor(2).submit(work, 1)
	EOF
}

@test "a Python task: what an exit handler holds is in its peak" {
	peaks_at_200_mib none <<-EOF
		import atexit
		def save():
		    b = bytearray(200 << 20)
		    for i in range(0, len(b), 4096): b[i] = 1
		atexit.register(save)
	EOF
}
