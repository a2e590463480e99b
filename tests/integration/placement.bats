#!/usr/bin/env bats
# Which CPUs the task and the sampler run on, as the task itself and the results say.

load common

# Where this shell may run, each CPU a line.
allowed_cpus() {
	/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)), sep="\n")'
}

# A task that prints where it may run, with what else its experiment says.
experiment_that_tells() {
	cat >"$folder/tell.py" <<-'PYTHON'
		import os
		print(sorted(os.sched_getaffinity(0)))
	PYTHON
	{
		cat <<-'TOML'
			[task]
			python = "tell.py"
			[trials]
			repetitions = 1
			warmups = 0
		TOML
		cat
	} | experiment tell
}

# Holds if the task had every CPU, and the sampler none of its own.
has_every_cpu() {
	all=$(allowed_cpus | paste -sd, | sed 's/,/, /g')
	[[ $output != *"for itself"* ]]
	holds "run.trials[0].text('stdout') == '[$all]\\n'" \
		'"cpu" not in run.trials[0].reference'
}

@test "by default the task has every CPU, with the sampler beside it, and nothing is said" {
	for runtime in runc none; do
		rm -rf "$runs"
		experiment_that_tells <<-TOML
			[container]
			runtime = "$runtime"
		TOML
		run_experiment tell
		[ "$status" -eq 0 ]
		has_every_cpu
		[[ $output != *"share a CPU"* ]]
	done
}

@test "above 1 kHz, or where it is asked, the sampler has a CPU of its own, and the results say on how many the task ran" {
	last=$(allowed_cpus | tail -n 1)
	for keys in 'rate_hz = 2000' 'mode = "spin"' "cpu = $last"; do
		rm -rf "$runs"
		experiment_that_tells <<-TOML
			[sampler]
			$keys
		TOML
		run_experiment tell
		echo "$output"
		[ "$status" -eq 0 ]
		if [ "$(allowed_cpus | wc -l)" -eq 1 ]; then
			[[ $keys == "cpu = "* || $output == *"share a CPU"* ]]
			continue
		fi
		[ "$(grep -c "note: the sampler has CPU $last for itself" <<<"$output")" -eq 1 ]
		others=$(allowed_cpus | head -n -1 | paste -sd, | sed 's/,/, /g')
		holds "run.trials[0].text('stdout') == '[$others]\\n'" \
			"run.trials[0].reference['cpu'] == $last"
		# A list as "0" or "0-2,5".
		holds "sorted(c for r in run.trials[0].task_cpus.split(',') for c in range(int(r.split('-')[0]), int(r.split('-')[-1]) + 1)) == [$others]"
		[[ $output == *"Measured on $(allowed_cpus | head -n -1 | wc -l) of "*" CPUs ("* ]]
		/usr/bin/python3 - "$run_folder/summary.csv" "$(allowed_cpus | head -n -1 | wc -l)" <<-'PY'
			import csv, sys
			for row in csv.DictReader(open(sys.argv[1], newline="")):
			    assert row["task_n_cpus"] == sys.argv[2], row
		PY
	done
}

@test "limits.cpus = \"all\" leaves the task where it may run, and nothing is said" {
	experiment_that_tells <<-'TOML'
		[limits]
		cpus = "all"
	TOML
	run_experiment tell
	[ "$status" -eq 0 ]
	has_every_cpu
}

@test "a list of CPUs is the task's, and the sampler avoids it if possible" {
	first=$(allowed_cpus | head -n 1)
	last=$(allowed_cpus | tail -n 1)
	experiment_that_tells <<-TOML
		[limits]
		cpus = "$first"
	TOML
	run_experiment tell
	[ "$status" -eq 0 ]
	holds "run.trials[0].text('stdout') == '[$first]\\n' and run.trials[0].task_cpus == '$first'"
	if [ "$first" != "$last" ]; then
		holds "run.trials[0].reference['cpu'] == $last"
	fi
}
