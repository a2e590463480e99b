#pragma once

/*
 * The launcher without a container: build/libexec/memcg-run/launcher with the runner's end of the
 * gate. The task is the test's own program ("--task WHAT"), which returns what it sees as its exit
 * code.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/gate.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/process.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define TIMEOUT_MS 20000

struct fixture {
	char self[PATH_MAX];
	char launcher[PATH_MAX];
	struct gate gate;
	struct process process;
	char leaf[PATH_MAX]; /* a cgroup to remove; "" for none */
	char folder[64];     /* a folder to remove; "" for none */
};

/* ---- the task's side */

static inline int task_main(const char *what)
{
	if (strcmp(what, "seven") == 0)
		return 7;
	if (strcmp(what, "abort") == 0)
		return raise(SIGKILL);
	if (strcmp(what, "forever") == 0)
		for (;;)
			pause();
	if (strcmp(what, "getpriority") == 0) {
		errno = 0;
		getpriority(PRIO_PROCESS, 0);
		return errno;
	}
	if (strcmp(what, "no-new-privileges") == 0)
		return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	if (strcmp(what, "descriptors") == 0) {
		int n = 0;

		for (int fd = 3; fd < 64; fd++)
			n += fcntl(fd, F_GETFD) >= 0;
		return n;
	}
	if (strcmp(what, "child-signal") == 0) {
		sigset_t blocked;

		sigprocmask(SIG_SETMASK, NULL, &blocked);
		return sigismember(&blocked, SIGCHLD);
	}
	return 99;
}

/* ---- the runner's side */

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	ssize_t length;
	char *cut;

	*state = fixture;
	if (!fixture)
		return -1;
	length = readlink("/proc/self/exe", fixture->self, sizeof(fixture->self) - 1);
	if (length < 0)
		return -1;
	strcpy(fixture->launcher, fixture->self);
	for (int i = 0; i < 3; i++) {
		cut = strrchr(fixture->launcher, '/');
		if (!cut)
			return -1;
		*cut = '\0';
	}
	strcat(fixture->launcher, "/libexec/memcg-run/launcher");
	fixture->process = PROCESS_NONE;
	fixture->gate = GATE_CLOSED;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	gate_close(&fixture->gate);
	process_kill(&fixture->process, NULL);
	if (fixture->process.pid > 0)
		process_wait(&fixture->process, NULL, NULL);
	if (fixture->folder[0])
		file_remove_tree(AT_FDCWD, fixture->folder, NULL);
	if (fixture->leaf[0]) {
		rmdir(fixture->leaf);
		*strrchr(fixture->leaf, '/') = '\0';
		rmdir(fixture->leaf); /* removed together with the last one in it */
	}
	free(fixture);
	return 0;
}

/* Starts argv with the gate as 3 and, unless it is -1, `extra_fd` as 4. */
static inline void start(struct fixture *fixture, const char *const *argv, int extra_fd)
{
	struct error error = ERROR_INIT;
	struct process_options options = {
		.argv = argv, .stdin_fd = -1, .stdout_fd = 1, .stderr_fd = 2};
	int fds[2];

	assert_int_equal(gate_open(&fixture->gate, &error), 0);
	fds[0] = fixture->gate.child_fd;
	fds[1] = extra_fd;
	options.preserve_fds = fds;
	options.n_preserve_fds = extra_fd < 0 ? 1 : 2;
	if (process_start(&options, &fixture->process, &error) < 0)
		fail_msg("%s", error.text);
	gate_hand_over(&fixture->gate);
}

static inline void start_task(struct fixture *fixture, const char *what)
{
	const char *argv[] = {fixture->launcher, "--", fixture->self, "--task", what, NULL};

	start(fixture, argv, -1);
}

/* Receives the next message, which must be of this type; returns its sender. */
static inline pid_t expect(
	struct fixture *fixture, uint32_t type, struct control_message *ret_message)
{
	struct pollfd watched = {.fd = fixture->gate.fd, .events = POLLIN};
	struct error error = ERROR_INIT;
	pid_t pid = -1;

	assert_int_equal(poll(&watched, 1, TIMEOUT_MS), 1);
	assert_int_equal(gate_receive(&fixture->gate, ret_message, &pid, &error), 0);
	assert_int_equal(ret_message->type, type);
	return pid;
}

static inline void say(struct fixture *fixture, enum control_type type)
{
	assert_int_equal(gate_send(&fixture->gate, type, NULL), 0);
}

static inline int launcher_status(struct fixture *fixture)
{
	int status = -1;

	assert_int_equal(process_wait(&fixture->process, &status, NULL), 0);
	return status;
}

/* READY, CHILD, GO, EXIT, DONE; the launcher's exit code must match the child's. */
static inline struct control_message run_to_end(struct fixture *fixture, int expected_launcher_code)
{
	struct control_message message;
	int status;

	assert_int_equal(expect(fixture, CONTROL_READY, &message), fixture->process.pid);
	assert_int_not_equal(expect(fixture, CONTROL_CHILD, &message), fixture->process.pid);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	status = launcher_status(fixture);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected_launcher_code);
	return message;
}

/* "<name>:  <number>" of /proc/PID/status; 0 if missing. */
static inline unsigned long status_field(pid_t pid, const char *name)
{
	char path[64];
	CLEANUP(cleanup_free) char *text = NULL;
	const char *line;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	assert_int_equal(file_read(AT_FDCWD, path, 65536, &text, &length, NULL), 0);
	line = strstr(text, name);
	return line ? strtoul(line + strlen(name) + 1, NULL, 10) : 0;
}

static inline void wait_until_gone(int pidfd)
{
	struct pollfd watched = {.fd = pidfd, .events = POLLIN};

	assert_int_equal(poll(&watched, 1, TIMEOUT_MS), 1);
}

#define LAUNCHER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
