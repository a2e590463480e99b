#!/usr/bin/env bats
# The command line: what it says, where the results go, exit codes.
# bats file_tags=portable

load common

# Without a container: what is asked here is not about it.
quick() {
	experiment quick <<-'TOML'
		[task]
		command = ["./touch", "{size}"]
		[task.parameters]
		size = [8, 16]
		[trials]
		repetitions = 2
		warmups = 1
		[container]
		runtime = "none"
	TOML
}

@test "--help and --version" {
	run "$program" --help
	[ "$status" -eq 0 ]
	[[ $output == *"usage: memcg-run"* && $output == *"Exit codes"* ]]
	run "$program" --version
	[ "$status" -eq 0 ]
	[[ $output =~ ^memcg-run\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "a wrong command line exits with 2, and reports what is expected" {
	for arguments in "" "--no-such-option x" "check" "image" "image paint host" "a b" "--output"; do
		# shellcheck disable=SC2086 # words of a command line
		run "$program" $arguments
		[ "$status" -eq 2 ]
		[[ $output == *"memcg-run: error: "* ]]
	done
}

@test "a closed standard output ends a command silently, with exit status 141" {
	local command

	quick
	run_experiment quick
	for command in --help "check $folder/quick.toml" "report $run_folder" "show $run_folder" "show $run_folder 1" doctor; do
		# The reader is gone before the program begins.
		# shellcheck disable=SC2016,SC2086 # words of the inner shell; of a command line
		run bash -c 'mkfifo "$0"; exec 4<>"$0" 5>"$0" 4>&-; "$@" 2>&1 >&5; echo "status $?"' \
			"$BATS_TEST_TMPDIR/pipe-${command//[^a-z0-9]/_}" "$program" $command
		[ "$output" = "status 141" ]
	done
}

@test "show lists a run's trials, and prints one with its marks and what it printed" {
	cat >"$folder/shown.py" <<-'PY'
		import sys
		import memcg_run
		held = bytearray(b"x") * (32 << 20)
		memcg_run.truth(32 << 20)
		memcg_run.mark("built")
		print("to \033[2Jstdout")
		raise ValueError("no such luck")
	PY
	experiment shown <<-'TOML'
		[task]
		python = "shown.py"
		[trials]
		repetitions = 1
		warmups = 1
		[limits]
		memory_max = "1GiB"
	TOML
	run_experiment shown
	[ "$status" -eq 1 ]
	[[ $output == *"memcg-run: to print a trial in full: memcg-run show $run_folder 1"* ]]
	run "$program" show "$run_folder"
	[ "$status" -eq 0 ]
	grep -qE '^000002  failed       none .* 1  ' <<<"$output"
	[[ $output == *"none: the only trial is not ok and left out: 1 failed"* ]]
	[[ $output == *"Why trials failed:"*"ValueError: no such luck"* ]]
	run "$program" show "$run_folder/results.h5" 2
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "trial 000002: failed: exited with code 1" ]
	grep -qE '^  exit code +1$' <<<"$output"
	grep -qE '^  warm-up +no$' <<<"$output"
	grep -qE '^  memory_max +1\.00 GiB$' <<<"$output"
	grep -qE '^  made of +peak .* anonymous' <<<"$output"
	grep -qE '^ +[-+]0\.[0-9]+ s  task_begin$' <<<"$output"
	grep -qE '^ +\+[0-9.]+ s  truth 32\.00 MiB$' <<<"$output"
	grep -qE '^ +\+[0-9.]+ s  built$' <<<"$output"
	[[ $output == *$'ValueError: no such luck\n'* && $output == *"to  [2Jstdout"* ]]
	run "$program" show "$run_folder" 3
	[ "$status" -eq 2 ]
	[[ $output == *"error: there is no trial 000003"* ]]
	run "$program" show "$run_folder" two
	[ "$status" -eq 2 ]
}

@test "a mistaken operand or word exits with 2, and suggests what was meant" {
	cd "$folder"
	echo '[task]' >x.toml
	run "$program" reprot x
	[[ $status -eq 2 && $output == *"did you mean report?"* ]]
	run "$program" --qick x.toml
	[[ $status -eq 2 && $output == *"did you mean --quick?"* ]]
	run "$program" resume nosuch
	[[ $status -eq 2 && $output == *"cannot open the run nosuch: No such file"* ]]
	run "$program" ./touch
	[[ $status -eq 2 && $output == *"./touch is a program, not an experiment"* ]]
	run "$program" fit --force x
	[[ $status -eq 2 && $output == *"--force is not an option of fit; resume and compare take it"* ]]
}

# What bash completes the last of the words to.
complete_words() {
	# shellcheck disable=SC2016 # words of the inner shell
	PATH=$build:$PATH bash -c 'source <(memcg-run completion bash); COMP_WORDS=(memcg-run "$@")
		COMP_CWORD=$#; _memcg_run; echo "${COMPREPLY[*]}"' - "$@"
}

@test "bash completes commands, options, their values and images" {
	cd "$folder"
	mkdir output
	touch x.toml
	[ "$(complete_words rep)" = report ]
	[ "$(complete_words --no-p)" = --no-pictures ]
	[ "$(complete_words x)" = x.toml ]
	[ "$(complete_words fit --)" = "--quiet --json --x --metric --predict --help --version" ]
	[ "$(complete_words fit output --pre)" = --predict ]
	[ "$(complete_words datasheet --truth un)" = unique ]
	[ "$(complete_words datasheet --truth unique o)" = output ]
	[ "$(complete_words image v)" = verify ]
	[[ $(complete_words image build '') == *python* ]]
	[ "$(complete_words help data)" = datasheet ]
}

@test "make install installs the completion scripts" {
	make -C "$repository" --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/stage" BUILD="$build" >/dev/null
	share=$BATS_TEST_TMPDIR/stage/usr/local/share
	cmp <("$program" completion bash) "$share/bash-completion/completions/memcg-run"
	cmp <("$program" completion fish) "$share/fish/vendor_completions.d/memcg-run.fish"
	cmp <("$program" completion zsh) "$share/zsh/site-functions/_memcg-run"
}

@test "make install puts memcg_run where Python finds it, and a script that uses it runs by hand" {
	make -C "$repository" --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/stage" BUILD="$build" >/dev/null
	modules=$(/usr/bin/python3 -c 'import sys; print(*(p for p in sys.path if p.startswith("/usr/local/lib/python")))')
	echo "$modules"
	cat >"$BATS_TEST_TMPDIR/script.py" <<-EOF
		import memcg_run
		memcg_run.mark("here")
		memcg_run.truth(memcg_run.parameter("size", int, default=1))
		print("ran", memcg_run.__file__)
	EOF
	cd "$BATS_TEST_TMPDIR"
	PYTHONPATH=$BATS_TEST_TMPDIR/stage$modules run /usr/bin/python3 script.py
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "ran $BATS_TEST_TMPDIR/stage$modules/memcg_run/__init__.py" ]
	[ -s "$BATS_TEST_TMPDIR/stage$modules/memcg_run/results.py" ]
	# What tasks import has no more than they need.
	[ -z "$(find "$BATS_TEST_TMPDIR/stage" -path '*libexec/memcg-run/python*' -name '*results*')" ]
}

@test "what the manual pages name is there after make install, below any prefix" {
	local prefix page

	for prefix in /usr/local /usr /opt/x; do
		make -C "$repository" --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/stage" PREFIX=$prefix BUILD="$build" >/dev/null
		for page in "$BATS_TEST_TMPDIR/stage$prefix"/share/man/man?/*; do
			grep -oE '[a-z/]*(docs|share/doc|share/memcg-run)/[a-zA-Z0-9./-]*[a-zA-Z0-9]' "$page" || true
		done | sort -u >"$BATS_TEST_TMPDIR/named"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/named")" -ge 8 ]
		while read -r page; do
			[[ -e $BATS_TEST_TMPDIR/stage$page ]] || echo "$prefix: no $page"
			[[ -e $BATS_TEST_TMPDIR/stage$page ]]
		done <"$BATS_TEST_TMPDIR/named"
	done
}

@test "what installed documents link to is installed" {
	local page link

	make -C "$repository" --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/stage" BUILD="$build" >/dev/null
	cd "$BATS_TEST_TMPDIR/stage/usr/local/share/doc/memcg-run"
	for page in *.md backends/*.md; do
		grep -oE '\]\([^)#]+' "$page" | cut -c 3- | grep -v '^http' | while read -r link; do
			[[ -e ${page%"${page##*/}"}$link ]] || echo "$page: $link"
		done
	done >"$BATS_TEST_TMPDIR/missing"
	cat "$BATS_TEST_TMPDIR/missing"
	[ ! -s "$BATS_TEST_TMPDIR/missing" ]
}

