#!/usr/bin/env bats
# The keys of [task] that say how a task is started: in a container and without one.

load common

# An experiment of one trial: [task] and what else stands on standard input, with the runtime $1. Its task's
# standard output is in $printed.
run_one_trial() {
	experiment task <<-EOF
		$(cat)

		[trials]
		repetitions = 1
		warmups = 0

		[container]
		runtime = "$1"
	EOF
	run_experiment task
	echo "$output"
	printed=$(query 'run.trials[0].text("stdout")')
	echo "$printed"
}

@test "environment: its values, with parameters, over the defaults; folders before memcg-run's own" {
	for runtime in runc none; do
		run_one_trial "$runtime" <<-'EOF'
			[task]
			command = ["env"]
			[task.parameters]
			threads = 4
			[task.environment]
			OMP_NUM_THREADS = "{threads}"
			HOME = "/nowhere"
			PATH = "/opt/own/bin"
			QUOTED = "a b=c {{}}"
		EOF
		[ "$status" -eq 0 ]
		[[ $'\n'$printed$'\n' == *$'\nOMP_NUM_THREADS=4\n'* ]]
		[[ $'\n'$printed$'\n' == *$'\nHOME=/nowhere\n'* && $printed != *HOME=/tmp* ]]
		[[ $'\n'$printed$'\n' == *$'\nPATH=/opt/own/bin:/usr/local/sbin:'* ]]
		[[ $'\n'$printed$'\n' == *$'\nQUOTED=a b=c {}\n'* ]]
		[[ $'\n'$printed$'\n' == *$'\nLANG=C.UTF-8\n'* ]]
	done
}

@test "environment: a Python task's PYTHONPATH comes before memcg-run's, which is still found" {
	mkdir "$folder/own"
	echo 'text = "of its own"' >"$folder/own/module.py"
	cat >"$folder/task.py" <<-'EOF'
		import memcg_run, module
		memcg_run.mark("here")
		print(module.text)
	EOF
	for runtime in runc none; do
		run_one_trial "$runtime" <<-EOF
			[task]
			python = "task.py"
			environment = { PYTHONPATH = "$folder/own" }
			[backends]
			names = ["psutil"]
		EOF
		[ "$status" -eq 0 ]
		[ "$printed" = "of its own" ]
		holds '[t.status for t in run.trials] == ["ok"]'
	done
}
