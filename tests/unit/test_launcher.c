/*
 * The launcher without a container: build/libexec/memcg-run/launcher over the runner's own end of the
 * gate. The task is this program again ("--task WHAT"), so that what it sees comes back as exit code.
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

#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

static int task_main(const char *what)
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

static int setup(void **state)
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

static int teardown(void **state)
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
		rmdir(fixture->leaf); /* goes with the last one in it */
	}
	free(fixture);
	return 0;
}

/* Starts argv with the gate as 3 and, where it is not -1, `extra_fd` as 4. */
static void start(struct fixture *fixture, const char *const *argv, int extra_fd)
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

static void start_task(struct fixture *fixture, const char *what)
{
	const char *argv[] = {fixture->launcher, "--", fixture->self, "--task", what, NULL};

	start(fixture, argv, -1);
}

/* The next message, which must be of this type; returns who sent it. */
static pid_t expect(struct fixture *fixture, uint32_t type, struct control_message *ret_message)
{
	struct pollfd watched = {.fd = fixture->gate.fd, .events = POLLIN};
	struct error error = ERROR_INIT;
	pid_t pid = -1;

	assert_int_equal(poll(&watched, 1, TIMEOUT_MS), 1);
	assert_int_equal(gate_receive(&fixture->gate, ret_message, &pid, &error), 0);
	assert_int_equal(ret_message->type, type);
	return pid;
}

static void say(struct fixture *fixture, enum control_type type)
{
	assert_int_equal(gate_send(&fixture->gate, type, NULL), 0);
}

static int launcher_status(struct fixture *fixture)
{
	int status = -1;

	assert_int_equal(process_wait(&fixture->process, &status, NULL), 0);
	return status;
}

/* READY, CHILD, GO, EXIT, DONE; the launcher's own end must agree with the child's. */
static struct control_message run_to_end(struct fixture *fixture, int expected_launcher_code)
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

/* "<name>:  <number>" of /proc/PID/status; 0 where it is not there. */
static unsigned long status_field(pid_t pid, const char *name)
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

static void wait_until_gone(int pidfd)
{
	struct pollfd watched = {.fd = pidfd, .events = POLLIN};

	assert_int_equal(poll(&watched, 1, TIMEOUT_MS), 1);
}

/* A cgroup of this test's own where cgroup2 is mounted; -1 where that cannot be. */
static int make_leaf(struct fixture *fixture)
{
	static const char *const mounts[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		CLEANUP(cleanup_free)
		char *control = string_format("%s/cgroup.subtree_control", mounts[i]);
		CLEANUP(cleanup_free) char *parent = string_format("%s/memcg-run.slice", mounts[i]);

		if (access(control, F_OK) < 0)
			continue;
		mkdir(parent, 0755);
		snprintf(fixture->leaf, sizeof(fixture->leaf), "%s/test-launcher-%d.slice", parent,
			(int)getpid());
		if (mkdir(fixture->leaf, 0755) == 0)
			return open(fixture->leaf, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fixture->leaf[0] = '\0';
	}
	return -1;
}

/* ---- seccomp programs */

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* getpriority fails with EDOM, an errno that it never gives by itself; all else is allowed. */
static int filter_file(size_t n_copies)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		ALLOW,
	};
	int fd = memfd_create("filter", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n_copies; i++)
		assert_int_equal(file_write_fd(fd, program, sizeof(program)), 0);
	return fd;
}

static void start_with_filter(struct fixture *fixture, int filter_fd, const char *what)
{
	const char *argv[] = {
		fixture->launcher, "--filter-fd", "4", "--", fixture->self, "--task", what, NULL};

	start(fixture, argv, filter_fd);
}

/* ---- tests */

static void test_launcher__reports_exit_code(void **state)
{
	struct control_message end;

	start_task(*state, "seven");
	end = run_to_end(*state, 7);
	assert_true(WIFEXITED(end.wait_status));
	assert_int_equal(WEXITSTATUS(end.wait_status), 7);
}

static void test_launcher__reports_signal(void **state)
{
	struct control_message end;

	start_task(*state, "abort");
	end = run_to_end(*state, 137);
	assert_true(WIFSIGNALED(end.wait_status));
	assert_int_equal(WTERMSIG(end.wait_status), SIGKILL);
}

static void test_launcher__searches_path(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--", "false", NULL};
	struct control_message end;

	start(fixture, argv, -1);
	end = run_to_end(fixture, 1);
	assert_int_equal(end.wait_status, 1 << 8);
}

