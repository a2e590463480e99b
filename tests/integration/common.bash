# What every file of integration tests shares. Each test has a folder of its own (BATS_TEST_TMPDIR) with
# the experiment it wrote and the run it made, and leaves nothing on the machine: teardown checks.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
build=${BUILD:-$repository/build}
program=$build/memcg-run

setup() {
	# One test at a time on a machine, also of two suites: a second run would be refused.
	exec {turn}>/run/lock/memcg-run-tests
	flock --timeout 300 "$turn"
	folder=$BATS_TEST_TMPDIR/experiment
	runs=$BATS_TEST_TMPDIR/output
	# The programs of the tests before this one: together they would fill an emulated machine's disk.
	rm -rf "$BATS_RUN_TMPDIR"/test/*/experiment
	mkdir -p "$folder"
	cp "$build"/tests/tasks/* "$folder"/
	find_traces >"$BATS_TEST_TMPDIR/traces-before"
}

teardown() {
	nothing_is_left
}

# Writes an experiment: standard input, as $folder/$1.toml.
experiment() {
	cat >"$folder/$1.toml"
}

# Runs an experiment of the folder: $status and $output are its exit code and what it printed, and
# $run_folder is where its results are. Nothing is drawn, which would be half of a short run's time.
run_experiment() {
	run "$program" --no-pictures --output "$runs" "$folder/$1.toml"
	find_run_folder
}

run_experiment_with_pictures() {
	run "$program" --output "$runs" "$folder/$1.toml"
	find_run_folder
}

# The one that was written to last: by their names, runs of the same second are in no order.
find_run_folder() {
	run_folder=$(find "$runs" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' 2>/dev/null |
		sort -n | tail -n 1 | cut -d ' ' -f 2-)
}

# Returns when the run that was started in the background has let its task go: the log says when, so that
# no start is guessed at. Fails after a minute.
wait_for_gate() {
	for _ in $(seq 600); do
		grep -qs 'the gate opens' "$runs"/2*/run.log && return
		sleep 0.1
	done
	echo "the gate did not open"
	return 1
}

# What is in a run's results.h5: prints the value of a Python expression over `run` (query.py).
query() {
	ask_results "$run_folder/results.h5" "$1"
}

# Fails, and says why, unless each of the Python conditions over `run` holds.
holds() {
	ask_results "$run_folder/results.h5" --hold "$@"
}

# query.py with these arguments, by the one that serves this file of tests.
ask_results() {
	local request status=1

	server_runs || start_server
	request=$(mktemp -d "$BATS_FILE_TMPDIR/request-XXXXXX")
	printf '%s\0' "$@" >"$request/arguments"
	mkfifo "$request/status"
	echo "$request" >"$BATS_FILE_TMPDIR/requests"
	# Held open for writing too, so that waiting for an answer has an end.
	read -r -t 120 status <>"$request/status" || echo "query.py does not answer"
	cat "$request/output"
	return "$status"
}

server_runs() {
	kill -0 "$(cat "$BATS_FILE_TMPDIR/server" 2>/dev/null)" 2>/dev/null
}

# It outlives the test that first asks: it must hold neither bats's descriptors nor the test's turn.
start_server() {
	[[ -p $BATS_FILE_TMPDIR/requests ]] || mkfifo "$BATS_FILE_TMPDIR/requests"
	(
		[[ ! ${turn:-} ]] || exec {turn}>&-
		exec /usr/bin/python3 "$repository/tests/integration/query.py" --serve "$BATS_FILE_TMPDIR/requests"
	) </dev/null >/dev/null 2>&1 3>&- &
	echo "$!" >"$BATS_FILE_TMPDIR/server"
}

teardown_file() {
	! server_runs || echo >"$BATS_FILE_TMPDIR/requests"
}

# Whether time is emulated: a reporter's look that takes milliseconds elsewhere takes half a second there.
emulated() {
	grep -q 'QEMU TCG' /proc/cpuinfo
}

# Two emulated processors may both stand still for a second and more: what fails then is tried once more. bats takes
# this from a file of tests alone, not from the environment.
! emulated || BATS_TEST_RETRIES=1

# Prints $1, or $2 where time is emulated: how long a phenomenon holds still, so that every reporter looks at it
# meanwhile, or how often something is done.
unless_emulated() {
	if emulated; then echo "$2"; else echo "$1"; fi
}

# ---- what a run leaves behind

# No cgroup, mount, container, process or temporary folder of a run of this test's. A machine may have others: what was
# there before the test is not asked about, nor what a run that is under way says is its own.
nothing_is_left() {
	local others left before=$BATS_TEST_TMPDIR/traces-before

	[ -e "$before" ] || : >"$before"
	others=$(runs_of_others)
	left=$(find_traces | grep -vxFf "$before") || true
	[ -n "$left" ] || return 0
	others+=$'\n'$(runs_of_others)
	left=$(grep -vwFf <(grep . <<<"$others") <<<"$left") || true
	[ -n "$left" ] || return 0
	echo "left behind: $left"
	return 1
}

# What runs make and remove, a line each, whosever they are: of a process its parent and its cgroups too.
find_traces() {
	local process

	find /sys/fs/cgroup -type d \( -name 'trial-*.slice' -o -name 'doctor-*.slice' -o -name 'run-*.slice' \) 2>/dev/null || true
	grep -E ' (/run/memcg-run|/sys/fs/cgroup[^ ]*memcg-run)' /proc/self/mounts || true
	ls -d /run/memcg-run/{run-*,journal-*,{runc,crun}/memcg-run-[0-9]*} 2>/dev/null || true
	for process in $(grep -lszE -e "^(/run|$build/libexec)/memcg-run/launcher" -e '/python/external/[a-z-]+\.py$' \
		/proc/[0-9]*/cmdline || true); do
		process=${process%/cmdline}
		echo "$process $(stat_of "$process") $(paste -sd ' ' "$process/cgroup" 2>/dev/null || true)"
	done
}

# Of a process, its parent as "run-PID", which is a run's name for it, and when it began; "" when it is gone.
stat_of() {
	local words

	# What is in brackets may be anything: the process's name.
	words=$(sed -n 's/.*) //p' "$1/stat" 2>/dev/null) || true
	# shellcheck disable=SC2086  # one word each
	set -- $words
	[ $# -eq 0 ] || echo "run-$2 ${20}"
}

# Words by which the traces of runs that others have under way are known, a line each: what their journals name. A
# run of this test's has the test's environment.
runs_of_others() {
	local journal pid

	for journal in /run/memcg-run/journal-*; do
		pid=${journal#*/journal-}
		pid=${pid%%-*}
		if [ -e "/proc/$pid/environ" ] &&
			! grep -qsxzF "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" "/proc/$pid/environ"; then
			echo "$journal"
			echo "run-$pid"
			tr '\0' '\n' <"$journal" 2>/dev/null | sed -nE 's/^(slice|container [a-z]+|folder) //p'
		fi
	done
}