@test "make uninstall leaves nothing of what make install made, nor a folder of its name" {
	local prefix

	for prefix in /usr/local /usr /opt/x; do
		make -C "$repository" --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/stage" PREFIX=$prefix BUILD="$build" >/dev/null
		[ -x "$BATS_TEST_TMPDIR/stage$prefix/bin/memcg-run" ]
		make -C "$repository" --no-print-directory uninstall DESTDIR="$BATS_TEST_TMPDIR/stage" PREFIX=$prefix BUILD="$build" >/dev/null
		run find "$BATS_TEST_TMPDIR/stage" ! -type d -o -iname '*memcg*'
		echo "$output"
		[ -z "$output" ]
	done
}

@test "make deps without apt names the packages, and goes on" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s /bin/sh "$BATS_TEST_TMPDIR/bin/sh"
	PATH=$BATS_TEST_TMPDIR/bin run "$repository/scripts/install-packages" libmd-dev runc
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"no apt-get here"*"README.md"*": libmd-dev runc" ]]
	grep -q '^### Other distributions$' "$repository/README.md"
}

@test "image list names the image whose record is damaged, and lists the others" {
	local cache=$BATS_TEST_TMPDIR/images digest

	digest=sha256:$(printf '%064d' 7)
	mkdir -p "$cache/bad" "$cache/good"
	printf '{"digest": "%s", "size_bytes": 8388608, "built": "", "suite": ""}' "$digest" |
		tee "$cache/good/image.json" | head -c 40 >"$cache/bad/image.json"
	# A cache of its own, which nobody else sees.
	# shellcheck disable=SC2016 # words of the inner shell
	run unshare --mount sh -c 'mount -t tmpfs none /var/cache && mkdir /var/cache/memcg-run &&
		cp -r "$1" /var/cache/memcg-run/images && exec "$2" image list' - "$cache" "$program"
	[ "$status" -eq 3 ]
	[[ $output =~ host\ +built.*bad\ +unusable.*good\ +built\ +8\.00\ MiB\ +$digest ]]
	[[ $output == *"memcg-run: error: /var/cache/memcg-run/images/bad/image.json is not the record of an image"* ]]
}

