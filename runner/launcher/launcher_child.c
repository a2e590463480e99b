#include "runner/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_BIT(capability) (UINT64_C(1) << (capability))

int launcher_read_filter(struct launcher *launcher)
{
	const size_t size = sizeof(launcher->instructions);
	size_t length = 0;
	char beyond;

	if (launcher->filter_fd < 0)
		return 0;
	while (length < size) {
		ssize_t r = pread(launcher->filter_fd, (char *)launcher->instructions + length,
			size - length, (off_t)length);

		if (r < 0)
			return errno;
		if (r == 0)
			break;
		length += (size_t)r;
	}
	if (length == 0 || length % sizeof(launcher->instructions[0]) != 0)
		return EINVAL;
	if (length == size && pread(launcher->filter_fd, &beyond, 1, (off_t)size) > 0)
		return E2BIG;
	launcher->filter.len = (unsigned short)(length / sizeof(launcher->instructions[0]));
	launcher->filter.filter = launcher->instructions;
	return 0;
}

static int install_filter(const struct launcher *launcher)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	if (launcher->filter_fd < 0)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &launcher->filter) < 0)
		return errno;
	return 0;
}

/*
 * On v1 a thread moves itself: for this case the kernel need not wait for forks elsewhere. On v2 the child was cloned
 * there, and makes its leaf the root of a cgroup namespace, as a container has it: HotSpot finds its limits by the path in
 * /proc/self/cgroup and the root in /proc/self/mountinfo. clone3's own CLONE_NEWCGROUP would take the launcher's group.
 */
static int enter_leaf(const struct launcher *launcher)
{
	if (launcher->tasks_fd >= 0 && write(launcher->tasks_fd, "0", 1) < 0)
		return errno;
	if (launcher->leaf_fd >= 0 && syscall(SYS_unshare, CLONE_NEWCGROUP) < 0)
		return errno;
	return 0;
}

/*
 * Set here, since a runtime may set the affinity of what it starts, and only the task is to be
 * restricted.
 */
static int take_cpus(const struct launcher *launcher)
{
	if (launcher->has_cpus &&
		syscall(SYS_sched_setaffinity, 0, sizeof(launcher->cpus), &launcher->cpus) < 0)
		return errno;
	return 0;
}

/* What is not there need not be dropped: that would take CAP_SETPCAP. */
static int bound_capabilities(uint64_t kept)
{
	int has;

	for (unsigned long i = 0; (has = prctl(PR_CAPBSET_READ, i, 0, 0, 0)) >= 0; i++)
		if (has && !(kept >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return errno;
	return 0;
}

static int keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) < 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(kept >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, sets) < 0 ? errno : 0;
}

/* Without a container a task of user 0 has the runner's rights. */
static bool is_in_container(const struct launcher *launcher)
{
	return !launcher->leaf;
}

int launcher_drop_capabilities(const struct launcher *launcher, bool has_task)
{
	uint64_t kept = 0;
	int error_number;

	if (!is_in_container(launcher))
		return 0;
	if (launcher->has_user)
		kept = CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETPCAP);
	if (launcher->leaf_fd >= 0 && !has_task)
		kept |= CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_SETPCAP);
	error_number = bound_capabilities(kept);
	return error_number == 0 ? keep_capabilities(kept) : error_number;
}

/*
 * So that another user can open /dev/stdout anew, as under Docker, which gives it to that user; this needs no
 * capability. They are pipes: runc's own, or the runner's.
 */
static int open_up_outputs(void)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat status;

		if (fstat(fd, &status) < 0 ||
			(S_ISFIFO(status.st_mode) &&
				fchmod(fd, S_IRUSR | S_IWUSR | S_IWGRP | S_IWOTH) < 0))
			return errno;
	}
	return 0;
}

