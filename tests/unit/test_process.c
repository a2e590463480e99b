#include "util/process.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HELPER(...) (&(struct process_helper){.argv = ARGV(__VA_ARGS__)})

/* An unnamed file with this text, positioned at its start. */
static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, text, strlen(text)), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void assert_holds(int fd, const char *expected)
{
	char text[256] = "";

	assert_true(pread(fd, text, sizeof(text) - 1, 0) >= 0);
	assert_string_equal(text, expected);
}

static int run_to_status(const struct process_options *options)
{
	struct process process = PROCESS_NONE;
	int status = -1;

	assert_int_equal(process_start(options, &process, NULL), 0);
	assert_int_equal(process_wait(&process, &status, NULL), 0);
	assert_int_equal(process.pid, -1);
	assert_int_equal(process.pidfd, -1);
	return status;
}

static void test_process_start__places_standard_descriptors(void **state)
{
	int in = text_fd("hello\n");
	int out = text_fd("");
	int err = text_fd("");
	const struct process_options options = {
		.argv = ARGV("sh", "-c", "cat; echo problem >&2; exit 7"),
		.stdin_fd = in,
		.stdout_fd = out,
		.stderr_fd = err,
	};

	(void)state;
	assert_int_equal(run_to_status(&options), 7 << 8);
	assert_holds(out, "hello\n");
	assert_holds(err, "problem\n");
	close(in);
	close(out);
	close(err);
}

/* What is at 3 belongs at 5 and vice versa; another is passed twice. */
static void test_process_start__places_overlapping_descriptors(void **state)
{
	int out = fcntl(text_fd(""), F_DUPFD_CLOEXEC, 20);
	int a = text_fd("a");
	int b = text_fd("b");
	int c = text_fd("c");
	const int preserve_fds[] = {5, 4, 3, 4};
	const struct process_options options = {
		.argv = ARGV("sh", "-c",
			"cat <&3; cat <&5; cat <&4; "
			"[ /proc/$$/fd/4 -ef /proc/$$/fd/6 ] && echo =; "
			"ls -C -w 80 /proc/$$/fd; true"),
		.stdin_fd = -1,
		.stdout_fd = out,
		.stderr_fd = -1,
		.preserve_fds = preserve_fds,
		.n_preserve_fds = 4,
	};

	(void)state;
	/* In this order each number is free when its turn comes. */
	a = fcntl(a, F_DUPFD_CLOEXEC, 30);
	b = fcntl(b, F_DUPFD_CLOEXEC, 30);
	c = fcntl(c, F_DUPFD_CLOEXEC, 30);
	assert_int_equal(dup2(a, 3), 3);
	assert_int_equal(dup2(b, 4), 4);
	assert_int_equal(dup2(c, 5), 5);
	assert_int_equal(run_to_status(&options), 0);
	assert_holds(out, "cab=\n0  1  2  3  4  5  6\n");
	for (int fd = 3; fd < 40; fd++)
		close(fd);
}

/* The streams crossed: stdout's file is at 0 and stdin's at 1. */
static void test_process_start__places_crossed_streams(void **state)
{
	int saved_in = fcntl(0, F_DUPFD_CLOEXEC, 20);
	int saved_out = fcntl(1, F_DUPFD_CLOEXEC, 20);
	int in = text_fd("crossed");
	int out = text_fd("");
	const struct process_options options = {
		.argv = ARGV("cat"),
		.stdin_fd = 1,
		.stdout_fd = 0,
		.stderr_fd = -1,
	};
	int status;

	(void)state;
	dup2(out, 0);
	dup2(in, 1);
	status = run_to_status(&options);
	dup2(saved_in, 0);
	dup2(saved_out, 1);
	assert_int_equal(status, 0);
	assert_holds(out, "crossed");
	close(saved_in);
	close(saved_out);
	close(in);
	close(out);
}

static void test_process_start__closes_all_other_descriptors(void **state)
{
	int leaked = open("/dev/null", O_RDONLY);
	CLEANUP(cleanup_free) char *output = NULL;

	(void)state;
	assert_true(leaked >= 3);
	assert_int_equal(
		process_run(HELPER("sh", "-c", "ls -C -w 80 /proc/$$/fd; true"), &output, NULL), 0);
	assert_string_equal(output, "0  1  2\n");
	close(leaked);
}

/*
 * Signals 32 and 33 are glibc's own and cannot be set through it. Its posix_spawn starts children
 * with both ignored, such as make's (glibc 2.36, sysdeps/unix/sysv/linux/spawni.c).
 */
