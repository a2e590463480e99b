#!/usr/bin/env bats
# Runs by a user who is not root, in a login session. For the machine only: it makes that user.

load ../integration/common
bats_require_minimum_version 1.5.0

user=tester

setup_file() {
	[ "$(cat /proc/1/comm)" = systemd ] || skip "not in a machine of its own: sudo tests/vm/run"
	id "$user" 2>/dev/null || useradd --create-home --shell /bin/bash "$user"
}

setup() {
	home=$(mktemp -d --tmpdir="/home/$user")
	folder=$home/experiment
	runs=$home/output
	mkdir "$folder"
	cp "$build"/tests/tasks/* "$folder"/
	chmod -R a+rX "$home"
	chown -R "$user:" "$home"
}

teardown() {
	nothing_is_left
	run -2 ls -d /run/user/*/memcg-run/run-* /run/user/*/memcg-run/*/memcg-run-*
	rm -rf "$home"
}

# A login shell of the user, as a console or ssh gives one.
as_user() {
	su --login "$user" --command "$1"
}

run_as_user() {
	run as_user "$program --no-pictures --output $runs $folder/$1.toml"
	echo "$output"
	run_folder=$(find "$runs" -mindepth 1 -maxdepth 1 -type d 2>/dev/null) || true
}

touch_64_mib() {
	experiment touch <<-TOML
		[task]
		command = ["./touch", "64", "200"]
		[trials]
		repetitions = 1
		warmups = 0
		$1
		[container]
		runtime = "${2:-runc}"
		$3
	TOML
	run_as_user touch
}

peak_is_right() {
	holds 'all(t.status == "ok" for t in run.trials)' \
		'all(64 * MIB <= t.reference["peak_bytes"] <= 65 * MIB for t in run.trials)' \
		'all(t.reference["initial_bytes"] < MIB for t in run.trials)'
}

@test "a user's run: its peak is right, its files are the user's, and what is unavailable is reported once" {
	touch_64_mib
	[ "$status" -eq 0 ]
	peak_is_right
	holds 'not run.trials[0].reference["realtime"]'
	[ "$(grep -c 'without root: no real-time priority' <<<"$output")" -eq 1 ]
	[ "$(grep -c 'without root: no real-time priority' "$run_folder/run.log")" -eq 1 ]
	[ -z "$(find "$runs" ! -user "$user")" ]
}

@test "a user's run with limits: a task above its own is oom" {
	touch_64_mib '[limits]
		memory_max = "32MiB"
		swap_max = "0"
		pids_max = 16'
	[ "$status" -eq 1 ]
	holds 'run.trials[0].status == "oom"'
}

@test "a user's run with the host's network, with crun, and with no container" {
	touch_64_mib "" runc "network = true"
	[ "$status" -eq 0 ]
	peak_is_right
	for runtime in crun none; do
		rm -r "$runs"
		touch_64_mib "" "$runtime"
		[ "$status" -eq 0 ]
		peak_is_right
	done
}

@test "a user's Python task under its reporters" {
	cat >"$folder/hold.py" <<-'PYTHON'
		block = bytearray(b"x") * (32 << 20)
	PYTHON
	experiment hold <<-'TOML'
		[task]
		python = "hold.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["none", "psutil", "mprof", "cgroup"]
	TOML
	run_as_user hold
	[ "$status" -eq 0 ]
	holds 'all(t.status == "ok" for t in run.trials)'
	# The initial value may hold 256 KiB a CPU that the kernel charged ahead and the task used only later.
	holds "all(32 * MIB - $(nproc) * (256 << 10) <= t.rise('reference') <= 36 * MIB for t in run.trials)" \
		'31 * MIB <= run.of("psutil")[0].rise("psutil.rss_bytes") <= 34 * MIB'
}

@test "a user's task prepares, writes into a copy of its folder, and what it wrote is kept and the user's" {
	for runtime in runc crun none; do
		echo original >"$folder/file"
		experiment writes <<-EOF
			[task]
			command = ["sh", "-ec", "cat prepared >>file; head -c 3M /dev/zero >zeros"]
			prepare = ["sh", "-c", "echo yes >prepared"]
			working_directory = "writable"
			keep_written = true
			[trials]
			repetitions = 2
			warmups = 0
			[container]
			runtime = "$runtime"
		EOF
		chown -R "$user:" "$folder"
		run_as_user writes
		[ "$status" -eq 0 ]
		for trial in 000001 000002; do
			written=$run_folder/written/$trial
			find "$written/files" -type f -printf '%P %s %u\n' | sort | diff - <(printf '%s\n' \
				"file 13 $user" "prepared 4 $user" "zeros 3145728 $user")
			[ "$(cat "$written/files/file")" = $'original\nyes' ]
		done
		[ "$(cat "$folder/file")" = original ]
		rm -r "$runs"
	done
}

@test "a user's run that is killed with SIGKILL: within 5 s its task and its unit are gone" {
	mkdir -m 777 "$folder/flags"
	experiment held <<-TOML
		[task]
		command = ["./hold", "32", "/flags"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		mounts = ["$folder/flags:/flags:rw"]
	TOML
	as_user "exec $program --no-pictures --output $runs $folder/held.toml" >"$home/printed" 2>&1 3>&- &
	su=$!
	for _ in $(seq 1200); do
		[ ! -e "$folder/flags/held" ] && kill -0 "$su" || break
		sleep 0.1
	done
	cat "$home/printed"
	[ "$(stat --format %U "$folder/flags/held")" = "$user" ]
	runner=$(pgrep --uid "$user" --exact memcg-run)
	as_user "systemctl --user is-active memcg-run-$runner.scope"
	task=$(pgrep --exact hold)
	kill -KILL "$runner"
	wait "$su" || true
	for _ in $(seq 50); do
		scope=$(find /sys/fs/cgroup -name "memcg*")
		[ -n "$scope" ] || break
		sleep 0.1
	done
	[ -z "$scope" ]
	[ ! -e "/proc/$task" ]
	# The next run of the same user removes what lies about.
	touch_64_mib
	[ "$status" -eq 0 ]
}

@test "a user cannot have a cold page cache: refused before anything is created" {
	experiment cold <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[trials]
		page_cache = "cold"
	TOML
	run_as_user cold
	[ "$status" -eq 3 ]
	[[ $output == *'page_cache = "cold"'*"needs root"* ]]
	[ ! -e "$runs" ]
}

@test "a user cannot have an oracle: refused before anything is created" {
	experiment oracle <<-'TOML'
		[task]
		command = ["./touch", "1"]
		[oracle]
	TOML
	run_as_user oracle
	[ "$status" -eq 3 ]
	[[ $output == *"oracle: "*"only root can read"*"remove [oracle]"* ]]
	[ ! -e "$runs" ]
}

@test "a user without a login session is told so" {
	experiment task <<-'TOML'
		[task]
		command = ["./touch", "1"]
	TOML
	run -3 env --chdir="$home" -i setpriv --reuid="$user" --regid="$user" --clear-groups \
		"$program" --no-pictures --output "$runs" "$folder/task.toml"
	echo "$output"
	[[ $output == *"XDG_RUNTIME_DIR is not set"*"login session"* ]]
	[ ! -e "$runs" ]
}

@test "the doctor says what is unavailable to a user" {
	run as_user "$program doctor"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"unavailable: no real-time"* ]]
	[[ $output == *"missing"*"oracle"*"only the host's root may read it"* ]]
	[[ $output == *"delegates memcg-run-"*".scope to this process"* ]]
	[[ $output == *"cpuset"*"systemd does not delegate it to this user"* ]]
}