@test "every mistake in an experiment is reported with its place, and nothing is created" {
	experiment wrong <<-'TOML'
		[task]
		command = ["./touch", "{sise}"]
		[task.parameters]
		size = []
		[trials]
		repititions = 3
		order = "randon"
		[limits]
		memory_max = "12 parsecs"
	TOML
	run "$program" --output "$runs" "$folder/wrong.toml"
	[ "$status" -eq 2 ]
	[[ $output == *"wrong.toml:2:"*"sise"* ]]
	[[ $output == *"wrong.toml:4:"*"size"* ]]
	[[ $output == *"wrong.toml:6:1:"*"repititions"*"repetitions"* ]]
	[[ $output == *"wrong.toml:7:"*"randon"*"random"* ]]
	[[ $output == *"wrong.toml:9:"*"12 parsecs"* ]]
	[ ! -e "$runs" ]
}

@test "a missing experiment, and one that is not TOML, exit with 2" {
	run "$program" "$folder/none.toml"
	[ "$status" -eq 2 ]
	[[ $output == *"none.toml"*"No such file"* ]]
	echo 'name = "unfinished' | experiment broken
	run "$program" "$folder/broken.toml"
	[ "$status" -eq 2 ]
	[[ $output == *"broken.toml:1:"* ]]
}

@test "an in-process backend with a command exits with 2" {
	experiment mixed <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[backends]
		names = ["psutil"]
	TOML
	run "$program" "$folder/mixed.toml"
	[ "$status" -eq 2 ]
	[[ $output == *"mixed.toml:4:"*"psutil"*"Python"* ]]
}

@test "check prints the plan and touches nothing" {
	quick
	run "$program" check "$folder/quick.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"6: 2 warm-ups, then 2 repetitions of 2 points"* ]]
	[ ! -e "$runs" ]
}

