/*
 * hostile_escape: tries ways out of a container: mounts, namespaces, other processes, raw sockets,
 * devices, kernel settings. Exits with the number of successful attempts.
 */

#include "attempt.h"

#include <arpa/inet.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/utsname.h>

/* Dangerous calls are made with arguments that cannot harm the host. */
static int try_system_calls(void)
{
	struct timeval now = {.tv_sec = -1};
	int n_holes = 0;

	n_holes += attempt(mount("none", "/tmp", "tmpfs", 0, NULL) < 0, "mount");
	n_holes += attempt(mount("/", "/tmp", NULL, MS_BIND, NULL) < 0, "bind mount");
	n_holes += attempt(mount(NULL, "/", NULL, MS_REMOUNT, NULL) < 0, "remount /");
	n_holes += attempt(umount2("/proc", MNT_DETACH) < 0, "umount");
	n_holes += attempt(syscall(SYS_pivot_root, "/tmp", "/tmp") < 0, "pivot_root");
	n_holes += attempt(chroot("/tmp") < 0, "chroot");
	n_holes += attempt(unshare(CLONE_NEWUSER) < 0, "a user namespace");
	n_holes += attempt(unshare(CLONE_NEWNS) < 0, "a mount namespace");
	n_holes += attempt(setns(open("/proc/1/ns/mnt", O_RDONLY), 0) < 0, "setns");
	n_holes += attempt(ptrace(PTRACE_ATTACH, 1, NULL, NULL) < 0, "ptrace");
	n_holes += attempt(mknod("/tmp/disk", S_IFBLK | 0600, makedev(8, 0)) < 0, "mknod");
	n_holes += attempt(mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)) < 0, "mknod of memory");
	n_holes += attempt(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0, "a raw socket");
	n_holes += attempt(socket(AF_PACKET, SOCK_RAW, htons(3)) < 0, "a packet socket");
	n_holes += attempt(syscall(SYS_bpf, 5, NULL, 0) < 0, "bpf");
	n_holes += attempt(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) < 0, "perf events");
	n_holes += attempt(syscall(SYS_keyctl, 0, -3, 0) < 0, "keyctl");
	n_holes += attempt(syscall(SYS_init_module, NULL, 0, "") < 0, "a kernel module");
	n_holes += attempt(settimeofday(&now, NULL) < 0, "settimeofday");
	n_holes += attempt(sethostname("escaped", 7) < 0, "sethostname");
	n_holes += attempt(swapon("/nowhere", 0) < 0, "swapon");
	n_holes += attempt(reboot(RB_DISABLE_CAD) < 0, "reboot");
	n_holes += attempt(klogctl(3, (char[16]){0}, 16) < 0, "the kernel's log");
	n_holes += attempt(nice(-5) < 0, "a higher priority");
	return n_holes;
}

int main(void)
{
	static const char *const files[] = {"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/hostname", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger",
		"/proc/sys/vm/overcommit_memory", "/proc/kcore", "/proc/irq/default_smp_affinity",
		"/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state",
		"/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent", "/dev/mem",
		"/dev/kmsg", "/dev/sda", "/dev/vda", "/etc/passwd", "/usr/bin/env",
		"/run/memcg-run/launcher", "/run/memcg-run/python/harness.py"};
	int n_holes = try_system_calls();

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		n_holes += attempt_to_open(files[i]);
	return n_holes;
}