#define GLIBC_OWN_SIGNALS 0x180000000ul

static void test_process_start__resets_signals(void **state)
{
	CLEANUP(cleanup_free) char *output = NULL;
	sigset_t blocked;
	sigset_t after;
	unsigned long child_blocked;
	unsigned long child_ignored;
	int result;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGRTMIN + 3, SIG_IGN);
	result = process_run(
		HELPER("grep", "-E", "SigBlk|SigIgn", "/proc/self/status"), &output, NULL);
	sigprocmask(SIG_UNBLOCK, &blocked, &after);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGRTMIN + 3, SIG_DFL);

	assert_int_equal(result, 0);
	assert_int_equal(
		sscanf(output, "SigBlk:\t%lx\nSigIgn:\t%lx\n", &child_blocked, &child_ignored), 2);
	assert_int_equal(child_blocked, 0);
	assert_int_equal(child_ignored & ~GLIBC_OWN_SIGNALS, 0);
	/* The caller's own mask is unchanged. */
	assert_int_equal(sigismember(&after, SIGTERM), 1);
	assert_int_equal(sigismember(&after, SIGINT), 0);
}

static void test_process_start__passes_its_environment(void **state)
{
	int out = text_fd("");
	const struct process_options options = {
		.argv = ARGV("env"),
		.envp = ARGV("ONE=1", "TWO=two words"),
		.stdin_fd = -1,
		.stdout_fd = out,
		.stderr_fd = -1,
	};

	(void)state;
	assert_int_equal(run_to_status(&options), 0);
	assert_holds(out, "ONE=1\nTWO=two words\n");
	close(out);
}

static void test_process_start__reports_what_cannot_be_executed(void **state)
{
	struct process process = PROCESS_NONE;
	struct process_options options = {.argv = ARGV("memcg-run-no-such-program")};
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(process_start(&options, &process, &error), -ENOENT);
	assert_string_equal(error.text,
		"cannot find memcg-run-no-such-program in PATH: No such file or directory");

	options.argv = ARGV("/no/such/program");
	assert_int_equal(process_start(&options, &process, &error), -ENOENT);
	assert_string_equal(
		error.text, "cannot execute /no/such/program: No such file or directory");

	options.argv = ARGV("/etc/passwd");
	assert_int_equal(process_start(&options, &process, &error), -EACCES);
	options.argv = ARGV("");
	assert_int_equal(process_start(&options, &process, &error), -EINVAL);
	assert_int_equal(process.pid, -1);

	/* No child remains. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* execvp() would have passed this one to /bin/sh. */
static void test_process_start__never_asks_a_shell(void **state)
{
	char path[] = "/tmp/memcg-run-test-process-XXXXXX";
	int fd = mkstemp(path);
	struct process process = PROCESS_NONE;
	const struct process_options options = {.argv = ARGV(path)};
	int result;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_write_fd(fd, "exit 0\n", 7), 0);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	result = process_start(&options, &process, NULL);
	unlink(path);
	assert_int_equal(result, -ENOEXEC);
}

static void test_process_start__reports_descriptors_that_are_not_open(void **state)
{
	struct process process = PROCESS_NONE;
	const int closed_fd = 900;
	struct process_options options = {
		.argv = ARGV("true"),
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.preserve_fds = &closed_fd,
		.n_preserve_fds = 1,
	};
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(process_start(&options, &process, &error), -EBADF);
	assert_non_null(strstr(error.text, "cannot place its descriptors: Bad file descriptor"));
	options.n_preserve_fds = 9;
	assert_int_equal(process_start(&options, &process, &error), -EINVAL);
	assert_string_equal(error.text, "cannot hand 9 descriptors to true: 8 at most");
}