@test "--quick runs one repetition and no warm-up, and the run says so" {
	quick
	run "$program" check --quick "$folder/quick.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"2: 0 warm-ups, then 1 repetition of 2 points"*"quick       one repetition and no warm-up"* ]]
	run "$program" --quick --no-pictures --output "$runs" "$folder/quick.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"quick: one repetition and no warm-up, regardless of the experiment"* ]]
	find_run_folder
	holds 'len(run.trials) == 2' \
		'bool(run.attrs["quick"]) and bool(run.attrs["complete"])'
	cmp "$run_folder/experiment.toml" "$folder/quick.toml"
	grep -q 'quick: one repetition and no warm-up' "$run_folder/run.log"
}

@test "a tool missing from the image exits with 3 before the first trial, and names its package" {
	echo "" >"$folder/empty.py"
	mkdir -p "$BATS_TEST_TMPDIR/bare"
	experiment tool <<-'TOML'
		[task]
		python = "empty.py"
		[backends]
		names = ["none", "psutil"]
		[container]
		image = "no-such-image"
	TOML
	run "$program" --output "$runs" "$folder/tool.toml"
	[ "$status" -eq 3 ]
	[[ $output == *"no-such-image"* ]]
	[ ! -e "$runs" ]
}

@test "a run that cannot start leaves no folder" {
	quick
	# In a container, whose root has to pass through the folder.
	sed -i '/^\[container\]/,$d' "$folder/quick.toml"
	chown 12345 "$folder"
	chmod 700 "$folder"
	run "$program" --output "$runs" "$folder/quick.toml"
	[ "$status" -eq 3 ]
	[[ $output == *"chmod o+rx"* && $output != *"$runs"* ]]
	[ ! -e "$runs" ]
}

