/* The launcher: how a task is started in its place, and how it and the launcher end. */

#include "tests/unit/launcher_fixture.h"

#include <inttypes.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A cgroup of this test's own if cgroup2 is mounted; -1 if not possible. */
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

static void test_launcher__opens_standard_input(void **state)
{
	struct fixture *fixture = *state;
	char input[96];
	const char *argv[] = {
		fixture->launcher, "--stdin", input, "--", "grep", "-q", "inside", NULL};

	strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(input, sizeof(input), "%s/input", fixture->folder);
	assert_int_equal(file_write(AT_FDCWD, input, "inside\n", 7, 0644, NULL), 0);
	start(fixture, argv, -1);
	run_to_end(fixture, 0);
}

static void test_launcher__missing_standard_input_starts_no_task(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {
		fixture->launcher, "--stdin", "/nonexistent/file", "--", "true", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_STDIN);
	assert_int_equal(message.error_number, ENOENT);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

/* Starts it with --folder, the identity of the fixture's folder with its inode changed by `more`. */
static void start_with_folder(struct fixture *fixture, uint64_t more)
{
	char identity[64];
	char made[96];
	const char *argv[] = {fixture->launcher, "--folder", fixture->folder, identity, "--prepare",
		"2", "mkdir", made, "--", "true", NULL};
	struct stat status;

	strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	assert_int_equal(stat(fixture->folder, &status), 0);
	snprintf(identity, sizeof(identity), "%" PRIu64 ":%" PRIu64, (uint64_t)status.st_dev,
		(uint64_t)status.st_ino + more);
	snprintf(made, sizeof(made), "%s/made", fixture->folder);
	start(fixture, argv, -1);
}

static bool has_made(const struct fixture *fixture)
{
	char made[96];

	snprintf(made, sizeof(made), "%s/made", fixture->folder);
	return access(made, F_OK) == 0;
}

static void test_launcher__runs_where_the_folder_is_the_one_named(void **state)
{
	struct fixture *fixture = *state;
	struct control_message message;

	start_with_folder(fixture, 0);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_PREPARED, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
	assert_true(has_made(fixture));
}

static void test_launcher__starts_nothing_where_the_folder_is_another(void **state)
{
	struct fixture *fixture = *state;
	struct control_message message;

	start_with_folder(fixture, 1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_FOLDER);
	assert_int_equal(message.error_number, ESTALE);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 125 << 8);
	assert_false(has_made(fixture));
}

/* Its words may be any: "--" is not the end of the launcher's own. */
static void test_launcher__prepares_and_cleans_up_beside_the_task(void **state)
{
	struct fixture *fixture = *state;
	char made[96];
	const char *argv[] = {fixture->launcher, "--prepare", "3", "mkdir", "--", made, "--cleanup",
		"2", "rmdir", made, "--", "test", "-d", made, NULL};
	struct control_message message;

	strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(made, sizeof(made), "%s/made", fixture->folder);
	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	assert_int_equal(expect(fixture, CONTROL_PREPARED, &message), fixture->process.pid);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(access(made, F_OK), 0);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
	assert_int_equal(access(made, F_OK), -1);
}

static void test_launcher__cleanup_reads_nothing_of_the_tasks_input(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--cleanup", "3", "sh", "-c", "! grep -q .",
		"--stdin", "/proc/self/status", "--", "true", NULL};
	struct control_message message;
	pid_t pid;

	start(fixture, argv, -1);
	run_to_end(fixture, 0);
	/* A cleanup that failed would have been reported. */
	assert_int_equal(gate_receive(&fixture->gate, &message, &pid, NULL), 1);
}

static void test_launcher__cleans_up_after_a_task_that_did_not_start(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--cleanup", "1", "false", "--stdin",
		"/nonexistent/file", "--", "true", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_STDIN);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_CLEANUP);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

static void test_launcher__failed_preparation_starts_no_task(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {
		fixture->launcher, "--prepare", "3", "sh", "-c", "exit 3", "--", "true", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	assert_int_equal(expect(fixture, CONTROL_FAILED, &message), fixture->process.pid);
	assert_int_equal(message.stage, CONTROL_STAGE_PREPARE);
	assert_int_equal(message.error_number, 3 << 8);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 125 << 8);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 125 << 8);
}

