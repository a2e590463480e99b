#!/usr/bin/env bats
# The container: what a task sees, and what it cannot do.

# Each test is a subshell to shellcheck; setup, test and teardown share one to bats.
# shellcheck disable=SC2030,SC2031
load common

# Runs a Python script in the container and keeps what it printed in $printed.
in_container() {
	cat >"$folder/look.py"
	experiment look <<-TOML
		[task]
		python = "look.py"
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		${1:-}
	TOML
	run_experiment look
	printed=$(query 'run.trials[0].text("stdout")')
}

@test "no capabilities, no new privileges, a seccomp filter" {
	in_container <<-'PYTHON'
		for line in open("/proc/self/status"):
		    if line.startswith(("CapEff", "CapBnd", "NoNewPrivs", "Seccomp:")):
		        print(line.strip())
	PYTHON
	[ "$status" -eq 0 ]
	[[ $printed == *"CapEff:"*"0000000000000000"* ]]
	[[ $printed == *"CapBnd:"*"0000000000000000"* ]]
	[[ $printed == *"NoNewPrivs:"*"1"* ]]
	[[ $printed == *"Seccomp:"*"2"* ]]
}

# bats test_tags=portable
@test "only loopback, a read-only root, a private and writable /tmp" {
	in_container <<-'PYTHON'
		import os
		print(sorted(os.listdir("/sys/class/net")))
		for path in ("/usr/x", "/etc/x", "/x", os.path.join(os.getcwd(), "x"), "/tmp/x"):
		    try:
		        open(path, "w").close()
		        print("written", path)
		    except OSError as error:
		        print("refused", os.path.dirname(path) == os.getcwd() and "own folder" or path)
	PYTHON
	[ "$status" -eq 0 ]
	[[ $printed == *"['lo']"* ]]
	[[ $printed == *"refused /usr/x"* && $printed == *"refused /etc/x"* && $printed == *"refused /x"* ]]
	[[ $printed == *"refused own folder"* && $printed == *"written /tmp/x"* ]]
}