static void test_launcher__missing_program_fails_at_exec(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--", "/nonexistent/program", NULL};
	struct control_message message;
	pid_t child;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	assert_int_equal(expect(fixture, CONTROL_FAILED, &message), child);
	assert_int_equal(message.stage, CONTROL_STAGE_EXEC);
	assert_int_equal(message.error_number, ENOENT);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 127 << 8);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 127 << 8);
}

static void test_launcher__task_has_no_filter_unless_given(void **state)
{
	start_task(*state, "getpriority");
	run_to_end(*state, 0);
}

static void test_launcher__installs_filter(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	start_with_filter(*state, filter_fd, "getpriority");
	run_to_end(*state, EDOM);
}

static void test_launcher__takes_longest_filter(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1024);

	start_with_filter(*state, filter_fd, "getpriority");
	run_to_end(*state, EDOM);
}

static void expect_filter_failure(struct fixture *fixture, int error_number)
{
	struct control_message message;

	expect(fixture, CONTROL_READY, &message);
	assert_int_equal(expect(fixture, CONTROL_FAILED, &message), fixture->process.pid);
	assert_int_equal(message.stage, CONTROL_STAGE_FILTER);
	assert_int_equal(message.error_number, error_number);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

static void test_launcher__refuses_filter_that_is_too_long(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1025);

	start_with_filter(*state, filter_fd, "seven");
	expect_filter_failure(*state, E2BIG);
}

static void test_launcher__refuses_half_an_instruction(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	assert_int_equal(ftruncate(filter_fd, 28), 0);
	start_with_filter(*state, filter_fd, "seven");
	expect_filter_failure(*state, EINVAL);
}

/* The kernel's verifier refuses a program that does not end in a return. */
static void test_launcher__reports_filter_that_kernel_refuses(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);
	struct control_message message;

	assert_int_equal(ftruncate(filter_fd, 8), 0);
	start_with_filter(*state, filter_fd, "seven");
	expect(*state, CONTROL_READY, &message);
	expect(*state, CONTROL_CHILD, &message);
	say(*state, CONTROL_GO);
	expect(*state, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_FILTER);
	assert_int_equal(message.error_number, EINVAL);
	expect(*state, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
}

static void test_launcher__task_gets_no_new_privileges(void **state)
{
	start_task(*state, "no-new-privileges");
	run_to_end(*state, 1);
}

static void test_launcher__task_gets_no_descriptor_of_ours(void **state)
{
	CLEANUP(cleanup_close) int filter_fd = filter_file(1);

	start_with_filter(*state, filter_fd, "descriptors");
	run_to_end(*state, 0);
}

static void test_launcher__task_does_not_inherit_blocked_signal(void **state)
{
	start_task(*state, "child-signal");
	run_to_end(*state, 0);
}

static void test_launcher__holds_less_than_a_mebibyte_at_the_gate(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int filter_fd = filter_file(1024);
	struct control_message message;
	unsigned long launcher_kib, child_kib;
	pid_t child;

	start_with_filter(fixture, filter_fd, "seven");
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	launcher_kib = status_field(fixture->process.pid, "VmRSS:");
	child_kib = status_field(child, "VmRSS:");
	print_message("launcher %lu KiB, child %lu KiB\n", launcher_kib, child_kib);
	assert_in_range(launcher_kib, 1, 1023);
	assert_in_range(child_kib, 1, 1023);
}

/* exec keeps the high-water mark of the image before it: the task must not get this program's. */
static void test_launcher__task_does_not_inherit_high_water_mark(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--", "true", NULL};
	const size_t size = 64 << 20;
	char *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct control_message end;

	assert_ptr_not_equal(block, MAP_FAILED);
	start(fixture, argv, -1);
	munmap(block, size);
	end = run_to_end(fixture, 0);
	assert_in_range(end.maxrss_bytes, 4096, 8 << 20);
}

static void test_launcher__task_killed_at_the_gate_ends_the_trial(void **state)
{
	struct fixture *fixture = *state;
	struct control_message message;
	pid_t child;

	start_task(fixture, "forever");
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	assert_int_equal(kill(child, SIGKILL), 0);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(WTERMSIG(message.wait_status), SIGKILL);
	/* The runner may not know yet, and open the gate. */
	say(fixture, CONTROL_GO);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 137 << 8);
}

