#include "util/process.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_PRESERVE_FDS 8
#define N_STANDARD_FDS 3
#define MAX_CHILD_FDS (N_STANDARD_FDS + MAX_PRESERVE_FDS)
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * The child runs in the parent's memory, on its own stack, while the parent's thread waits for its
 * exec (CLONE_VM, CLONE_VFORK): copying the page tables, and the resulting faults on both sides,
 * took a quarter of the CPU time of a trial without a container. So it only makes system calls,
 * writes nothing that the parent reads later, and runs without ASan's stack markers, which nobody
 * would remove.
 */
#define CHILD_STACK_SIZE 32768
#define IN_CHILD __attribute__((no_sanitize_address))
/* TSan tracks both in memory: there the child gets a copy. */
#ifdef __SANITIZE_THREAD__
#define IN_PARENTS_MEMORY 0
#else
#define IN_PARENTS_MEMORY (CLONE_VM | CLONE_VFORK)
#endif

/* Everything the child needs, prepared before it exists. */
struct child {
	const char *program; /* a path: no search is needed */
	char *const *argv;
	char *const *envp;
	const struct process_options *options;
	pid_t parent;
	int report_fd; /* O_CLOEXEC: end of file without data means that exec succeeded */
};

/* Written to report_fd by the child if it cannot execute the program. */
struct child_failure {
	int number;
	int step; /* enum child_step */
};

enum child_step {
	CHILD_CGROUPS,
	CHILD_PARENT_DEATH,
	CHILD_SESSION,
	CHILD_DIRECTORY,
	CHILD_SIGNALS,
	CHILD_DESCRIPTORS,
	CHILD_EXEC,
};

static bool is_executable(const char *path, int *number)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
		if (access(path, X_OK) == 0)
			return true;
		*number = errno;
	}
	return false;
}

/*
 * The search of execvp(), done here because execvp() may pass a file of unknown format to /bin/sh,
 * and because it is easier to get right before the fork.
 */
int process_find_program(const char *path, const char *name, char ret_path[PATH_MAX])
{
	int number = ENOENT;

	if (strchr(name, '/')) {
		int length = snprintf(ret_path, PATH_MAX, "%s", name);

		return length < PATH_MAX ? 0 : -ENAMETOOLONG;
	}
	for (path = path ? path : DEFAULT_PATH; *path != '\0';) {
		int n = (int)strcspn(path, ":");
		int length = snprintf(ret_path, PATH_MAX, "%.*s/%s", n, path, name);

		if (n > 0 && length < PATH_MAX && is_executable(ret_path, &number))
			return 0;
		path += n;
		path += *path == ':' ? 1 : 0;
	}
	return -number;
}

/* Ignored signals and the signal mask survive exec. */
static IN_CHILD int child_reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	/* SIGKILL, SIGSTOP and the C library's two signals fail with EINVAL. */
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigaction(number, &action, NULL) < 0 && errno != EINVAL)
			return -errno;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/*
 * Moves the sources to 0, 1, 2, 3, ... A source may have the number of another's target (preserve 4
 * as 3 and 3 as 4), so all are first copied above the targets, and from there down.
 */
static IN_CHILD int child_place_descriptors(struct child *child)
{
	const struct process_options *options = child->options;
	const int n_fds = N_STANDARD_FDS + (int)options->n_preserve_fds;
	int sources[MAX_CHILD_FDS] = {options->stdin_fd, options->stdout_fd, options->stderr_fd};
	int report_fd;
	int null_fd;

	for (size_t i = 0; i < options->n_preserve_fds; i++)
		sources[N_STANDARD_FDS + i] = options->preserve_fds[i];

	/* The report's descriptor is moved too: a target may overwrite it. */
	report_fd = fcntl(child->report_fd, F_DUPFD_CLOEXEC, n_fds);
	if (report_fd < 0)
		return -errno;
	child->report_fd = report_fd;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return -errno;
	for (int i = 0; i < n_fds; i++) {
		if (i < N_STANDARD_FDS && sources[i] < 0)
			sources[i] = null_fd;
		sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, n_fds);
		if (sources[i] < 0)
			return -errno;
	}

	/* dup2() clears O_CLOEXEC on the copy; everything above the targets gets it. */
	for (int i = 0; i < n_fds; i++)
		if (dup2(sources[i], i) < 0)
			return -errno;
	return close_range((unsigned int)n_fds, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

static IN_CHILD int child_die_with_parent(const struct child *child)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	/* In a PID namespace of its own the child cannot see the parent, alive or dead. */
	if (child->options->namespaces & CLONE_NEWPID)
		return 0;
	/* The parent may have died before the request took effect. */
	return getppid() == child->parent ? 0 : -ESRCH;
}