static void test_launcher__tells_of_a_failed_cleanup(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {
		fixture->launcher, "--cleanup", "1", "false", "--", "sh", "-c", "exit 4", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 4 << 8);
	say(fixture, CONTROL_DONE);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_CLEANUP);
	assert_int_equal(message.error_number, 1 << 8);
	assert_int_equal(launcher_status(fixture), 4 << 8);
}

static void test_launcher__checks_before_it_cleans_up(void **state)
{
	struct fixture *fixture = *state;
	char made[96];
	const char *argv[] = {fixture->launcher, "--check", "3", "test", "-d", made, "--cleanup",
		"2", "rmdir", made, "--", "mkdir", made, NULL};
	struct control_message message;
	pid_t pid;

	strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(made, sizeof(made), "%s/made", fixture->folder);
	start(fixture, argv, -1);
	run_to_end(fixture, 0);
	expect(fixture, CONTROL_CHECKED, &message);
	/* A check or a cleanup that failed would have been reported. */
	assert_int_equal(gate_receive(&fixture->gate, &message, &pid, NULL), 1);
	assert_int_equal(access(made, F_OK), -1);
}

static void test_launcher__tells_of_a_failed_check(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--check", "3", "sh", "-c", "exit 3", "--cleanup",
		"1", "false", "--", "true", NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_CHECK);
	assert_int_equal(message.error_number, 3 << 8);
	expect(fixture, CONTROL_CHECKED, &message);
	expect(fixture, CONTROL_FAILED, &message);
	assert_int_equal(message.stage, CONTROL_STAGE_CLEANUP);
	assert_int_equal(launcher_status(fixture), 0);
}

/* What a task that failed has left says nothing more. */
static void test_launcher__checks_nothing_of_a_task_that_failed(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {
		fixture->launcher, "--check", "1", "false", "--", "sh", "-c", "exit 4", NULL};
	struct control_message message;
	pid_t pid;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 4 << 8);
	assert_int_equal(gate_receive(&fixture->gate, &message, &pid, NULL), 1);
}

static void test_launcher__task_and_helpers_are_another_user(void **state)
{
	struct fixture *fixture = *state;
	static char is_user[] =
		"test \"$(id -u):$(id -g):$(id -G)\" = \"12345:54321:54321 7 8\" && "
		"test $(grep -c 'Cap[EP].*0000000000000000' /proc/self/status) = 2";
	const char *argv[] = {fixture->launcher, "--user", "12345:54321,7,8", "--cleanup", "3",
		"sh", "-c", is_user, "--prepare", "3", "sh", "-c", is_user, "--", "sh", "-c",
		is_user, NULL};
	struct control_message message;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_PREPARED, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 0);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
	assert_int_equal(gate_receive(&fixture->gate, &message, &pid, NULL), 1);
}

static void test_launcher__bad_users_are_refused(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad[] = {
		"", "1", "1:", ":1", "1:1,", "1:1,a", "a:1", "2147483648:1", "1:1:1", "-1:1"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *argv[] = {fixture->launcher, "--user", bad[i], "--", "true", NULL};
		const struct process_options options = {
			.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

		assert_int_equal(process_start(&options, &fixture->process, NULL), 0);
		assert_int_equal(launcher_status(fixture), 125 << 8);
	}
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

/* Traces the launcher, and stops it as soon as it has forked: the new child, which is stopped too. */
static pid_t stop_at_fork(pid_t launcher, const char *fifo)
{
	/* Its helper has begun then, and ends when this is closed. */
	const int fifo_fd = open(fifo, O_WRONLY | O_CLOEXEC);
	unsigned long child = 0;
	int status;

	assert_true(fifo_fd >= 0);
	assert_int_equal(ptrace(PTRACE_SEIZE, launcher, NULL, PTRACE_O_TRACEFORK), 0);
	close(fifo_fd);
	assert_int_equal(waitpid(launcher, &status, __WALL), launcher);
	assert_int_equal(status >> 8, SIGTRAP | PTRACE_EVENT_FORK << 8);
	assert_int_equal(ptrace(PTRACE_GETEVENTMSG, launcher, NULL, &child), 0);
	assert_int_equal(waitpid((pid_t)child, &status, __WALL), (pid_t)child);
	return (pid_t)child;
}

static char state_of(pid_t pid)
{
	char path[64];
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, &length, NULL), 0);
	return strrchr(text, ')')[2];
}

