#!/usr/bin/env bats
# An experiment without a file: from the words after --, and from standard input.
# bats file_tags=portable

load common

# What stands after --: its words, without a container unless they say otherwise. The task has no channel.
measure() {
	cd "$folder" || return
	run "$program" --output "$runs" --runtime none "$@"
	find_run_folder
}

@test "a command after -- is measured, and its run has the experiment as a file" {
	measure -r 2 -w 1 --name touched -P size=8,16 -m 256MiB --save saved.toml -- ./touch '{size}'
	[ "$status" -eq 0 ]
	[[ $run_folder == *-touched ]]
	[[ $output == *"touched size=8"*"  peak  "*" in 2 trials"*"  made of  "*"  exit     0 in all 2 trials"* ]]
	[[ $output == *"touched size=16"*" times that of size=8"* ]]
	holds 'run.attrs["complete"] == 1' 'len(run.trials) == 6' \
		'sorted({json.loads(t.parameters)["size"] for t in run.trials}) == [8, 16]' \
		'all(t.reference["peak_bytes"] >= json.loads(t.parameters)["size"] << 20 for t in run.trials)'
	cmp saved.toml "$run_folder/experiment.toml"
	[ ! -e "$run_folder/report.html" ]
	grep -qx 'memory_max = "256MiB"' saved.toml
	# The file says the same, and a second one of that name is not overwritten.
	run "$program" check saved.toml
	[ "$status" -eq 0 ]
	measure --save saved.toml -- ./touch 1
	[[ $status -eq 2 && $output == *"cannot save the experiment in saved.toml: File exists"* ]]
}

@test "--save writes nothing before the run begins" {
	measure --output /proc/nosuch -r 1 -w 0 --save kept.toml -- ./touch 1
	[ "$status" -eq 3 ]
	[ ! -e kept.toml ]
	measure -r 1 -w 0 --save kept.toml -- ./touch 1
	[ "$status" -eq 0 ]
	cmp kept.toml "$run_folder/experiment.toml"
}

@test "several commands are compared, in the same blocks" {
	measure -r 2 -w 0 --save two.toml -c './touch 8' -c 'more=./touch 32'
	[ "$status" -eq 0 ]
	[[ $output == *"touch"$'\n'"  peak  "*"more"$'\n'"  peak  "*"compared, in pairs of the same repetition"$'\n'"  more peaks at "*" times touch: "*" in 2 pairs"* ]]
	holds '{(t.task, int(t.repetition)) for t in run.trials} == {("touch", 1), ("touch", 2), ("more", 1), ("more", 2)}' \
		'all(t.reference["peak_bytes"] >= (32 if t.task == "more" else 8) << 20 for t in run.trials)'
	grep -qx '\[tasks.more\]' two.toml
	measure -r 1 -w 0 -c './touch 8' -c 'broken=sh -c "exit 3"'
	[ "$status" -eq 1 ]
	[[ $output == *"  exit     0 in 1 trial"*"the only trial is not ok and left out: 1 failed"*"broken and touch cannot be compared: one has no trial that ended ok"* ]]
	measure -c './touch 8 | sort'
	[[ $status -eq 2 && $output == *"--command ./touch 8 | sort: found |, which needs a shell"* ]]
}

@test "a limit that kills the command is in the answer" {
	measure -r 1 -w 0 -m 16MiB -- ./touch 64
	[ "$status" -eq 1 ]
	[[ $output == *"  exit     the only trial is not ok and left out: 1 oom"* ]]
	[[ $output == *"killed at its limit of 16.00 MiB in the only trial"[,\;]* ]]
}

# What README has under "One line", with one repetition; sudo is a function here.
@test "each line of README runs" {
	local line n=0

	cd "$folder"
	printf 'c\nb\na\n' >big.txt
	printf '#!/bin/sh\nexec ./touch 8\n' | tee my_program old >new
	chmod +x my_program old new
	echo 'held = bytearray(b"x") * (8 << 20)' >my_job.py
	sudo() {
		shift
		[[ " $* " == *" -r 1 -w 0 "* ]] || set -- --quick "$@"
		"$program" --output "$runs" "$@"
	}
	export -f sudo
	export program runs
	while read -r line; do
		run bash -c "$line"
		[ "$status" -eq 0 ] || echo "$line"
		[ "$status" -eq 0 ]
		[[ $output == *" exit  "*"0 in "* || $output == *"reference.current_bytes"* ]]
		n=$((n + 1))
	done < <(sed -n '/^## One line/,/^## Read/{ s/^    \(\(sudo memcg-run\|cat\) .*\)/\1/p }' "$repository/README.md")
	[ "$n" -eq 8 ]
}