static void test_process_kill__ends_it_and_may_come_late(void **state)
{
	struct process process = PROCESS_NONE;
	const struct process_options options = {
		.argv = ARGV("sleep", "1000"),
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
	};
	struct pollfd end;
	int status = 0;

	(void)state;
	assert_int_equal(process_start(&options, &process, NULL), 0);
	end = (struct pollfd){.fd = process.pidfd, .events = POLLIN};
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(fcntl(process.pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(process_kill(&process, NULL), 0);
	assert_int_equal(poll(&end, 1, 10000), 1);
	assert_int_equal(process_kill(&process, NULL), 0);
	assert_int_equal(process_wait(&process, &status, NULL), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(process_kill(&process, NULL), 0);
	assert_int_equal(process_wait(&process, &status, NULL), -ECHILD);
}

/* A forked_work: starts a process that holds the descriptor, and ends. */
static int start_sleep(void *context)
{
	const int *fd = context;
	struct process process;
	const struct process_options options = {
		.argv = ARGV("sleep", "1000"),
		.stdin_fd = -1,
		.stdout_fd = *fd,
		.stderr_fd = -1,
	};

	return process_start(&options, &process, NULL) == 0 ? 0 : 1;
}

/*
 * A parent between this test and the sleeper ends; the sleeper must follow. It holds the write end
 * of a pipe, whose end of file shows its own end.
 */
static void test_process_start__does_not_outlive_its_parent(void **state)
{
	struct pollfd end = {.events = POLLIN};
	pid_t parent;
	int fds[2];
	char byte;

	(void)state;
	/* This test waits for it, not PID 1, which may be this process. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	parent = forked_start(start_sleep, &fds[1]);
	close(fds[1]);
	end.fd = fds[0];
	assert_int_equal(poll(&end, 1, 10000), 1);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	assert_int_equal(forked_wait(parent), 0);
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static void test_process_start__works_where_it_is_told(void **state)
{
	int out = text_fd("");
	const struct process_options options = {
		.argv = ARGV("pwd"),
		.stdin_fd = -1,
		.stdout_fd = out,
		.stderr_fd = -1,
		.directory = "/usr",
	};
	struct process_options missing = options;
	struct process process = PROCESS_NONE;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(run_to_status(&options), 0);
	assert_holds(out, "/usr\n");
	missing.directory = "/there-is-none";
	assert_int_equal(process_start(&missing, &process, &error), -ENOENT);
	assert_non_null(strstr(error.text, "cannot enter its directory: No such file"));
	close(out);
}

/* Fields 1, 5 and 6 of /proc/self/stat: the process, its group and its session. */
static void test_process_start__gives_a_session_of_its_own(void **state)
{
	struct process_options options = {
		.argv = ARGV("awk", "{ exit !($5 == $1 && $6 == $1) }", "/proc/self/stat"),
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
	};

	(void)state;
	assert_int_equal(run_to_status(&options), 1 << 8);
	options.own_session = true;
	assert_int_equal(run_to_status(&options), 0);
}

static void test_process_run__kills_one_that_does_not_end(void **state)
{
	const struct process_helper helper = {
		.argv = ARGV("sleep", "1000"), .limit_ns = 10 * NS_PER_MS};
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(process_run(&helper, NULL, &error), -ETIMEDOUT);
	assert_string_equal(error.text, "sleep did not end within 10.0 ms, and was killed");
	/* It was reaped, too. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_process_run__gives_a_session_of_its_own(void **state)
{
	struct process_helper helper = {
		.argv = ARGV("awk", "{ print ($6 == $1) }", "/proc/self/stat")};
	CLEANUP(cleanup_free) char *together = NULL;
	CLEANUP(cleanup_free) char *apart = NULL;

	(void)state;
	assert_int_equal(process_run(&helper, &together, NULL), 0);
	assert_string_equal(together, "0\n");
	helper.own_session = true;
	assert_int_equal(process_run(&helper, &apart, NULL), 0);
	assert_string_equal(apart, "1\n");
}

static void test_process_run__works_where_it_is_told(void **state)
{
	const struct process_helper helper = {.argv = ARGV("pwd"), .directory = "/proc"};
	CLEANUP(cleanup_free) char *output = NULL;

	(void)state;
	assert_int_equal(process_run(&helper, &output, NULL), 0);
	assert_string_equal(output, "/proc\n");
}

static void test_process_start__gives_namespaces_of_its_own(void **state)
{
	const struct process_options options = {
		.argv = ARGV("sh", "-c", "sleep 1000 & exit $$"),
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.namespaces = CLONE_NEWPID,
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	/* PID 1 of its namespace: its pid is its exit code, and the sleeper ends with it. */
	assert_int_equal(run_to_status(&options), 1 << 8);
}

static void test_process_start__enters_its_cgroups_by_itself(void **state)
{
	int tasks[] = {text_fd(""), text_fd("")};
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct process_cgroups cgroups = {
		.v2_fd = -1, .tasks_fds = {tasks[0], tasks[1]}, .n_tasks_fds = 2};
	const struct process_options options = {
		.argv = ARGV("true"),
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.cgroups = &cgroups,
	};
	struct process process = PROCESS_NONE;
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(run_to_status(&options), 0);
	assert_holds(tasks[0], "0");
	assert_holds(tasks[1], "0");
	close(tasks[1]);
	cgroups.tasks_fds[1] = full;
	assert_int_equal(process_start(&options, &process, &error), -ENOSPC);
	assert_non_null(strstr(error.text, "cannot enter its cgroup"));
	process_cgroups_close(&cgroups);
	assert_int_equal(cgroups.n_tasks_fds, 0);
	assert_int_equal(fcntl(full, F_GETFD), -1);
}

static void test_process_run__merges_output_in_order(void **state)
{
	CLEANUP(cleanup_free) char *output = NULL;

	(void)state;
	assert_int_equal(
		process_run(HELPER("sh", "-c", "echo a; echo b >&2; echo c; cat"), &output, NULL),
		0);
	assert_string_equal(output, "a\nb\nc\n");
	assert_int_equal(process_run(HELPER("true"), NULL, NULL), 0);
}

/*
 * 0000000 to 0099999 at 8 bytes per line are 800000; the last 65536 are 8192 lines, from 0091808
 * on.
 */
static void test_process_run__keeps_the_last_64_kib(void **state)
{
	CLEANUP(cleanup_free) char *output = NULL;

	(void)state;
	assert_int_equal(
		process_run(HELPER("seq", "-f", "%07.0f", "0", "99999"), &output, NULL), 0);
	assert_int_equal(strlen(output), 65536);
	assert_memory_equal(output, "0091808\n0091809\n", 16);
	assert_string_equal(output + 65536 - 8, "0099999\n");
}

static void test_process_run__quotes_the_last_line(void **state)
{
	struct error error = ERROR_INIT;
	char *output = NULL;

	(void)state;
	assert_int_equal(
		process_run(HELPER("sh", "-c", "echo one; echo 'no such thing' >&2; echo; exit 3"),
			&output, &error),
		-EIO);
	assert_string_equal(error.text, "sh exited with code 3: no such thing");
	assert_null(output);
	assert_int_equal(process_run(HELPER("false"), NULL, &error), -EIO);
	assert_string_equal(error.text, "false exited with code 1");
	assert_int_equal(
		process_run(HELPER("sh", "-c", "echo x; kill -TERM $$"), NULL, &error), -EIO);
	assert_string_equal(error.text, "sh was ended by signal 15 (SIGTERM): x");
}

/* The sleeper holds stdout. Only the end of its parent counts; then it is killed by its pid. */
static void test_process_run__does_not_wait_for_what_is_left_running(void **state)
{
	CLEANUP(cleanup_free) char *output = NULL;
	pid_t sleeper;

	(void)state;
	assert_int_equal(process_run(HELPER("sh", "-c", "sleep 1000 & echo $!"), &output, NULL), 0);
	sleeper = (pid_t)strtol(output, NULL, 10);
	assert_true(sleeper > 1);
	assert_int_equal(kill(sleeper, SIGKILL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_start__places_standard_descriptors),
		cmocka_unit_test(test_process_start__places_overlapping_descriptors),
		cmocka_unit_test(test_process_start__places_crossed_streams),
		cmocka_unit_test(test_process_start__closes_all_other_descriptors),
		cmocka_unit_test(test_process_start__resets_signals),
		cmocka_unit_test(test_process_start__passes_its_environment),
		cmocka_unit_test(test_process_start__reports_what_cannot_be_executed),
		cmocka_unit_test(test_process_start__never_asks_a_shell),
		cmocka_unit_test(test_process_start__reports_descriptors_that_are_not_open),
		cmocka_unit_test(test_process_kill__ends_it_and_may_come_late),
		cmocka_unit_test(test_process_start__does_not_outlive_its_parent),
		cmocka_unit_test(test_process_start__works_where_it_is_told),
		cmocka_unit_test(test_process_start__gives_a_session_of_its_own),
		cmocka_unit_test(test_process_start__gives_namespaces_of_its_own),
		cmocka_unit_test(test_process_start__enters_its_cgroups_by_itself),
		cmocka_unit_test(test_process_run__kills_one_that_does_not_end),
		cmocka_unit_test(test_process_run__gives_a_session_of_its_own),
		cmocka_unit_test(test_process_run__works_where_it_is_told),
		cmocka_unit_test(test_process_run__merges_output_in_order),
		cmocka_unit_test(test_process_run__keeps_the_last_64_kib),
		cmocka_unit_test(test_process_run__quotes_the_last_line),
		cmocka_unit_test(test_process_run__does_not_wait_for_what_is_left_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