static void test_launcher__hang_up_at_the_gate_ends_it(void **state)
{
	struct fixture *fixture = *state;
	struct control_message message;

	start_task(fixture, "forever");
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	gate_close(&fixture->gate);
	/* Which of the two the launcher sees first is open: the hang-up, or the child that saw it. */
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

static void test_launcher__hang_up_kills_the_running_task(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_close) int pidfd = -1;
	struct control_message message;
	pid_t child;

	start_task(fixture, "forever");
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	assert_true(pidfd >= 0);
	say(fixture, CONTROL_GO);
	gate_close(&fixture->gate);
	wait_until_gone(pidfd);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

/* As in a container: the kernel translates the pids, and orphans are the launcher's. */
static void test_launcher__is_first_process_of_a_pid_namespace(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {"unshare", "--pid", "--fork", "--kill-child", fixture->launcher, "--",
		"sh", "-c", "sh -c 'exit 3' & sh -c 'sleep 1000' & exit 5", NULL};
	struct control_message message;
	pid_t launcher, child;

	if (geteuid() != 0)
		skip();
	start(fixture, argv, -1);
	launcher = expect(fixture, CONTROL_READY, &message);
	assert_int_equal(status_field(launcher, "PPid:"), fixture->process.pid);
	child = expect(fixture, CONTROL_CHILD, &message);
	assert_int_equal(status_field(child, "PPid:"), launcher);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 5 << 8);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 5 << 8);
}

static void test_launcher__starts_task_in_the_leaf(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--leaf-fd", "4", "--", fixture->self, "--task",
		"forever", NULL};
	struct control_message message;
	CLEANUP(cleanup_close) int leaf_fd = make_leaf(fixture);
	CLEANUP(cleanup_free) char *text = NULL, *path = NULL, *line = NULL;
	size_t length;
	pid_t child;

	if (leaf_fd < 0)
		skip();
	start(fixture, argv, leaf_fd);
	expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	path = string_format("/proc/%d/cgroup", (int)child);
	line = string_format("/test-launcher-%d.slice\n", (int)getpid());
	assert_int_equal(file_read(AT_FDCWD, path, 65536, &text, &length, NULL), 0);
	kill(child, SIGKILL);
	expect(fixture, CONTROL_EXIT, &message);
	assert_non_null(strstr(text, line));
}

/* As on v1: the child says that it has come in, by the kernel's word for "myself". */
static void test_launcher__child_enters_the_leaf_by_itself(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {
		fixture->launcher, "--tasks-fd", "4", "--", fixture->self, "--task", "seven", NULL};
	CLEANUP(cleanup_close) int tasks_fd = memfd_create("tasks", MFD_CLOEXEC);
	struct control_message message;
	char text[8];

	start(fixture, argv, tasks_fd);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	assert_int_equal(pread(tasks_fd, text, sizeof(text), 0), 1);
	assert_int_equal(text[0], '0');
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 7 << 8);
}

static void test_launcher__reports_a_leaf_that_cannot_be_entered(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--tasks-fd", "4", "--", "true", NULL};
	CLEANUP(cleanup_close) int tasks_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct control_message message;

	start(fixture, argv, tasks_fd);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_LEAF);
	assert_int_equal(message.error_number, ENOSPC);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
}

/* Before the gate, so that the runner can ask where the task will run. */
static void test_launcher__child_takes_its_cpus(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *cpus = NULL;
	const char *argv[] = {fixture->launcher, "--cpus", NULL, "--", "true", NULL};
	struct control_message message;
	cpu_set_t allowed, got, expected;
	size_t cpu = CPU_SETSIZE - 1;
	pid_t launcher, child;

	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	while (!CPU_ISSET(cpu, &allowed))
		cpu--;
	/* What is not there is passed over by the kernel, as long as one is: 1020 to 1023 are not here. */
	cpus = string_format("%zu,1020-1023", cpu);
	argv[2] = cpus;
	start(fixture, argv, -1);
	launcher = expect(fixture, CONTROL_READY, &message);
	child = expect(fixture, CONTROL_CHILD, &message);
	CPU_ZERO(&expected);
	CPU_SET(cpu, &expected);
	assert_int_equal(sched_getaffinity(child, sizeof(got), &got), 0);
	assert_true(CPU_EQUAL(&got, &expected));
	assert_int_equal(sched_getaffinity(launcher, sizeof(got), &got), 0);
	assert_true(CPU_EQUAL(&got, &allowed));
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 0);
}