@test "what Docker masks is empty, and /dev holds no more than tmp_max" {
	in_container 'tmp_max = "1MiB"' <<-'PYTHON'
		import os
		for path in ("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		             "/proc/timer_list", "/proc/scsi", "/sys/devices/virtual/powercap", "/sys/firmware"):
		    if os.path.isdir(path):
		        assert not os.listdir(path), path
		    elif os.path.exists(path):
		        assert not open(path, "rb").read(1), path
		written = 0
		try:
		    with open("/dev/filler", "wb", buffering=0) as filler:
		        while written < 1 << 24:
		            written += filler.write(bytes(65536))
		except OSError as error:
		    print(error.strerror)
		print("in /dev:", written >> 20)
	PYTHON
	[ "$status" -eq 0 ]
	[[ $printed == *"No space left on device"*"in /dev: 1"* ]]
}

@test "mount, swap and new namespaces are refused" {
	in_container <<-'PYTHON'
		import ctypes, errno
		libc = ctypes.CDLL(None, use_errno=True)
		# x86-64 and arm64 alike: through libc's own wrappers where there are any.
		calls = {
		    "mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
		    "unshare": lambda: libc.unshare(0x10000000),
		    "setns": lambda: libc.setns(0, 0),
		    "pivot_root": lambda: libc.swapon(b"/tmp", 0),
		}
		for name, call in calls.items():
		    ctypes.set_errno(0)
		    result = call()
		    print(name, result, errno.errorcode.get(ctypes.get_errno()))
	PYTHON
	[ "$status" -eq 0 ]
	[ "$(grep -c -- '-1 EPERM' <<<"$printed")" -eq 4 ]
}

# bats test_tags=portable
@test "a leak checker may trace its own process" {
	printf '%s\n' '#include <stdlib.h>' '#include <string.h>' \
		'int main(void) { char *p = malloc(1 << 20); memset(p, 1, 1 << 20); free(p); return 0; }' >"$folder/noleak.c"
	gcc -fsanitize=address -o "$folder/noleak" "$folder/noleak.c"
	experiment noleak <<-TOML
		[task]
		command = ["./noleak"]

		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment noleak
	echo "$output"
	[ "$status" -eq 0 ]
	holds '[(t.status, t.exit_code) for t in run.trials] == [("ok", 0)]'
}

# bats test_tags=portable
@test "the container's own name has an address, and HOME and /var/tmp can be written to" {
	in_container <<-'PYTHON'
		import os, socket
		print("address", socket.gethostbyname(socket.gethostname()))
		for place in (os.environ["HOME"], "/var/tmp"):
		    open(os.path.join(place, "x"), "w").write("x")
		    print("written", place)
	PYTHON
	[ "$status" -eq 0 ]
	[[ $printed == *"address 127.0."* && $printed == *"written /tmp"* && $printed == *"written /var/tmp"* ]]
}

# It asks the name server first where the name is in no /etc/hosts.
# bats test_tags=portable
@test "Java finds the address of the container's own name, without network and with it" {
	command -v javac >/dev/null || skip "javac is not installed"
	cat >"$folder/LocalHost.java" <<-'JAVA'
		public class LocalHost {
		    public static void main(String[] a) throws Exception {
		        System.out.println(java.net.InetAddress.getLocalHost());
		    }
		}
	JAVA
	javac -d "$folder" "$folder/LocalHost.java"
	for network in false true; do
		experiment address <<-TOML
			[task]
			command = ["java", "-cp", ".", "LocalHost"]
			[trials]
			repetitions = 1
			warmups = 0
			[container]
			network = $network
		TOML
		run_experiment address
		echo "$output"
		[ "$status" -eq 0 ]
		holds '"/" in run.trials[0].text("stdout") and run.trials[0].text("stdout").split("/")[1].strip().count(".") == 3'
		rm -r "$runs"
	done
}

@test "a task finds its own cgroup, and cannot write to it" {
	in_container <<-'PYTHON'
		import os
		names = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")
		path = next(p for p in names if os.path.exists(p))
		print("current", int(open(path).read()) > 1 << 20)
		try:
		    open(os.path.join(os.path.dirname(path), "cgroup.procs"), "w").write("1")
		    print("written")
		except OSError:
		    print("refused")
	PYTHON
	[ "$status" -eq 0 ]
	[[ $printed == *"current True"* && $printed == *"refused"* && $printed != *"written"* ]]
}

# bats test_tags=portable
@test "parameters and the experiment's own mounts reach the task" {
	mkdir "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/results of it"
	echo 42 >"$BATS_TEST_TMPDIR/data/cube"
	cat >"$folder/task.py" <<-'PYTHON'
		import sys
		import memcg_run
		with open("/results/answer", "w") as answer:
		    answer.write(f"{memcg_run.parameter('level', int)} {sys.argv[1:]} {open('/data/cube').read()}")
	PYTHON
	experiment mounts <<-TOML
		[task]
		python = "task.py"
		arguments = ["--level={level}", "{{plain}}"]
		[task.parameters]
		level = 7
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		mounts = ["$BATS_TEST_TMPDIR/data:/data:ro", "$BATS_TEST_TMPDIR/results of it:/results:rw"]
	TOML
	run_experiment mounts
	[ "$status" -eq 0 ]
	[ "$(cat "$BATS_TEST_TMPDIR/results of it/answer")" = "7 ['--level=7', '{plain}'] 42" ]
}

# bats test_tags=portable
@test "a custom seccomp profile is installed, and its digest recorded" {
	cat >"$folder/no-mkdir.json" <<-'JSON'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}
	JSON
	in_container 'seccomp = "no-mkdir.json"' <<-'PYTHON'
		import os
		try:
		    os.mkdir("/tmp/made")
		    print("made")
		except PermissionError:
		    print("denied")
	PYTHON
	[ "$status" -eq 0 ]
	[ "$printed" = denied ]
	sum=$(sha256sum "$folder/no-mkdir.json" | cut -d' ' -f1)
	holds "run.attrs['seccomp_sha256'] == '$sum'"
}

