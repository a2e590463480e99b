# shellcheck shell=bash
# What the commands of tests/vm share: where things stand, the project compiled for the machine, and
# the machine's command line. Sourced, never run.

vm_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$vm_folder/../.." && pwd)

# Kernels that the machine boots, and the Debian release each comes from. What `newest` is moves on with Debian.
# shellcheck disable=SC2034  # used by those who source this
declare -A kernel_suite=([6.12]=trixie [6.1]=bookworm [newest]=trixie-backports)
# shellcheck disable=SC2034
root_suite=trixie

cache=${MEMCG_RUN_VM_CACHE:-/var/cache/memcg-run/vm}
# Software emulation unless the user chooses: MEMCG_RUN_VM_ACCEL=kvm.
accel=${MEMCG_RUN_VM_ACCEL:-tcg,thread=multi}
memory=${MEMCG_RUN_VM_MEMORY:-2G}
cpus=${MEMCG_RUN_VM_CPUS:-2}
made=${MEMCG_RUN_VM_OUTPUT:-$project/build/vm}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

need_root() {
	[[ $(id -u) -eq 0 ]] || die "needs root: sudo $0"
}

need_commands() {
	local command

	for command in "$@"; do
		command -v "$command" >/dev/null ||
			die "needs $command; tests/vm/README.md names the packages"
	done
}

# One package a line: what a Debian needs to be the machine, and what the Makefile says the project does.
root_packages() {
	{
		sed 's/#.*//' "$vm_folder/packages"
		make --no-print-directory -s -C "$project" vm-packages
	} | xargs -n 1 | sort -u
}

# The root is made of these and of nothing else; its folder in the cache is named after them.
root_digest() {
	(cd "$vm_folder" && declare -p kernel_suite root_suite && cat build-root guest/* && root_packages) | sha256sum | cut -c 1-16
}

machine=$cache/$(root_digest)

# Builds the root where it is missing and the project inside it. One command at a time: they share the root and
# the copy that is compiled.
take_machine() {
	local turn

	need_root
	mkdir -p "$made"
	exec {turn}>"$made/lock"
	flock "$turn"
	[[ -d $machine ]] || "$vm_folder/build-root"
	hold_machine
	compile_project
	"$@"
	exec {turn}>&-
}

# The same, and makes the project's disk, $1.
prepare_machine() {
	need_commands qemu-system-x86_64
	take_machine make_project_disk "$1"
}

# Until the command ends: the root is used, by any number of commands, and is not to be removed. Its
# time says when that was last so.
hold_machine() {
	exec {machine_fd}<"$machine"
	flock --shared "$machine_fd"
	[[ -d $machine ]] || die "another command has just removed the root; run again"
	touch "$machine"
}

# The sources are copied with their times, so that only what changed is compiled again. They are
# mounted into the root in a mount namespace of their own: nothing stays behind, however this ends. Without
# debugging information: each run hashes the program, which takes 0.1 s there of a whole one.
compile_project() {
	local copy=$made/project

	mkdir -p "$copy"
	find "$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
	tar -C "$project" --exclude=./.git --exclude='./build*' --exclude=./output -c . |
		tar -C "$copy" -x
	mkdir -p "$copy/output"
	# shellcheck disable=SC2016  # expanded by the inner shell
	unshare --mount --propagation private bash -eu -c '
		mount --bind "$1" "$2/project"
		mount -t proc proc "$2/proc"
		exec chroot "$2" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			make --no-print-directory -C /project -j"$(nproc)" CFLAGS=-O2 all unit-tests vm-programs
	' compile "$copy" "$machine/root" >"$made/compile.log" 2>&1 ||
		die "cannot compile the project in the machine's root:
$(tail -n 30 "$made/compile.log")"
}

# $1: the image to make. The machine may write there: outputs and the tests' own files.
make_project_disk() {
	local used_mib

	used_mib=$(du -sm "$made/project" | cut -f 1)
	rm -f "$1"
	truncate -s "$((used_mib * 2 + 1024))M" "$1"
	mke2fs -q -t ext4 -d "$made/project" -L project "$1"
}

# $1: kernel, $2: the project's disk, $3: the shared folder, $4: more of the kernel's command line.
# Fills the array `qemu`. The root's disk is a snapshot: what the machine writes there is dropped. The
# processor is "max" with its svm: without it, QEMU 7.2 emulates one on which libmount misreads mountinfo and
# no mount succeeds. It does not say that "rep movsb" is fast: kernel and C library would then copy and clear
# everything with it, and QEMU emulates it byte by byte. Without that, and without page tables of five levels,
# six trials under runc took 5.2 s there instead of 8.4. Nor are programs loaded at random addresses where they are
# emulated: QEMU translates code for the address it stands at, so that each program would be translated anew whenever
# it is started. A run of one trial, from exec to exit, took 0.8 s there instead of 1.2.
describe_machine() {
	local kernel=$machine/kernels/$1 addresses=

	[[ $accel != tcg* ]] || addresses=norandmaps

	# shellcheck disable=SC2034
	qemu=(qemu-system-x86_64 -accel "$accel" -cpu max,-erms,-la57 -smp "$cpus" -m "$memory"
		-nodefaults -display none -no-reboot
		-kernel "$kernel/vmlinuz" -initrd "$kernel/initramfs"
		-append "console=ttyS0,115200 quiet loglevel=3 panic=-1 systemd.show_status=error $addresses $4"
		-drive "file=$machine/root.ext4,format=raw,if=virtio,snapshot=on"
		-drive "file=$2,format=raw,if=virtio,cache=unsafe"
		-fsdev "local,id=share,path=$3,security_model=none"
		-device "virtio-9p-pci,fsdev=share,mount_tag=share"
		-device virtio-rng-pci)
}