static IN_CHILD int child_enter_cgroups(const struct process_cgroups *cgroups)
{
	for (size_t i = 0; cgroups && i < cgroups->n_tasks_fds; i++)
		if (write(cgroups->tasks_fds[i], "0", 1) < 0)
			return -errno;
	return 0;
}

static IN_CHILD _Noreturn void child_fail(int report_fd, enum child_step step, int result)
{
	const struct child_failure failure = {.number = -result, .step = (int)step};

	/* Smaller than PIPE_BUF, and so atomic. If the parent is gone, nobody needs it. */
	if (write(report_fd, &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

static IN_CHILD _Noreturn void child_exec(struct child *child)
{
	const struct process_options *options = child->options;
	int result = child_enter_cgroups(options->cgroups);

	if (result < 0)
		child_fail(child->report_fd, CHILD_CGROUPS, result);
	result = child_die_with_parent(child);
	if (result < 0)
		child_fail(child->report_fd, CHILD_PARENT_DEATH, result);
	if (options->own_session && setsid() < 0)
		child_fail(child->report_fd, CHILD_SESSION, -errno);
	if (options->directory && chdir(options->directory) < 0)
		child_fail(child->report_fd, CHILD_DIRECTORY, -errno);
	result = child_place_descriptors(child);
	if (result < 0)
		child_fail(child->report_fd, CHILD_DESCRIPTORS, result);
	result = child_reset_signals();
	if (result < 0)
		child_fail(child->report_fd, CHILD_SIGNALS, result);
	execve(child->program, child->argv, child->envp);
	child_fail(child->report_fd, CHILD_EXEC, -errno);
}

static IN_CHILD int run_child(void *child)
{
	child_exec(child);
}

/*
 * Only clone3 can start a child in a v2 cgroup, and the C library does not wrap it: without a
 * wrapper the child cannot have its own stack in shared memory, so it gets a copy of the memory.
 */
static pid_t clone_into_cgroup(struct child *child, int cgroup_fd, int *ret_pidfd)
{
	struct clone_args arguments = {
		.flags = child->options->namespaces | CLONE_INTO_CGROUP | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (pid == 0)
		child_exec(child);
	return pid;
}

/*
 * Blocks all signals, so that no handler of the parent's runs in the child before its dispositions
 * are reset.
 */
static pid_t fork_child(struct child *child, int *ret_pidfd)
{
	_Alignas(16) char stack[CHILD_STACK_SIZE];
	const struct process_options *options = child->options;
	sigset_t all;
	sigset_t before;
	pid_t pid;
	int saved_errno;

	/* Fails only for a wrong first argument. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (options->cgroups && options->cgroups->v2_fd >= 0)
		pid = clone_into_cgroup(child, options->cgroups->v2_fd, ret_pidfd);
	else
		pid = clone(run_child, stack + sizeof(stack),
			IN_PARENTS_MEMORY | CLONE_PIDFD | SIGCHLD | (int)options->namespaces, child,
			ret_pidfd);
	saved_errno = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved_errno;
	return pid;
}

static int reap_child(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Waits until the child has executed its program, or has reported an error. */
static int await_exec(int report_fd, const char *program, struct error *error)
{
	static const char *const steps[] = {
		[CHILD_CGROUPS] = "enter its cgroup",
		[CHILD_SESSION] = "make a session of its own",
		[CHILD_DIRECTORY] = "enter its directory",
		[CHILD_PARENT_DEATH] = "bind it to the life of its parent",
		[CHILD_SIGNALS] = "reset its signals",
		[CHILD_DESCRIPTORS] = "place its descriptors",
	};
	struct child_failure failure;
	ssize_t n;

	do {
		n = read(report_fd, &failure, sizeof(failure));
	} while (n < 0 && errno == EINTR);

	if (n == 0)
		return 0;
	if (n < 0)
		return error_set_errno(error, errno, "cannot start %s", program);
	if (n != sizeof(failure))
		return error_set(error, EIO, "cannot start %s: its report is cut short", program);
	if (failure.step == CHILD_EXEC)
		return error_set_errno(error, failure.number, "cannot execute %s", program);
	return error_set_errno(
		error, failure.number, "cannot start %s: cannot %s", program, steps[failure.step]);
}

static int start_program(struct child *child, struct process *ret_process, struct error *error)
{
	CLEANUP(cleanup_close) int read_fd = -1;
	CLEANUP(cleanup_close) int write_fd = -1;
	CLEANUP(cleanup_close) int pidfd = -1;
	int fds[2];
	pid_t pid;
	int status;
	int result;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(
			error, errno, "cannot start %s: cannot make a pipe", child->program);
	read_fd = fds[0];
	write_fd = fds[1];

	child->report_fd = write_fd;
	pid = fork_child(child, &pidfd);
	if (pid < 0)
		return error_set_errno(
			error, errno, "cannot start %s: cannot fork", child->program);
	close(TAKE_FD(write_fd));
	result = await_exec(read_fd, child->program, error);
	if (result < 0) {
		kill(pid, SIGKILL);
		reap_child(pid, &status);
		return result;
	}
	*ret_process = (struct process){.pid = pid, .pidfd = TAKE_FD(pidfd)};
	return 0;
}

int process_start(
	const struct process_options *options, struct process *ret_process, struct error *error)
{
	char program[PATH_MAX];
	struct child child = {
		.program = program,
		.argv = (char *const *)options->argv,
		.envp = options->envp ? (char *const *)options->envp : environ,
		.options = options,
		.parent = getpid(),
		.report_fd = -1,
	};
	int result;

	if (!options->argv || !options->argv[0] || options->argv[0][0] == '\0')
		return error_set(error, EINVAL, "cannot start a program without a name");
	if (options->n_preserve_fds > MAX_PRESERVE_FDS)
		return error_set(error, EINVAL, "cannot hand %zu descriptors to %s: %d at most",
			options->n_preserve_fds, options->argv[0], MAX_PRESERVE_FDS);
	result = process_find_program(getenv("PATH"), options->argv[0], program);
	if (result < 0)
		return error_set_errno(error, -result, "cannot find %s in PATH", options->argv[0]);
	return start_program(&child, ret_process, error);
}

void process_cgroups_close(struct process_cgroups *cgroups)
{
	cleanup_close(&cgroups->v2_fd);
	for (size_t i = 0; i < cgroups->n_tasks_fds; i++)
		cleanup_close(&cgroups->tasks_fds[i]);
	*cgroups = PROCESS_CGROUPS_NONE;
}

int process_wait(struct process *process, int *ret_status, struct error *error)
{
	pid_t pid = process->pid;
	int status;
	int result;

	if (pid <= 0)
		return error_set(error, ECHILD, "cannot wait for a process that is not started");
	result = reap_child(pid, &status);
	cleanup_close(&process->pidfd);
	*process = PROCESS_NONE;
	if (result < 0)
		return error_set_errno(error, -result, "cannot wait for process %d", pid);
	if (ret_status)
		*ret_status = status;
	return 0;
}

int process_kill(struct process *process, struct error *error)
{
	if (process->pidfd < 0)
		return 0;
	if (syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return error_set_errno(error, errno, "cannot kill process %d", process->pid);
	return 0;
}
