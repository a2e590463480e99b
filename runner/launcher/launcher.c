/*
 * The launcher: the container's first process, which waits at the gate, starts the task and reports
 * its end. control.h describes the protocol and the command line.
 *
 * It is small on purpose. It runs next to what is measured, and on v2 its forked child is in the
 * measured leaf before the task: every page that the child writes is charged there. So it uses no
 * stdio, no allocation and nothing of the project's library; the seccomp program is read before the
 * child exists, and after clone there are only system calls.
 *
 * When the runner dies, its end of the control socket is closed, and the launcher kills the task:
 * nobody else would remove the container.
 */

#include "runner/launcher/control.h"
#include "util/cpu_list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_GROUPS 64
#define MAX_INSTRUCTIONS 4096 /* BPF_MAXINSNS, the kernel's own limit */
/* As in env(1), nohup(1) and runc: the tool itself failed, or the command could not be run. */
#define EXIT_LAUNCHER 125
#define EXIT_COMMAND 127

struct launcher {
	int leaf_fd;   /* v2; if both are -1 the child stays in the launcher's cgroup */
	int tasks_fd;  /* v1 */
	int filter_fd; /* -1: no filter */
	bool has_cpus;
	cpu_set_t cpus;
	const char *stdin_file;	  /* NULL: as it is */
	const char *folder;	  /* NULL: nothing to check */
	const char *folder_place; /* NULL: where it is */
	uint64_t folder_device;
	uint64_t folder_inode;
	bool has_user;
	unsigned int uid;
	unsigned int gid;
	unsigned int groups[MAX_GROUPS];
	size_t n_groups;
	const char *leaf; /* NULL: in a container, which already shows it */
	const char *leaf_place;
	const char *channel_folder; /* NULL: the task may enter its path */
	char **command;
	char **prepare; /* NULL: nothing */
	char **cleanup;
	sigset_t task_signals; /* the task's initial signal mask */
	int signal_fd;	       /* readable when a child has ended */
	struct sock_fprog filter;
	struct sock_filter instructions[MAX_INSTRUCTIONS];
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* poll and recv detect a runner that has gone; errors are ignored here. */
static void control_send(const struct control_message *message)
{
	(void)!send(CONTROL_FD, message, sizeof(*message), MSG_NOSIGNAL);
}

static void control_announce(enum control_type type)
{
	const struct control_message message = {.type = type, .time_ns = monotonic_ns()};

	control_send(&message);
}

static void control_failed(enum control_stage stage, int error_number)
{
	const struct control_message message = {
		.type = CONTROL_FAILED,
		.stage = stage,
		.error_number = error_number,
		.time_ns = monotonic_ns(),
	};

	control_send(&message);
}

/* Ignores other messages: there may be a GO for a child that was killed at the gate. */
static bool control_wait_for(enum control_type type)
{
	struct control_message message;

	for (;;) {
		ssize_t length = recv(CONTROL_FD, &message, sizeof(message), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return false;
		if (length == sizeof(message) && message.type == type)
			return true;
	}
}

/* Moves past the digits, of which there must be one. */
static bool parse_digits(const char **text, int *ret_number)
{
	const char *first = *text;
	int64_t number = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		number = number * 10 + (**text - '0');
		if (number > INT_MAX)
			return false;
	}
	*ret_number = (int)number;
	return *text > first;
}

static bool parse_launcher_number(const char *text, int *ret_number)
{
	return parse_digits(&text, ret_number) && *text == '\0';
}

/* "1000:1000,27,44" */
static bool parse_user(struct launcher *launcher, const char *text)
{
	int id;

	if (!parse_digits(&text, &id) || *text++ != ':')
		return false;
	launcher->uid = (unsigned int)id;
	if (!parse_digits(&text, &id))
		return false;
	launcher->gid = (unsigned int)id;
	while (*text == ',' && launcher->n_groups < MAX_GROUPS) {
		text++;
		if (!parse_digits(&text, &id))
			return false;
		launcher->groups[launcher->n_groups++] = (unsigned int)id;
	}
	launcher->has_user = *text == '\0';
	return launcher->has_user;
}

/* "65024:1311" */
static bool parse_identity(const char *text, uint64_t *ret_device, uint64_t *ret_inode)
{
	uint64_t numbers[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++)
			if (__builtin_mul_overflow(numbers[i], 10, &numbers[i]) ||
				__builtin_add_overflow(
					numbers[i], (uint64_t)(*text - '0'), &numbers[i]))
				return false;
		if (*text != (i == 0 ? ':' : '\0'))
			return false;
		text++;
	}
	*ret_device = numbers[0];
	*ret_inode = numbers[1];
	return true;
}