static void test_launcher__bad_lists_of_cpus_are_refused(void **state)
{
	static const char *const bad[] = {"", "x", "1-", "-1", "1,", "0 ", "1024", "0-1-2"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *argv[] = {fixture->launcher, "--cpus", bad[i], "--", "true", NULL};
		const struct process_options options = {
			.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

		assert_int_equal(process_start(&options, &fixture->process, NULL), 0);
		assert_int_equal(launcher_status(fixture), 125 << 8);
	}
}

static void test_launcher__reports_cpus_that_are_not_there(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--cpus", "1023", "--", "true", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_CPUS);
	assert_int_equal(message.error_number, EINVAL);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
}

/* A folder stands for the leaf, and /mnt for where a container shows it. */
static void test_launcher__shows_its_own_processes_and_the_leaf_on_a_host(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {"unshare", "--pid", "--mount", "--fork", "--kill-child",
		fixture->launcher, "--host", fixture->folder, "/mnt", "--", "sh", "-c",
		"test $(cat /mnt/memory.current) = 42 && test $(readlink /proc/self) -lt 10 && "
		"! touch /mnt/x 2>/dev/null",
		NULL};
	CLEANUP(cleanup_free) char *file = NULL;
	struct control_message message;

	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX")));
	file = string_format("%s/memory.current", fixture->folder);
	assert_int_equal(file_write(AT_FDCWD, file, "42\n", 3, 0600, NULL), 0);
	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 0);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
}

static void test_launcher__reports_what_it_cannot_show(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {"unshare", "--pid", "--mount", "--fork", "--kill-child",
		fixture->launcher, "--host", "/there-is-none", "/mnt", "--", "true", NULL};
	struct control_message message;

	if (geteuid() != 0)
		skip();
	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_HOST);
	assert_int_equal(message.error_number, ENOENT);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
}

static void test_launcher__bad_command_line_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--leaf-fd", "4x", "--", "true", NULL};
	struct process_options options = {
		.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

	assert_int_equal(process_start(&options, &fixture->process, NULL), 0);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

#define LAUNCHER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		LAUNCHER_TEST(test_launcher__reports_exit_code),
		LAUNCHER_TEST(test_launcher__reports_signal),
		LAUNCHER_TEST(test_launcher__searches_path),
		LAUNCHER_TEST(test_launcher__missing_program_fails_at_exec),
		LAUNCHER_TEST(test_launcher__task_has_no_filter_unless_given),
		LAUNCHER_TEST(test_launcher__installs_filter),
		LAUNCHER_TEST(test_launcher__takes_longest_filter),
		LAUNCHER_TEST(test_launcher__refuses_filter_that_is_too_long),
		LAUNCHER_TEST(test_launcher__refuses_half_an_instruction),
		LAUNCHER_TEST(test_launcher__reports_filter_that_kernel_refuses),
		LAUNCHER_TEST(test_launcher__task_gets_no_new_privileges),
		LAUNCHER_TEST(test_launcher__task_gets_no_descriptor_of_ours),
		LAUNCHER_TEST(test_launcher__task_does_not_inherit_blocked_signal),
		LAUNCHER_TEST(test_launcher__holds_less_than_a_mebibyte_at_the_gate),
		LAUNCHER_TEST(test_launcher__task_does_not_inherit_high_water_mark),
		LAUNCHER_TEST(test_launcher__task_killed_at_the_gate_ends_the_trial),
		LAUNCHER_TEST(test_launcher__hang_up_at_the_gate_ends_it),
		LAUNCHER_TEST(test_launcher__hang_up_kills_the_running_task),
		LAUNCHER_TEST(test_launcher__is_first_process_of_a_pid_namespace),
		LAUNCHER_TEST(test_launcher__starts_task_in_the_leaf),
		LAUNCHER_TEST(test_launcher__child_enters_the_leaf_by_itself),
		LAUNCHER_TEST(test_launcher__reports_a_leaf_that_cannot_be_entered),
		LAUNCHER_TEST(test_launcher__child_takes_its_cpus),
		LAUNCHER_TEST(test_launcher__reports_cpus_that_are_not_there),
		LAUNCHER_TEST(test_launcher__bad_lists_of_cpus_are_refused),
		LAUNCHER_TEST(test_launcher__shows_its_own_processes_and_the_leaf_on_a_host),
		LAUNCHER_TEST(test_launcher__reports_what_it_cannot_show),
		LAUNCHER_TEST(test_launcher__bad_command_line_is_refused),
	};

	if (argc == 3 && strcmp(argv[1], "--task") == 0)
		return task_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