/* By system calls: the C library's functions would tell its threads. */
static int change_user(const struct launcher *launcher)
{
	int error_number = open_up_outputs();

	if (error_number)
		return error_number;
	if (syscall(SYS_setgroups, launcher->n_groups, launcher->groups) < 0 ||
		syscall(SYS_setresgid, launcher->gid, launcher->gid, launcher->gid) < 0 ||
		syscall(SYS_setresuid, launcher->uid, launcher->uid, launcher->uid) < 0)
		return errno;
	return 0;
}

/*
 * In a container the task keeps nothing of what the launcher has. The bounding set goes first, which no_new_privs alone
 * keeps user 0 from getting back at exec: with its user a process loses the right to shrink it.
 */
static int become_user(const struct launcher *launcher)
{
	int error_number = is_in_container(launcher) ? bound_capabilities(0) : 0;

	if (error_number == 0 && launcher->has_user)
		error_number = change_user(launcher);
	if (error_number == 0 && is_in_container(launcher))
		error_number = keep_capabilities(0);
	return error_number;
}

static int wait_for_drop(const struct launcher *launcher)
{
	uint64_t times;

	return read(launcher->dropped_fd, &times, sizeof(times)) < 0 ? errno : 0;
}

/* Runs in the child. exec closes the control socket, the leaf and the filter. */
static _Noreturn void become_task(const struct launcher *launcher)
{
	int error_number = take_cpus(launcher);

	if (error_number) {
		launcher_failed(CONTROL_STAGE_CPUS, error_number);
		_exit(EXIT_LAUNCHER);
	}
	error_number = enter_leaf(launcher);
	if (error_number) {
		launcher_failed(CONTROL_STAGE_LEAF, error_number);
		_exit(EXIT_LAUNCHER);
	}
	error_number = become_user(launcher);
	if (error_number == 0)
		error_number = wait_for_drop(launcher);
	if (error_number) {
		launcher_failed(CONTROL_STAGE_USER, error_number);
		_exit(EXIT_LAUNCHER);
	}
	launcher_announce(CONTROL_CHILD);
	if (!launcher_wait_for(CONTROL_GO))
		_exit(EXIT_LAUNCHER);
	sigprocmask(SIG_SETMASK, &launcher->task_signals, NULL);
	error_number = install_filter(launcher);
	if (error_number) {
		launcher_failed(CONTROL_STAGE_FILTER, error_number);
		_exit(EXIT_LAUNCHER);
	}
	execvp(launcher->command[0], launcher->command);
	launcher_failed(CONTROL_STAGE_EXEC, errno);
	_exit(EXIT_COMMAND);
}

/*
 * Forks, on v2 directly into the leaf. exec from the launcher would not do: a process keeps the
 * high-water mark of the image that it replaces, and the child's is this small program's. Nor would
 * glibc's fork: its handlers write to pages that would be charged to the child.
 */
pid_t launcher_clone_task(const struct launcher *launcher)
{
	struct clone_args arguments = {.exit_signal = SIGCHLD};
	long pid;

	if (launcher->leaf_fd >= 0) {
		arguments.flags = CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)launcher->leaf_fd;
	}
	pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0)
		become_task(launcher);
	return (pid_t)pid;
}

/* Nothing of it is the task's: a library or a script of memcg-run's that it loads must not send. */
static void hide_channel(void)
{
	static const char name[] = "MEMCG_RUN_CHANNEL=";

	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, name, sizeof(name) - 1) == 0)
			**variable = '_';
}

static _Noreturn void become_helper(const struct launcher *launcher, char **words)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	hide_channel();
	sigprocmask(SIG_SETMASK, &launcher->task_signals, NULL);
	/*
	 * By now the launcher's own standard input may be the task's file, at the task's offset. The CPUs: what a
	 * helper leaves running must not disturb the sampler either.
	 */
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || take_cpus(launcher) != 0 ||
		become_user(launcher) != 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
		install_filter(launcher) != 0)
		_exit(EXIT_LAUNCHER);
	execvp(words[0], words);
	_exit(EXIT_COMMAND);
}

pid_t launcher_clone_helper(const struct launcher *launcher, char **words)
{
	struct clone_args arguments = {.exit_signal = SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == 0)
		become_helper(launcher, words);
	return pid;
}