@test "a run's folder has everything, and the pictures can be drawn again from it" {
	quick
	run_experiment_with_pictures quick
	[ "$status" -eq 0 ]
	for file in results.h5 experiment.toml run.log summary.csv summary.json report.html memory-usage-comparison.png memory-composition.png \
		execution-time-comparison.png; do
		[ -s "$run_folder/$file" ]
		[[ $file == experiment.toml || $output == *"$run_folder/$file"* ]]
	done
	cmp "$run_folder/experiment.toml" "$folder/quick.toml"
	[ ! -e "$run_folder/trials" ]
	holds 'len(run.trials) == 6' \
		'bool(run.attrs["complete"])'
	rm "$run_folder"/*.png
	(cd "$run_folder/plots" && for script in *.gp; do gnuplot "$script"; done)
	[ -s "$run_folder/memory-usage-comparison.png" ]
	rm -r "$run_folder"/*.png "$run_folder/plots"
	run "$program" report "$run_folder"
	[ "$status" -eq 0 ]
	[ -s "$run_folder/memory-usage-comparison.png" ]
	# Without gnuplot the table is printed all the same.
	rm "$run_folder"/*.png
	run env PATH=/nonexistent "$program" report "$run_folder"
	[ "$status" -eq 3 ]
	[[ $output == *"kernel's account"*"2/2"*"apt-get install gnuplot-nox"* ]]
	[ ! -e "$run_folder/memory-usage-comparison.png" ]
}

@test "--no-pictures draws nothing, and report does it later" {
	quick
	run_experiment quick
	[ "$status" -eq 0 ]
	[[ $output == *"kernel's account"*"$run_folder/results.h5"* && $output != *".png"* ]]
	[ ! -e "$run_folder/report.html" ]
	[ ! -e "$run_folder/plots" ]
	run "$program" report "$run_folder"
	[ "$status" -eq 0 ]
	[ -s "$run_folder/report.html" ]
	[ -s "$run_folder/execution-time-comparison.png" ]
}

@test "summary.csv is the table of results.h5" {
	quick
	run_experiment quick
	rows=$(query 'len(run.file["summary"])')
	[ "$(tail -n +2 "$run_folder/summary.csv" | wc -l)" -eq "$rows" ]
	head -n 1 "$run_folder/summary.csv" | grep -q '^trial,task,parameters,backend,metric,repetition'
}

@test "the same seed gives the same order" {
	quick
	order() { query '[(t.parameters, t.repetition) for t in run.trials]'; }
	run_experiment quick
	first=$(order)
	rm -r "$runs"
	run_experiment quick
	[ "$(order)" = "$first" ]
}

@test "--quiet prints the run's folder if all is well; output is plain without a terminal" {
	quick
	run "$program" --quiet --no-pictures --output "$runs" "$folder/quick.toml"
	[ "$status" -eq 0 ]
	find_run_folder
	# That a loaded machine was late to sample, or lost its CPUs to others, is a warning: those are printed.
	printed=$(grep -v "^memcg-run: warning: .*\( undersampled;\| suspect;\)" <<<"$output") || true
	[ "$printed" = "$run_folder" ]
	run "$program" --output "$runs" "$folder/quick.toml"
	[[ $output != *$'\r'* && $output != *$'\033'* ]]
	[[ $output == *"6 of 6"* || $output == *"6/6"* ]]
}

@test "two runs at once: the second is refused with the first one's name" {
	experiment first <<-'TOML'
		name = "the-first"
		[task]
		command = ["./end", "hang"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	quick
	"$program" --no-pictures --output "$runs" "$folder/first.toml" >/dev/null 2>&1 &
	pid=$!
	wait_for_gate
	run "$program" --output "$BATS_TEST_TMPDIR/second" "$folder/quick.toml"
	kill -INT "$pid"
	wait "$pid" || true
	[ "$status" -eq 3 ]
	[[ $output == *"the-first"* ]]
}

@test "under sudo the results belong to the calling user" {
	quick
	mkdir "$runs"
	above=$runs runs=$runs/a/b/c
	SUDO_UID=12345 SUDO_GID=23456 run_experiment quick
	[ "$status" -eq 0 ]
	[ -z "$(find "$above/a" ! \( -uid 12345 -gid 23456 \))" ]
	[ "$(stat -c %u "$above")" -eq 0 ]
}

@test "under sudo the pictures are drawn with the rights of the calling user" {
	quick
	tools=$(mktemp -d /tmp/memcg-run-tools-XXXXXX)
	chmod 755 "$tools"
	cat >"$tools/gnuplot" <<-'SH'
		#!/bin/sh
		grep -E '^(Uid|Gid|Groups|NoNewPrivs|CapEff):' /proc/self/status | tr -s '\t ' ' ' >>../drawn-by
		exec /usr/bin/gnuplot "$@"
	SH
	chmod 755 "$tools/gnuplot"
	PATH=$tools:$PATH SUDO_UID=12345 SUDO_GID=23456 run_experiment_with_pictures quick
	rm -r "$tools"
	[ "$status" -eq 0 ]
	[ "$(sort -u "$run_folder/drawn-by")" = "$(printf '%s\n' 'CapEff: 0000000000000000' \
		'Gid: 23456 23456 23456 23456' 'Groups: ' 'NoNewPrivs: 1' 'Uid: 12345 12345 12345 12345')" ]
	[ -z "$(find "$run_folder" ! \( -uid 12345 -gid 23456 \))" ]
	[ ! -e "$run_folder/trials" ]
	for file in memory-usage-comparison.png memory-composition.png execution-time-comparison.png report.html; do
		[ -s "$run_folder/$file" ]
		[[ $output == *"kernel's account"*"$run_folder/$file"* ]]
	done
}

@test "pictures that cannot be drawn under sudo leave the results, the table and an error" {
	quick
	tools=$(mktemp -d /tmp/memcg-run-tools-XXXXXX)
	chmod 755 "$tools"
	printf '#!/bin/sh\necho no pen >&2\nexit 1\n' >"$tools/gnuplot"
	chmod 755 "$tools/gnuplot"
	PATH=$tools:$PATH SUDO_UID=12345 SUDO_GID=23456 run_experiment_with_pictures quick
	rm -r "$tools"
	[ "$status" -eq 3 ]
	[[ $output == *"kernel's account"*"cannot draw plots/memory-usage-comparison.gp: gnuplot exited with code 1: no pen"* ]]
	[ -s "$run_folder/results.h5" ]
	[ -s "$run_folder/report.html" ]
	[ ! -e "$run_folder/trials" ]
	[ -z "$(find "$run_folder" ! \( -uid 12345 -gid 23456 \))" ]
}