static void test_launcher__no_task_is_at_the_gate_before_capabilities_are_dropped(void **state)
{
	struct fixture *fixture = *state;
	char fifo[96];
	const char *argv[] = {fixture->launcher, "--prepare", "2", "cat", fifo, "--", "true", NULL};
	struct control_message message;
	struct pollfd watched;
	pid_t launcher, child;

	if (geteuid() != 0)
		skip();
	strcpy(fixture->folder, "/tmp/test-launcher-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fifo, sizeof(fifo), "%s/fifo", fixture->folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	start(fixture, argv, -1);
	launcher = fixture->process.pid;
	expect(fixture, CONTROL_READY, &message);
	child = stop_at_fork(launcher, fifo);
	expect(fixture, CONTROL_PREPARED, &message);
	assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
	while (state_of(child) != 'S')
		sched_yield();
	watched = (struct pollfd){.fd = fixture->gate.fd, .events = POLLIN};
	assert_int_equal(poll(&watched, 1, 0), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, launcher, NULL, NULL), 0);
	assert_int_equal(expect(fixture, CONTROL_CHILD, &message), child);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
}

static void test_launcher__task_does_not_inherit_blocked_signal(void **state)
{
	start_task(*state, "child-signal");
	run_to_end(*state, 0);
}

/* exec keeps the high-water mark of the previous image: the task must not get this program's. */
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
	/* The runner may not know yet, and opens the gate. */
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
	/* The launcher may see either first: the hang-up, or the child that saw it. */
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

/* As in a container: the kernel translates the pids, and the launcher inherits orphans. */
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

/* Where a program looks for its limits. */
static void test_launcher__the_leaf_is_the_root_of_the_tasks_cgroup_namespace(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--leaf-fd", "4", "--", "grep", "-qx", "0::/",
		"/proc/self/cgroup", NULL};
	CLEANUP(cleanup_close) int leaf_fd = make_leaf(fixture);

	if (leaf_fd < 0)
		skip();
	start(fixture, argv, leaf_fd);
	run_to_end(fixture, 0);
}

static void test_launcher__the_task_and_its_helpers_have_no_capability(void **state)
{
	static const char none[] =
		"test $(grep -Ec '^Cap(Inh|Prm|Eff|Bnd|Amb):.0+$' /proc/self/status) = 5";
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--prepare", "3", "sh", "-c", none, "--cleanup",
		"3", "sh", "-c", none, "--", "sh", "-c", none, NULL};
	struct control_message message;

	start(fixture, argv, -1);
	expect(fixture, CONTROL_READY, &message);
	expect(fixture, CONTROL_PREPARED, &message);
	expect(fixture, CONTROL_CHILD, &message);
	say(fixture, CONTROL_GO);
	expect(fixture, CONTROL_EXIT, &message);
	assert_int_equal(message.wait_status, 0);
	say(fixture, CONTROL_DONE);
	assert_int_equal(launcher_status(fixture), 0);
}

/* As on v1: the child enters by writing "0", the kernel's word for the writer. */
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

/* Before the gate opens, so that the runner can read them. */
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
	/* The kernel ignores missing CPUs as long as one exists: 1020 to 1023 do not. */
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

/* Also of one that has ended before anybody could look. */
static void test_launcher__tells_the_affinity_at_the_end(void **state)
{
	struct fixture *fixture = *state;
	const char *argv[] = {fixture->launcher, "--", "true", NULL};
	struct control_message message;
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	start(fixture, argv, -1);
	message = run_to_end(fixture, 0);
	assert_true(CPU_EQUAL(&message.cpus, &cpus));
}