# Puts an image "python" of these tests' program and its libraries into a cache that nobody else sees, and runs the
# words of the shell there: "$program" knows no other place for images.
with_small_image() {
	local tools=$BATS_TEST_TMPDIR/tools

	mkdir -p "$tools" "$BATS_TEST_TMPDIR/cache"
	cat >"$tools/mmdebstrap" <<-SH
		#!/bin/sh
		set -eu
		while [ \$# -gt 3 ]; do shift; done
		mkdir -p "\$2/usr/bin" "\$2/var/lib/dpkg"
		: >"\$2/var/lib/dpkg/status"
		cp "$build/tests/tasks/touch" "\$2/usr/bin/"
		for library in \$(ldd "$build/tests/tasks/touch" | grep -o '/[^ ]*'); do
			cp -L --parents "\$library" "\$2"
		done
	SH
	chmod 755 "$tools/mmdebstrap"
	# shellcheck disable=SC2016 # words of the inner shell
	run env PATH="$tools:$PATH" program="$program" unshare --mount sh -c 'mount --bind "$1" /var/cache && eval "$2"' \
		- "$BATS_TEST_TMPDIR/cache" "$1"
	echo "$output"
	find_run_folder
}

# bats test_tags=portable
@test "an image that lost a file is refused, is named by image verify, and can be rebuilt" {
	local root=$BATS_TEST_TMPDIR/cache/memcg-run/images/python/root

	# A mirror is not asked for anything.
	export MEMCG_RUN_MIRROR=file:/nowhere
	experiment small <<-TOML
		[task]
		command = ["/usr/bin/touch", "1"]
		[trials]
		repetitions = 2
		warmups = 0
		[container]
		image = "python"
	TOML
	with_small_image "\$program image build python && \$program image verify python &&
		\$program --no-pictures --output $runs $folder/small.toml"
	[ "$status" -eq 0 ]
	[[ $output == *"image python is unchanged: sha256:"* ]]
	holds '[t.status for t in run.trials] == ["ok"] * 2' 'run.attrs["image"] == "python"'
	# As if it had been ended before its first trial was sealed.
	mkdir "$run_folder/trials"
	rm "$run_folder/results.h5"
	echo lost >"$root/usr/new"
	with_small_image "\$program resume --no-pictures $run_folder"
	[ "$status" -eq 3 ]
	[[ $output == *'image "python" is not what was built: usr/new was added; rebuild it with sudo memcg-run image build python'* ]]
	rm "$root/usr/new" "$root/usr/bin/touch"
	with_small_image "\$program --no-pictures --output $runs $folder/small.toml"
	[ "$status" -eq 3 ]
	[[ $output == *"usr/bin/touch is missing"* ]]
	[ "$(find "$runs" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1 ]
	with_small_image "\$program image verify python"
	[ "$status" -eq 3 ]
	with_small_image "\$program image build python && \$program --no-pictures --output $runs $folder/small.toml"
	[ "$status" -eq 0 ]
	holds '[t.status for t in run.trials] == ["ok"] * 2'
}

# bats test_tags=portable
@test "root's abstract sockets are out of a task's reach without network, and a warning says that they are not with it" {
	cat >"$BATS_TEST_TMPDIR/daemon.py" <<-'PY'
		import socket, sys
		daemon = socket.socket(socket.AF_UNIX)
		daemon.bind("\0" + sys.argv[1])
		daemon.listen()
		print("listening", flush=True)
		sys.stdin.read()
	PY
	name=memcg-run-test-$BASHPID
	coproc DAEMON { exec /usr/bin/python3 "$BATS_TEST_TMPDIR/daemon.py" "$name" 3>&-; }
	read -r -t 60 line <&"${DAEMON[0]}"
	[ "$line" = listening ]
	daemon=$DAEMON_PID
	for network in false true; do
		in_container "network = $network" <<-PYTHON
			import socket
			try:
			    socket.socket(socket.AF_UNIX).connect("\0$name")
			    print("connected")
			except ConnectionRefusedError:
			    print("refused")
		PYTHON
		echo "$output"
		[ "$status" -eq 0 ]
		if [ "$network" = true ]; then
			[ "$printed" = connected ]
			[[ $output == *"warning: container.network: abstract sockets of root's daemons are open to the task"* ]]
			run "$program" check "$folder/look.toml"
			[ "$status" -eq 0 ]
			[[ $output == *"warning: container.network: abstract sockets"* ]]
		else
			[ "$printed" = refused ]
			[[ $output != *"abstract sockets"* ]]
		fi
		rm -r "$runs"
	done
	kill "$daemon"
}

@test "a task may widen its affinity, but never beyond a list in limits.cpus" {
	cat >"$folder/widen.py" <<-'PY'
		import os
		os.sched_setaffinity(0, range(1024))
		print(sorted(os.sched_getaffinity(0)))
	PY
	cpu=$(sed -E 's/[-,].*//' <<<"$(awk '/^Cpus_allowed_list/ {print $2}' /proc/self/status)")
	experiment widen <<-TOML
		[task]
		python = "widen.py"
		[trials]
		repetitions = 1
		warmups = 0
		[limits]
		cpus = "$cpu"
	TOML
	run_experiment widen
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(query 'run.trials[0].text("stdout")')" = "[$cpu]" ]
}

# What docs/security.md says that the container does not protect from.
# bats test_tags=portable
@test "as the host's user 0 a task reads and locks what only root may read" {
	echo secret >"$folder/of-root"
	chmod 600 "$folder/of-root"
	in_container <<-'PYTHON'
		import fcntl
		file = open("of-root")
		fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
		print(file.read().strip())
	PYTHON
	[ "$status" -eq 0 ]
	[ "$printed" = secret ]
}

# bats test_tags=portable
@test "a task has the AppArmor profile of its runner: none is set for it" {
	profile() { cat /proc/self/attr/apparmor/current 2>/dev/null || echo none; }
	in_container <<-'PYTHON'
		try:
		    print(open("/proc/self/attr/apparmor/current").read().strip())
		except OSError:
		    print("none")
	PYTHON
	[ "$status" -eq 0 ]
	[ "$printed" = "$(profile)" ]
}

# bats test_tags=portable
@test "a task that widens its affinity is seen, however short it is" {
	experiment widen <<-'TOML'
		[task]
		command = ["./hostile_affinity"]
		[trials]
		repetitions = 1
		warmups = 0
		# The sampler has a CPU of its own.
		[sampler]
		rate_hz = 2000
	TOML
	[ "$(nproc)" -gt 1 ] || skip "there is one CPU"
	run_experiment widen
	[ "$status" -eq 0 ]
	[[ $output == *"the task widened its CPU affinity to the sampler's CPU in the only trial: trial 000001 (none): from "*"give limits.cpus a list"* ]]
	holds 'run.trials[0].group.attrs["widened"].startswith("from ")' 'int(run.attrs["trials_widened"]) == 1'
	# At 1 kHz the sampler has no CPU that it could reach.
	sed -i 's/rate_hz = .*/rate_hz = 1000/' "$folder/widen.toml"
	run taskset -c "$(taskset -cp $$ | sed 's/.*[: ,-]//')" "$program" --output "$runs/narrow" "$folder/widen.toml"
	[ "$status" -eq 0 ]
	[[ $output != *"widened"* ]]
}

@test "a task sees and signals its own processes alone, and no shared memory or semaphores of the host" {
	id=$(ipcmk -M 4096 | sed 's/.*: //')
	in_container <<-PYTHON
		import os
		pids = [name for name in os.listdir("/proc") if name.isdigit()]
		print("processes", len(pids) <= 3)
		for pid in ($$, 4000000):
		    try:
		        os.kill(pid, 0)
		        print("signalled", pid)
		    except ProcessLookupError:
		        print("no such process")
		print("segments", len(open("/proc/sysvipc/shm").readlines()) - 1)
	PYTHON
	ipcrm -m "$id"
	[ "$status" -eq 0 ]
	[[ $printed == *"processes True"* && $printed == *"segments 0"* && $printed != *signalled* ]]
}

@test "the only devices are those that harm nobody, and none can be made" {
	in_container <<-'PYTHON'
		import os, stat
		# null, zero, full, random, urandom, tty, ptmx; and pseudoterminals. By number: /dev/core leads to
		# /proc/kcore, which is masked by null where the kernel has it.
		harmless = {(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2)}
		for name in os.listdir("/dev"):
		    found = os.stat(f"/dev/{name}")
		    number = (os.major(found.st_rdev), os.minor(found.st_rdev))
		    is_harmless = number in harmless or 136 <= number[0] < 144
		    if stat.S_ISBLK(found.st_mode) or stat.S_ISCHR(found.st_mode) and not is_harmless:
		        print("device", name, *number)
		for place, kind in (("/tmp/disk", stat.S_IFBLK), ("/dev/mem", stat.S_IFCHR)):
		    try:
		        os.mknod(place, kind | 0o600, os.makedev(1, 1))
		        print("made", place)
		    except PermissionError:
		        print("refused")
	PYTHON
	echo "printed: $printed"
	[ "$status" -eq 0 ]
	[ "$printed" = $'refused\nrefused' ]
}

@test "nothing of the kernel's can be set through /proc and /sys" {
	in_container <<-'PYTHON'
		import glob, os
		paths = ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger",
		         "/proc/sys/kernel/hostname", "/sys/power/state", *glob.glob("/sys/kernel/mm/*/enabled")]
		for path in paths:
		    try:
		        open(path, "r+b", buffering=0).close()
		        print("opened", path)
		    except OSError:
		        pass
		print("asked", sum(map(os.path.exists, paths)) >= 3)
	PYTHON
	[ "$status" -eq 0 ]
	[ "$printed" = "asked True" ]
}

# bats test_tags=portable
@test "of the host's files a task has the image, its experiment and its mounts alone" {
	in_container <<-'PYTHON'
		import os
		for path in ("/etc/shadow", "/etc/ssh", "/root", "/home", "/boot", "/var/lib", "/run/systemd", "/run/dbus"):
		    if os.path.exists(path) and (not os.path.isdir(path) or os.listdir(path)):
		        print("there", path)
		print("looked")
	PYTHON
	[ "$status" -eq 0 ]
	[ "$printed" = looked ]
}
