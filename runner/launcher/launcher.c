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

#include "runner/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
			.time_ns = launcher_now_ns(),
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
	struct control_message end;
	pid_t pid;

	if (!words)
		return 0;
	pid = launcher_clone_helper(launcher, words);
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
		.time_ns = launcher_now_ns(),
	};

	launcher_failed(stage, error_number);
	launcher_send(&end);
	launcher_wait_for(CONTROL_DONE);
	return EXIT_LAUNCHER;
}

/* The child waits for it: no code of the task runs beside a launcher that has more. */
static int drop_beside_task(const struct launcher *launcher)
{
	const uint64_t once = 1;
	const int error_number = launcher_drop_capabilities(launcher, true);

	if (error_number)
		return error_number;
	return write(launcher->dropped_fd, &once, sizeof(once)) < 0 ? errno : 0;
}

/* The task, from its standard input to its end. Returns the launcher's exit code; -1 if the runner went away. */
static int run_task(struct launcher *launcher)
{
	struct control_message end;
	int error_number = open_stdin(launcher);
	pid_t child;

	if (error_number)
		return give_up(CONTROL_STAGE_STDIN, error_number);
	launcher->dropped_fd = eventfd(0, EFD_CLOEXEC);
	if (launcher->dropped_fd < 0)
		return give_up(CONTROL_STAGE_FORK, errno);
	child = launcher_clone_task(launcher);
	if (child < 0)
		return give_up(CONTROL_STAGE_FORK, errno);
	if (drop_beside_task(launcher) != 0)
		kill(child, SIGKILL);
	if (!wait_for_child(launcher, child, &end))
		return -1;
	launcher_send(&end);
	if (!launcher_wait_for(CONTROL_DONE))
		return -1;
	return WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status)
					  : 128 + WTERMSIG(end.wait_status);
}

/* Of a task that ended well. */
static void check_output(const struct launcher *launcher)
{
	const int status = run_helper(launcher, launcher->check);

	if (status != 0)
		launcher_failed(CONTROL_STAGE_CHECK, status);
	if (launcher->check)
		launcher_announce(CONTROL_CHECKED);
}

static int run(struct launcher *launcher)
{
	int error_number, status, code;

	launcher_announce(CONTROL_READY);
	error_number = launcher_show_host(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_HOST, error_number);
	error_number = launcher_take_folder(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FOLDER, error_number);
	error_number = launcher_show_writable(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_WRITABLE, error_number);
	error_number = launcher_drop_capabilities(launcher, false);
	if (error_number)
		return give_up(CONTROL_STAGE_FORK, error_number);
	error_number = launcher_read_filter(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FILTER, error_number);
	error_number = catch_child_end(launcher);
	if (error_number)
		return give_up(CONTROL_STAGE_FORK, error_number);
	status = run_helper(launcher, launcher->prepare);
	if (status != 0)
		return give_up(CONTROL_STAGE_PREPARE, status);
	if (launcher->prepare)
		launcher_announce(CONTROL_PREPARED);
	code = run_task(launcher);
	if (code < 0)
		return EXIT_LAUNCHER;
	if (code == 0)
		check_output(launcher);
	/* Also where the task could not be started: what was prepared is there. */
	status = run_helper(launcher, launcher->cleanup);
	if (status != 0)
		launcher_failed(CONTROL_STAGE_CLEANUP, status);
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
	launcher.writable.path = NULL;
	launcher.writable.idmap_fd = -1;
	launcher.writable.ret_upper_fd = NULL;
	launcher.keep = false;
	launcher.has_user = false;
	launcher.n_groups = 0;
	launcher.channel_folder = NULL;
	launcher.prepare = NULL;
	launcher.check = NULL;
	launcher.cleanup = NULL;
	launcher.leaf = NULL;
	hide_from_task();
	if (!launcher_options_parse(&launcher, argv)) {
		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_LAUNCHER;
	}
	return run(&launcher);
}
