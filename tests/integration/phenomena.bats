#!/usr/bin/env bats
# The phenomena: each declares what it holds, and the kernel's account agrees.

# bats file_tags=kernels
load common

# Standard input: names, a line each; a TOML array of them.
array() {
	sed 's/.*/"&"/' | paste -sd, | sed 's/.*/[&]/'
}

# Fails, and says where, unless reference and truth agree in each of so many phenomena.
agree() {
	run /usr/bin/python3 "$repository/tests/integration/agreement.py" "$run_folder/results.h5"
	echo "$output"
	[ "$output" = "$1 phenomena" ]
}

@test "each phenomenon in C holds what it says, run alone as a program that is found by its name" {
	names=$("$build/libexec/memcg-run/phenomena/phenomena")
	# No container: a tenth of the time, and the same memory.
	experiment alone <<-TOML
		[task]
		command = ["phenomena", "{phenomenon}"]
		[task.parameters]
		phenomenon = $(array <<<"$names")
		size_mib = 16
		hold_s = 0.02
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		memory_max = "512MiB"
		pids_max = 64
		[container]
		runtime = "none"
	TOML
	run_experiment alone
	[ "$status" -eq 0 ]
	agree "$(wc -l <<<"$names")"
}

@test "phenomena in a container and in an interpreter, and who sees them" {
	cp -r "$repository/experiments/tasks" "$folder/"
	experiment inside <<-'TOML'
		[task]
		python = "tasks/phenomena.py"
		function = "run"
		[task.parameters]
		phenomenon = ["python_objects", "python_fragmented", "numpy_array", "native_malloc", "exec", "tmpfs"]
		size_mib = 16
		hold_s = 0.02
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "tracemalloc", "kernel"]
		[limits]
		memory_max = "512MiB"
		pids_max = 64
	TOML
	run_experiment inside
	[ "$status" -eq 0 ]
	agree 6
	# Python's allocators tell tracemalloc of what was asked for, NumPy too, and the C library does not.
	holds '16 * MIB <= run.median_rise("tracemalloc", "tracemalloc.traced_bytes", "python_objects") <= 17 * MIB' \
		'16 * MIB <= run.median_rise("tracemalloc", "tracemalloc.traced_bytes", "numpy_array") <= 17 * MIB' \
		'run.median_rise("tracemalloc", "tracemalloc.traced_bytes", "native_malloc") < MIB'
	# Resident is what is mapped, whoever asked for it, and a file in memory is not.
	holds '15 * MIB <= run.median_rise("kernel", "kernel.rss_bytes", "native_malloc") <= 18 * MIB' \
		'run.median_rise("kernel", "kernel.rss_bytes", "tmpfs") < MIB'
}

@test "the experiments have every phenomenon, and so has the document" {
	/usr/bin/python3 - "$repository" "$build/libexec/memcg-run/phenomena/phenomena" <<-'PYTHON'
		import re, subprocess, sys, tomllib

		repository, program = sys.argv[1:]
		native = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
		script = open(f"{repository}/experiments/tasks/phenomena.py").read()
		python = re.findall(r'^    "(\w+)": \w+,$', script, re.M)
		document = open(f"{repository}/docs/phenomena.md").read()

		def names(experiment: str) -> list[str]:
		    with open(f"{repository}/experiments/{experiment}.toml", "rb") as file:
		        return tomllib.load(file)["task"]["parameters"]["phenomenon"]

		listed = names("datasheet")
		assert names("phenomena") == native, set(names("phenomena")) ^ set(native)
		assert python == ["python_objects", "python_fragmented", "numpy_array"], python
		assert sorted(listed) == sorted(native + python), set(listed) ^ set(native + python)
		described = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\*\*.*?\.\*\*", document, re.M)))
		assert sorted(described) == sorted(listed), set(described) ^ set(listed)
	PYTHON
	for name in datasheet phenomena; do
		run "$program" check "$repository/experiments/$name.toml"
		[ "$status" -eq 0 ]
	done
}