@test "a run without a file is resumed from its own copy" {
	local code=0

	cd "$folder"
	"$program" --no-pictures --output "$runs" --runtime none -r 3 -w 0 -- sh -c 'sleep 2; exec ./touch 8' &
	wait_for_gate
	kill -INT $!
	wait $! || code=$?
	[ "$code" -eq 130 ]
	find_run_folder
	holds 'run.attrs["complete"] == 0'
	cd /
	run "$program" resume --no-pictures "$run_folder"
	[ "$status" -eq 0 ]
	holds 'run.attrs["complete"] == 1' 'len(run.trials) == 3'
	run "$program" resume "$run_folder"
	[[ $status -eq 0 && $output == *"is complete: nothing to resume"* ]]
}

@test "a script after --python is a Python task with its arguments, in a container" {
	cat >"$folder/job.py" <<-'PY'
		import sys
		held = bytearray(b"x") * (int(sys.argv[1]) << 20)
	PY
	cd "$folder"
	run "$program" --no-pictures --output "$runs" -r 1 -w 0 -b none,resource --python -- job.py 24
	[ "$status" -eq 0 ]
	find_run_folder
	[[ $run_folder == *-job ]]
	holds 'all(t.status == "ok" for t in run.trials)' \
		'{t.backend for t in run.trials} == {"none", "resource"}' \
		'all(t.reference["peak_bytes"] >= 24 << 20 for t in run.trials)'
}

@test "--env, --prepare, --check and braces reach the command" {
	# shellcheck disable=SC2016 # words of the inner shell
	measure -r 1 -w 0 --env WORD=wanted --prepare 'echo made >made; exit 0' \
		--check 'test -e made && echo "checked $WORD"; exit 5' -- sh -c 'echo "{$WORD} $(cat made)"'
	[ "$status" -eq 1 ]
	[[ $output == *"the check of its output exited with code 5"* ]]
	run "$program" show "$run_folder" 1
	[[ $output == *"{wanted} made"* ]]
	[[ $output == *"checked wanted"* ]]
}

@test "an experiment comes from standard input" {
	cd "$folder"
	run bash -c '"$@" <<<"task.command = [\"./touch\", \"8\"]
		trials = { repetitions = 1, warmups = 0 }
		container.runtime = \"none\""' - "$program" --no-pictures --output "$runs" -
	[ "$status" -eq 0 ]
	find_run_folder
	[[ $run_folder == *-stdin ]]
	holds 'len(run.trials) == 1'
	run bash -c 'echo "[task]" | "$0" check -' "$program"
	[ "$status" -eq 2 ]
	[[ $output == *"standard input:1:1: error: task: found no task"*"standard input has 1 mistake"* ]]
}

@test "mistakes on the command line name the option, and nothing is created" {
	cd "$folder"
	run "$program" --output "$runs" -m 12Q --cpus none -P 'n=1,1' --save mistaken.toml -- ./nosuch '{k}'
	[ "$status" -eq 2 ]
	[[ $output == *"memcg-run: error: --memory-max: found \"12Q\"; expected"* ]]
	[[ $output == *"memcg-run: error: --cpus: found \"none\"; expected"* ]]
	[[ $output == *"memcg-run: error: --parameter n=1,1: found 1; expected"* ]]
	[[ $output == *"memcg-run: error: COMMAND: found \"./nosuch\", which does not exist"* ]]
	[[ $output == *"memcg-run: error: the command line has 5 mistakes"* ]]
	[ ! -e mistaken.toml ]
	[ ! -e "$runs" ]
	run "$program" -r 3 x.toml
	[[ $status -eq 2 && $output == *"--repetitions is only for -- COMMAND"* ]]
}

@test "the words after -- are completed as a command's" {
	cd "$folder"
	# shellcheck disable=SC2016 # words of the inner shell
	run env PATH="$build:$PATH" bash -c 'source <(memcg-run completion bash)
		COMP_WORDS=(memcg-run -r 3 -- tou) COMP_CWORD=4; _memcg_run; printf "%s\n" "${COMPREPLY[@]}"
		COMP_WORDS=(memcg-run -- cat -m tou) COMP_CWORD=4; _memcg_run; printf "then %s\n" "${COMPREPLY[@]}"'
	[ "$status" -eq 0 ]
	grep -qx 'touch' <<<"$output"
	grep -qx 'then touch' <<<"$output"
}