static void test_launcher__bad_identities_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "1", "1:", ":1", "1:2:3", "1 2", "-1:2", "0x1:2", "1:18446744073709551616"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *argv[] = {
			fixture->launcher, "--folder", "/tmp", bad[i], "--", "true", NULL};
		const struct process_options options = {
			.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};

		assert_int_equal(process_start(&options, &fixture->process, NULL), 0);
		assert_int_equal(launcher_status(fixture), 125 << 8);
	}
}

/* A folder serves as the leaf, and /mnt as its place in a container. */
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		LAUNCHER_TEST(test_launcher__reports_exit_code),
		LAUNCHER_TEST(test_launcher__reports_signal),
		LAUNCHER_TEST(test_launcher__searches_path),
		LAUNCHER_TEST(test_launcher__opens_standard_input),
		LAUNCHER_TEST(test_launcher__missing_standard_input_starts_no_task),
		LAUNCHER_TEST(test_launcher__runs_where_the_folder_is_the_one_named),
		LAUNCHER_TEST(test_launcher__starts_nothing_where_the_folder_is_another),
		LAUNCHER_TEST(test_launcher__prepares_and_cleans_up_beside_the_task),
		LAUNCHER_TEST(
			test_launcher__no_task_is_at_the_gate_before_capabilities_are_dropped),
		LAUNCHER_TEST(test_launcher__failed_preparation_starts_no_task),
		LAUNCHER_TEST(test_launcher__tells_of_a_failed_cleanup),
		LAUNCHER_TEST(test_launcher__checks_before_it_cleans_up),
		LAUNCHER_TEST(test_launcher__tells_of_a_failed_check),
		LAUNCHER_TEST(test_launcher__checks_nothing_of_a_task_that_failed),
		LAUNCHER_TEST(test_launcher__cleanup_reads_nothing_of_the_tasks_input),
		LAUNCHER_TEST(test_launcher__cleans_up_after_a_task_that_did_not_start),
		LAUNCHER_TEST(test_launcher__task_and_helpers_are_another_user),
		LAUNCHER_TEST(test_launcher__bad_users_are_refused),
		LAUNCHER_TEST(test_launcher__missing_program_fails_at_exec),
		LAUNCHER_TEST(test_launcher__task_does_not_inherit_blocked_signal),
		LAUNCHER_TEST(test_launcher__task_does_not_inherit_high_water_mark),
		LAUNCHER_TEST(test_launcher__task_killed_at_the_gate_ends_the_trial),
		LAUNCHER_TEST(test_launcher__hang_up_at_the_gate_ends_it),
		LAUNCHER_TEST(test_launcher__hang_up_kills_the_running_task),
		LAUNCHER_TEST(test_launcher__is_first_process_of_a_pid_namespace),
		LAUNCHER_TEST(test_launcher__starts_task_in_the_leaf),
		LAUNCHER_TEST(test_launcher__the_leaf_is_the_root_of_the_tasks_cgroup_namespace),
		LAUNCHER_TEST(test_launcher__the_task_and_its_helpers_have_no_capability),
		LAUNCHER_TEST(test_launcher__child_enters_the_leaf_by_itself),
		LAUNCHER_TEST(test_launcher__reports_a_leaf_that_cannot_be_entered),
		LAUNCHER_TEST(test_launcher__child_takes_its_cpus),
		LAUNCHER_TEST(test_launcher__reports_cpus_that_are_not_there),
		LAUNCHER_TEST(test_launcher__bad_identities_are_refused),
		LAUNCHER_TEST(test_launcher__tells_the_affinity_at_the_end),
		LAUNCHER_TEST(test_launcher__bad_lists_of_cpus_are_refused),
		LAUNCHER_TEST(test_launcher__shows_its_own_processes_and_the_leaf_on_a_host),
		LAUNCHER_TEST(test_launcher__reports_what_it_cannot_show),
		LAUNCHER_TEST(test_launcher__bad_command_line_is_refused),
	};

	if (argc == 3 && strcmp(argv[1], "--task") == 0)
		return task_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
