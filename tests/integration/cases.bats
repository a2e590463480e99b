#!/usr/bin/env bats
# What users run, and what is right: the cases that belong to no other file.
# bats file_tags=portable

load common

@test "a script with @profile runs under mprof, as under mprof run, and under others a word says why it does not" {
	cat >"$folder/prof.py" <<-'PY'
		@profile
		def f():
		    a = [0] * (1 << 20)
		    return len(a)
		print(f())
	PY
	experiment prof <<-'TOML'
		[task]
		python = "prof.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "mprof"]
	TOML
	run_experiment prof
	echo "$output"
	[ "$status" -eq 1 ]
	holds '[t.status for t in run.of("mprof")] == ["ok"]' \
		'"1048576" in run.of("mprof")[0].text("stdout")' \
		'[t.status for t in run.of("none")] == ["failed"]'
	[[ $output == *"NameError: name 'profile' is not defined"*"@profile is memory_profiler's, and there under backend mprof alone"* ]]
}

# A researcher's script: its imports are in the kernel's account, and not in the truth that it declares.
@test "a truth that is incomplete for imports is said to be so, and the script runs by hand too" {
	for module in numpy scipy psutil; do
		/usr/bin/python3 -c "import $module" || skip "$module is not installed"
	done
	cat >"$folder/plain.py" <<-'PY'
		import numpy as np
		from scipy import ndimage
		import memcg_run

		edge = 128
		cube = np.ones((edge, edge, edge))
		memcg_run.truth(cube.nbytes)
		smooth = ndimage.shift(cube, 0.0, order=0, output=np.empty_like(cube))
		memcg_run.truth(cube.nbytes + smooth.nbytes)
		del smooth
		memcg_run.truth(cube.nbytes)
	PY
	experiment plain <<-'TOML'
		[task]
		python = "plain.py"
		[trials]
		repetitions = 1
		warmups = 1
		[backends]
		names = ["none", "psutil", "tracemalloc"]
	TOML
	run_experiment plain
	echo "$output"
	[ "$status" -eq 0 ]
	# Of 32 MiB the imports are a tenth at least, on any machine; nobody is ranked by such a truth.
	[[ $output == *"is incomplete, perhaps for imports after task_begin"* ]]
	[[ $output != *"within 1 % of the truth"* ]]
	# Where memcg-run is installed for that Python; its functions then do nothing.
	PYTHONPATH=$build/libexec/memcg-run/python /usr/bin/python3 "$folder/plain.py"
}

@test "a parameter is written as in the experiment, wherever it stands" {
	cat >"$folder/print.sh" <<-'SH'
		#!/bin/sh
		echo "alpha=$1"
	SH
	chmod +x "$folder/print.sh"
	experiment floats <<-'TOML'
		[task]
		command = ["./print.sh", "{alpha}"]
		[task.parameters]
		alpha = [0.1, 0.3]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
	TOML
	run "$program" check "$folder/floats.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"alpha = 0.1, 0.3"* ]]
	run_experiment floats
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"alpha=0.1 "* && $output == *"alpha=0.3 "* ]]
	holds '[t.text("stdout") for t in run.trials] == ["alpha=0.1\n", "alpha=0.3\n"]'
	if grep -q '0\.10000\|0\.29999\|0\.30000' "$run_folder/summary.csv" "$run_folder/run.log"; then return 1; fi
	grep -q '""alpha"": *0\.1}' "$run_folder/summary.csv"
	grep -q '""alpha"": *0\.3}' "$run_folder/summary.csv"
}

@test "memory as Kubernetes writes it is taken, and a CPU that the host does not have is a mistake with its place" {
	experiment words <<-'TOML'
		[task]
		command = ["true"]
		[limits]
		memory_max = "512Mi"
	TOML
	run "$program" check "$folder/words.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"memory 512.00 MiB"* ]]
	[ ! -e /sys/devices/system/cpu/cpu1000 ] || skip "the host has CPU 1000"
	sed -i 's/memory_max = .*/cpus = "1000"/' "$folder/words.toml"
	run "$program" check "$folder/words.toml"
	[ "$status" -eq 2 ]
	[[ $output == *"words.toml:4:8: error: limits.cpus: found \"1000\"; expected CPUs of this host"* ]]
}