static bool parse_fd(const char *text, int *ret_fd)
{
	int fd;

	if (!parse_launcher_number(text, &fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return false;
	*ret_fd = fd;
	return true;
}

/* OPTION N WORD...: the words move to the place of N, so that a NULL can stand behind them. Returns N; 0 where it is none. */
static int parse_helper(char **argv, char ***ret_words)
{
	int n;

	if (!argv[1] || !parse_launcher_number(argv[1], &n))
		return 0;
	for (int i = 0; i < n; i++) {
		if (!argv[2 + i])
			return 0;
		argv[1 + i] = argv[2 + i];
	}
	argv[1 + n] = NULL;
	*ret_words = argv + 1;
	return n;
}

static bool parse_command_line(struct launcher *launcher, char **argv)
{
	for (argv++; *argv && strcmp(*argv, "--") != 0; argv += 2) {
		int *fd = strcmp(*argv, "--leaf-fd") == 0     ? &launcher->leaf_fd
			  : strcmp(*argv, "--tasks-fd") == 0  ? &launcher->tasks_fd
			  : strcmp(*argv, "--filter-fd") == 0 ? &launcher->filter_fd
							      : NULL;

		if (strcmp(*argv, "--cpus") == 0 && argv[1]) {
			launcher->has_cpus = true;
			if (!*argv[1] || cpu_list_parse(argv[1], &launcher->cpus) < 0)
				return false;
			continue;
		}
		char ***words = strcmp(*argv, "--prepare") == 0	  ? &launcher->prepare
				: strcmp(*argv, "--cleanup") == 0 ? &launcher->cleanup
								  : NULL;

		if (words) {
			int n = parse_helper(argv, words);

			if (n == 0)
				return false;
			argv += n;
			continue;
		}
		if (strcmp(*argv, "--stdin") == 0 && argv[1]) {
			launcher->stdin_file = argv[1];
			continue;
		}
		if (strcmp(*argv, "--folder") == 0 && argv[1] && argv[2]) {
			launcher->folder = *++argv;
			if (!parse_identity(
				    argv[1], &launcher->folder_device, &launcher->folder_inode))
				return false;
			continue;
		}
		if (strcmp(*argv, "--folder-place") == 0 && argv[1]) {
			launcher->folder_place = argv[1];
			continue;
		}
		if (strcmp(*argv, "--channel-folder") == 0 && argv[1]) {
			launcher->channel_folder = argv[1];
			continue;
		}
		if (strcmp(*argv, "--user") == 0 && argv[1]) {
			if (!parse_user(launcher, argv[1]))
				return false;
			continue;
		}
		if (strcmp(*argv, "--host") == 0 && argv[1] && argv[2]) {
			launcher->leaf = *++argv;
			launcher->leaf_place = argv[1];
			continue;
		}
		if (!fd || !argv[1] || !parse_fd(argv[1], fd))
			return false;
	}
	if (!*argv || !argv[1])
		return false;
	launcher->command = argv + 1;
	return fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) == 0;
}

/* Returns 0 or an errno. */
static int read_filter(struct launcher *launcher)
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

/*
 * Mounts the leaf in place of the host's tree, not on top of it: HotSpot uses the first of two
 * mounts of a hierarchy in /proc/self/mountinfo. A user other than root cannot unmount the host's
 * (MNT_LOCKED); the leaf then covers it.
 */
static int show_leaf(const struct launcher *launcher)
{
	const unsigned long none = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int tree_fd = (int)syscall(
		SYS_open_tree, AT_FDCWD, launcher->leaf, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree_fd < 0)
		return errno;
	(void)umount2(launcher->leaf_place, MNT_DETACH);
	if (syscall(SYS_move_mount, tree_fd, "", AT_FDCWD, launcher->leaf_place,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	close(tree_fd);
	if (mount(NULL, launcher->leaf_place, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | none, NULL) <
		0)
		return errno;
	return 0;
}

/*
 * The launcher has its own mount namespace, which ends with it: as slaves its mounts receive the
 * host's but propagate nothing. The host's /proc would show other pids than the task's own, and the
 * host's cgroup tree another group at the place where a task looks for its own.
 */
static int show_host(const struct launcher *launcher)
{
	const unsigned long none = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (!launcher->leaf)
		return 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
		mount("proc", "/proc", "proc", none, NULL) < 0)
		return errno;
	if (launcher->channel_folder &&
		mount(launcher->channel_folder, "/run/memcg-run", NULL, MS_BIND, NULL) < 0)
		return errno;
	return show_leaf(launcher);
}

/*
 * The runtime mounted it by its path, and whoever may rename a folder above it may have put another there. Without a
 * container it is mounted here, where nobody but root may rename anything. Returns 0 or an errno.
 */
static int take_folder(const struct launcher *launcher)
{
	struct stat status;
	int fd;

	if (!launcher->folder)
		return 0;
	fd = launcher->folder_place ? (int)syscall(SYS_open_tree, AT_FDCWD, launcher->folder,
					      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
				    : open(launcher->folder, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return errno;
	if (status.st_dev != launcher->folder_device || status.st_ino != launcher->folder_inode)
		return ESTALE;
	if (launcher->folder_place && syscall(SYS_move_mount, fd, "", AT_FDCWD,
					      launcher->folder_place, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	close(fd);
	return 0;
}

/*
 * For the child to inherit. Opened here, where the mount is read-only, and not handed over: through /proc/self/fd/0 a
 * task could open a descriptor's file anew, for writing.
 */
static int open_stdin(const struct launcher *launcher)
{
	int fd;

	if (!launcher->stdin_file)
		return 0;
	fd = open(launcher->stdin_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return errno;
	close(fd);
	return 0;
}

/*
 * SIGCHLD arrives through a descriptor, to be polled together with the runner's hang-up. Returns 0
 * or an errno.
 */
static int catch_child_end(struct launcher *launcher)
{
	sigset_t child_end;

	sigemptyset(&child_end);
	sigaddset(&child_end, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child_end, &launcher->task_signals) < 0)
		return errno;
	launcher->signal_fd = signalfd(-1, &child_end, SFD_CLOEXEC | SFD_NONBLOCK);
	return launcher->signal_fd < 0 ? errno : 0;
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

/* A thread that moves itself: for this case the kernel need not wait for forks elsewhere. */
static int enter_leaf(const struct launcher *launcher)
{
	if (launcher->tasks_fd >= 0 && write(launcher->tasks_fd, "0", 1) < 0)
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

/*
 * In a container the task keeps nothing of what allows this, as user 0 either: user 0 would get its bounding set back at
 * exec, were it not for no_new_privs. Without a container a user 0 has the runner's rights, as without the option.
 */
static int drop_capabilities(void)
{
	static const unsigned long dropped[] = {CAP_SETUID, CAP_SETGID, CAP_SETPCAP};

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (prctl(PR_CAPBSET_DROP, dropped[i], 0, 0, 0) < 0)
			return errno;
	return 0;
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
static int become_user(const struct launcher *launcher)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct no_capabilities[2] = {{0}, {0}};
	const bool contained = !launcher->leaf;
	int error_number;

	if (!launcher->has_user)
		return 0;
	error_number = open_up_outputs();
	if (error_number == 0 && contained)
		error_number = drop_capabilities();
	if (error_number)
		return error_number;
	if (syscall(SYS_setgroups, launcher->n_groups, launcher->groups) < 0 ||
		syscall(SYS_setresgid, launcher->gid, launcher->gid, launcher->gid) < 0 ||
		syscall(SYS_setresuid, launcher->uid, launcher->uid, launcher->uid) < 0 ||
		(contained && syscall(SYS_capset, &header, no_capabilities) < 0))
		return errno;
	return 0;
}

/* Runs in the child. exec closes the control socket, the leaf and the filter. */
static _Noreturn void become_task(const struct launcher *launcher)
{
	int error_number = take_cpus(launcher);

	if (error_number) {
		control_failed(CONTROL_STAGE_CPUS, error_number);
		_exit(EXIT_LAUNCHER);
	}
	error_number = enter_leaf(launcher);
	if (error_number) {
		control_failed(CONTROL_STAGE_LEAF, error_number);
		_exit(EXIT_LAUNCHER);
	}
	error_number = become_user(launcher);
	if (error_number) {
		control_failed(CONTROL_STAGE_USER, error_number);
		_exit(EXIT_LAUNCHER);
	}
	control_announce(CONTROL_CHILD);
	if (!control_wait_for(CONTROL_GO))
		_exit(EXIT_LAUNCHER);
	sigprocmask(SIG_SETMASK, &launcher->task_signals, NULL);
	error_number = install_filter(launcher);
	if (error_number) {
		control_failed(CONTROL_STAGE_FILTER, error_number);
		_exit(EXIT_LAUNCHER);
	}
	execvp(launcher->command[0], launcher->command);
	control_failed(CONTROL_STAGE_EXEC, errno);
	_exit(EXIT_COMMAND);
}

/*
 * Forks, on v2 directly into the leaf. exec from the launcher would not do: a process keeps the
 * high-water mark of the image that it replaces, and the child's is this small program's. Nor would
 * glibc's fork: its handlers write to pages that would be charged to the child.
 */
static pid_t clone_task(const struct launcher *launcher)
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

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

/*
 * Reaps ended processes, including orphans, which PID 1 inherits. True if the child was among them. Until it is reaped,
 * its affinity can be read.
 */
static bool reap_processes(pid_t child, struct control_message *ret_exit)
{
	siginfo_t ended = {.si_pid = 0};
	struct rusage usage;
	cpu_set_t cpus;
	int status;

	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid > 0) {
		const pid_t pid = ended.si_pid;

		CPU_ZERO(&cpus);
		(void)syscall(SYS_sched_getaffinity, pid, sizeof(cpus), &cpus);
		if (wait4(pid, &status, WNOHANG, &usage) <= 0)
			return false;
		ended.si_pid = 0;
		if (pid != child)
			continue;
		*ret_exit = (struct control_message){
			.type = CONTROL_EXIT,
			.wait_status = status,
			.time_ns = monotonic_ns(),
			.user_ns = timeval_ns(usage.ru_utime),
			.system_ns = timeval_ns(usage.ru_stime),
			.maxrss_bytes = (uint64_t)usage.ru_maxrss * 1024,
			.cpus = cpus,
		};
		return true;
	}
	return false;
}

/*
 * False if the runner went away first; there is then nothing left to measure, and the child is
 * killed.
 */
static bool wait_for_child(
	const struct launcher *launcher, pid_t child, struct control_message *ret_exit)
{
	struct signalfd_siginfo information;
	struct pollfd watched[] = {
		{.fd = launcher->signal_fd, .events = POLLIN},
		{.fd = CONTROL_FD}, /* POLLHUP needs no request */
	};

	for (;;) {
		/*
		 * Children are reaped before the hang-up is checked; the descriptor is drained
		 * before reaping, so that later ends make it readable again.
		 */
		while (read(launcher->signal_fd, &information, sizeof(information)) > 0)
			;
		if (reap_processes(child, ret_exit))
			return true;
		if (watched[1].revents) {
			kill(child, SIGKILL);
			return false;
		}
		poll(watched, 2, -1);
	}
}

/* To its end, in the launcher's own cgroup. Returns its wait status; 0 where there is nothing to run. */
static int run_helper(const struct launcher *launcher, char **words)
{
	struct clone_args arguments = {.exit_signal = SIGCHLD};
	struct control_message end;
	pid_t pid;

	if (!words)
		return 0;
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0)
		become_helper(launcher, words);
	if (pid < 0 || !wait_for_child(launcher, pid, &end))
		return EXIT_LAUNCHER << 8;
	return end.wait_status;
}

/*
 * On a failure before the child exists, the runner gets a FAILED and an EXIT, as for any other
 * task.
 */
static int give_up(enum control_stage stage, int error_number)
{
	const struct control_message end = {
		.type = CONTROL_EXIT,
		.wait_status = EXIT_LAUNCHER << 8, /* "exited with", encoded as for wait(2) */
		.time_ns = monotonic_ns(),
	};

	control_failed(stage, error_number);
	control_send(&end);
	control_wait_for(CONTROL_DONE);
	return EXIT_LAUNCHER;
}

/* The task, from its standard input to its end. Returns the launcher's exit code; -1 if the runner went away. */
static int run_task(const struct launcher *launcher)
{
	struct control_message end;
	int error_number = open_stdin(launcher);
	pid_t child;

	if (error_number)
		return give_up(CONTROL_STAGE_STDIN, error_number);
	child = clone_task(launcher);
	if (child < 0)
		return give_up(CONTROL_STAGE_FORK, errno);
	if (!wait_for_child(launcher, child, &end))
		return -1;
	control_send(&end);
	if (!control_wait_for(CONTROL_DONE))
		return -1;
	return WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status)
					  : 128 + WTERMSIG(end.wait_status);
}

static int run(struct launcher *launcher)
{
	int error_number, status, code;

	control_announce(CONTROL_READY);
	error_number = show_host(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_HOST, error_number);
	error_number = take_folder(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FOLDER, error_number);
	error_number = read_filter(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FILTER, error_number);
	error_number = catch_child_end(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FORK, error_number);
	status = run_helper(launcher, launcher->prepare);
	if (status != 0)
		return give_up(CONTROL_STAGE_PREPARE, status);
	if (launcher->prepare)
		control_announce(CONTROL_PREPARED);
	code = run_task(launcher);
	if (code < 0)
		return EXIT_LAUNCHER;
	/* Also where the task could not be started: what was prepared is there. */
	status = run_helper(launcher, launcher->cleanup);
	if (status != 0)
		control_failed(CONTROL_STAGE_CLEANUP, status);
	return code;
}

/*
 * The task has the launcher's user and capabilities: otherwise it could write to /proc/1/mem, and
 * reopen descriptors of /proc/1/fd, where the leaf's folder leads up the host's own cgroup mount.
 * The child is hidden too, until it execs (proc(5), ptrace(2): PTRACE_MODE_ATTACH and the dumpable
 * attribute).
 */
static void hide_from_task(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	static const char usage[] =
		"usage: launcher [OPTION...] -- COMMAND [ARGUMENT...], with the control socket as "
		"descriptor 3\n";
	/* not zeroed: its pages are touched only as a filter fills them */
	struct launcher launcher;

	(void)argc;
	launcher.leaf_fd = -1;
	launcher.tasks_fd = -1;
	launcher.filter_fd = -1;
	launcher.has_cpus = false;
	launcher.stdin_file = NULL;
	launcher.folder = NULL;
	launcher.folder_place = NULL;
	launcher.has_user = false;
	launcher.n_groups = 0;
	launcher.channel_folder = NULL;
	launcher.prepare = NULL;
	launcher.cleanup = NULL;
	launcher.leaf = NULL;
	hide_from_task();
	if (!parse_command_line(&launcher, argv)) {
		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_LAUNCHER;
	}
	return run(&launcher);
}
