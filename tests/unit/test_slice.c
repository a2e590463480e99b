/*
 * Real slices, on this host's own hierarchy, v1 or v2. Needs root. Each test has a slice of its own
 * name and leaves the groups of others alone.
 */
#include "cgroup/slice.h"

#include "cgroup/limit.h"
#include "cgroup/tree.h"
#include "util/clock.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
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
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)
#define NUMBER(n) ((struct amount){.kind = AMOUNT_NUMBER, .number = (n)})
#define PARENT "/memcg-run.slice"
#define KILL_TIMEOUT_NS (20 * NS_PER_S)

struct fixture {
	struct hierarchy *hierarchy;
	struct slice *slice;
	char name[64];
	char path[96]; /* below each mount */
};

static int set_up(void **state)
{
	static int count;
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error = ERROR_INIT;

	if (!fixture)
		return -1;
	*state = fixture;
	snprintf(fixture->name, sizeof(fixture->name), "test-cgroup-%d-%d.slice", (int)getpid(),
		count++);
	snprintf(fixture->path, sizeof(fixture->path), "%s/%s", PARENT, fixture->name);
	/* Orphans of a killed tree come here to be reaped. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -1;
	if (hierarchy_find(&fixture->hierarchy, &error) < 0) {
		print_error("%s\n", error.text);
		return -1;
	}
	return 0;
}

static void reap_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	int result = 0;

	if (fixture->slice) {
		slice_kill(fixture->slice, KILL_TIMEOUT_NS, NULL);
		reap_all();
		result = slice_remove(&fixture->slice, NULL);
	}
	/* What a failed test left. */
	for (size_t i = 0; mounts[i]; i++)
		tree_remove(mounts[i], fixture->path, clock_monotonic_ns() + NS_PER_S, NULL);
	hierarchy_free(fixture->hierarchy);
	free(fixture);
	return result;
}

static void must(int result, const struct error *error)
{
	if (result < 0)
		fail_msg("%s", error->text);
}

static struct slice *create(struct fixture *fixture, const struct limits *limits)
{
	struct error error = ERROR_INIT;

	must(slice_create(fixture->hierarchy, fixture->name, limits, &fixture->slice, &error),
		&error);
	return fixture->slice;
}

static bool is_v2(const struct fixture *fixture)
{
	return hierarchy_version(fixture->hierarchy) == HIERARCHY_V2;
}

/* A file of the slice, in the hierarchy of a v1 controller or in v2's. */
static char *slice_file(const struct fixture *fixture, const char *controller, const char *file)
{
	const char *mount = is_v2(fixture)
				    ? hierarchy_memory_mount(fixture->hierarchy)
				    : hierarchy_controller_mount(fixture->hierarchy, controller);
	char *path = string_format("%s%s/%s", mount, fixture->path, file);

	assert_non_null(path);
	return path;
}

static void assert_file(const struct fixture *fixture, const char *controller, const char *file,
	const char *expected)
{
	char *path = slice_file(fixture, controller, file);
	struct error error = ERROR_INIT;
	char *text = NULL;
	size_t length;

	must(file_read(AT_FDCWD, path, 4096, &text, &length, &error), &error);
	assert_string_equal(text, expected);
	free(text);
	free(path);
}

static size_t count_groups(const struct fixture *fixture, const char *path)
{
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	size_t n = 0;

	for (size_t i = 0; mounts[i]; i++) {
		char *directory = string_format("%s%s", mounts[i], path);

		n += access(directory, F_OK) == 0;
		free(directory);
	}
	return n;
}

/* A child that does what it is told by one byte on a pipe, and answers by one. */
struct child {
	pid_t pid;
	int order_fd;
	int answer_fd;
};

static void obey(int order_fd, int answer_fd)
{
	const size_t length = 8 * MIB;
	volatile char *block = NULL;
	char order;

	while (read(order_fd, &order, 1) == 1 && order != 'q') {
		if (order == 't') {
			block = mmap(NULL, length, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			for (size_t i = 0; i < length; i += 4096)
				block[i] = 1;
		}
		if (order == 'u')
			munmap((void *)block, length);
		if (write(answer_fd, &order, 1) != 1)
			break;
	}
	_exit(0);
}

static struct child child_start(void)
{
	struct child child;
	int order[2], answer[2];

	assert_int_equal(pipe2(order, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		close(order[1]);
		close(answer[0]);
		obey(order[0], answer[1]);
	}
	close(order[0]);
	close(answer[1]);
	child.order_fd = order[1];
	child.answer_fd = answer[0];
	return child;
}

/* False when the child died over it. */
static bool child_does(const struct child *child, char order)
{
	char answer = 0;

	assert_int_equal(write(child->order_fd, &order, 1), 1);
	return read(child->answer_fd, &answer, 1) == 1 && answer == order;
}

static int child_end(struct child *child)
{
	int status;

	close(child->order_fd);
	close(child->answer_fd);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	return status;
}

static uint64_t current_bytes(const struct slice *slice)
{
	uint64_t bytes;

	assert_int_equal(slice_current_bytes(slice, &bytes), 0);
	return bytes;
}

static uint64_t peak_bytes(const struct slice *slice)
{
	uint64_t bytes;

	assert_int_equal(slice_peak_bytes(slice, &bytes), 0);
	return bytes;
}

static void test_slice_create__makes_leaves_and_takes_limits(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {
		.memory_max_bytes = NUMBER(64 * MIB + 100),
		.swap_max_bytes = NUMBER(0),
		.pids_max = NUMBER(10),
		.cpus = "0",
	};
	struct slice *slice = create(fixture, &limits);
	char *expected = string_format("%s/runtime", fixture->path);

	assert_string_equal(slice_runtime_path(slice), expected);
	free(expected);
	expected = slice_file(fixture, "memory", "task");
	assert_string_equal(slice_task_directory(slice), expected);
	assert_int_equal(access(expected, F_OK), 0);
	free(expected);

	/* 64 MiB and 100 bytes are 64 MiB of whole pages. */
	assert_file(fixture, "pids", "pids.max", "10\n");
	assert_file(fixture, "cpuset", "cpuset.cpus", "0\n");
	if (is_v2(fixture)) {
		assert_file(fixture, "memory", "memory.max", "67108864\n");
		assert_file(fixture, "memory", "memory.swap.max", "0\n");
		assert_file(fixture, "memory", "runtime/cgroup.procs", "");
	} else {
		assert_file(fixture, "memory", "memory.limit_in_bytes", "67108864\n");
		assert_file(fixture, "memory", "memory.memsw.limit_in_bytes", "67108864\n");
		assert_file(fixture, "pids", "runtime/cgroup.procs", "");
		assert_file(fixture, "cpuset", "runtime/cpuset.cpus", "0\n");
		assert_file(fixture, "freezer", "runtime/cgroup.procs", "");
	}
}

static void test_slice_create__unset_and_max_leave_the_kernels_max(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {
		.memory_max_bytes = {.kind = AMOUNT_MAX},
		.pids_max = {.kind = AMOUNT_MAX},
	};

	create(fixture, &limits);
	assert_file(fixture, "pids", "pids.max", "max\n");
	if (is_v2(fixture))
		assert_file(fixture, "memory", "memory.max", "max\n");
	else
		assert_file(fixture, "memory", "memory.limit_in_bytes", "9223372036854771712\n");
}

static void test_slice_create__the_second_gets_eexist_and_harms_nothing(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *second = NULL;
	struct error error = ERROR_INIT;

	create(fixture, &none);
	assert_int_equal(
		slice_create(fixture->hierarchy, fixture->name, &none, &second, &error), -EEXIST);
	assert_null(second);
	assert_non_null(strstr(error.text, fixture->path));
	assert_int_equal(access(slice_task_directory(fixture->slice), F_OK), 0);
}

/* What a run that died may have left, in a hierarchy where this one would make nothing. */
static void test_slice_create__a_remnant_in_any_hierarchy_is_eexist(void **state)
{
	struct fixture *fixture = *state;
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	const struct limits none = {0};
	char *remnant;
	size_t last = 0;

	while (mounts[last + 1])
		last++;
	remnant = string_format("%s%s", mounts[last], fixture->path);
	assert_int_equal(file_make_directories(AT_FDCWD, remnant, 0755, NULL), 0);
	assert_int_equal(
		slice_create(fixture->hierarchy, fixture->name, &none, &fixture->slice, NULL),
		-EEXIST);
	assert_int_equal(count_groups(fixture, fixture->path), 1);
	assert_int_equal(rmdir(remnant), 0);
	free(remnant);
}

static void test_slice_create__a_limit_that_cannot_hold_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	/* A CPU that no host of 2 to 1022 has. */
	const struct limits limits = {.memory_max_bytes = NUMBER(MIB), .cpus = "0,1023"};
	struct error error = ERROR_INIT;

	assert_true(slice_create(fixture->hierarchy, fixture->name, &limits, &fixture->slice,
			    &error) < 0);
	assert_null(fixture->slice);
	assert_non_null(strstr(error.text, "0,1023"));
	assert_int_equal(count_groups(fixture, fixture->path), 0);
}

static void test_slice_create__rejects_other_names(void **state)
{
	static const char *const names[] = {
		"", ".slice", "trial", "a/b.slice", "../x.slice", "x.slice/", "x.scope"};
	struct fixture *fixture = *state;
	const struct limits none = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(
			slice_create(fixture->hierarchy, names[i], &none, &fixture->slice, NULL),
			-EINVAL);
}

static void test_slice_attach__counts_what_the_child_touches(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB)};
	struct slice *slice = create(fixture, &limits);
	struct child child = child_start();
	struct error error = ERROR_INIT;
	struct memory_stat before, after;
	uint64_t total_bytes;

	assert_true(current_bytes(slice) < MIB);
	must(slice_attach(slice, child.pid, &error), &error);
	must(slice_read_stat(slice, &before, &error), &error);
	assert_true(child_does(&child, 't'));

	/* 8 MiB, its page tables and the child's own copies of pages, at 256 KiB a charge. */
	assert_in_range(current_bytes(slice), 8 * MIB, 9 * MIB);
	assert_in_range(peak_bytes(slice), 8 * MIB, 9 * MIB);
	assert_int_equal(slice_total_current_bytes(slice, &total_bytes), 0);
	assert_true(total_bytes >= 8 * MIB);
	must(slice_read_stat(slice, &after, &error), &error);
	assert_true(after.present[MEMORY_STAT_ANON]);
	assert_true(after.present[MEMORY_STAT_FILE]);
	assert_true(after.value[MEMORY_STAT_PGFAULT] >= before.value[MEMORY_STAT_PGFAULT]);
	assert_int_equal(child_end(&child), 0);
}

static bool can_reset_peak(const struct fixture *fixture)
{
	struct utsname name;
	unsigned major, minor;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return !is_v2(fixture) || major > 6 || (major == 6 && minor >= 12);
}

static void test_slice_reset_peak__starts_from_the_current_use(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB)};
	struct slice *slice = create(fixture, &limits);
	struct child child = child_start();
	struct error error = ERROR_INIT;

	must(slice_attach(slice, child.pid, &error), &error);
	assert_true(child_does(&child, 't'));
	assert_true(child_does(&child, 'u'));
	assert_true(current_bytes(slice) < 2 * MIB);
	assert_true(peak_bytes(slice) >= 8 * MIB);
	if (can_reset_peak(fixture)) {
		must(slice_reset_peak(slice, &error), &error);
		assert_true(peak_bytes(slice) < 2 * MIB);
		assert_true(child_does(&child, 't'));
		assert_in_range(peak_bytes(slice), 8 * MIB, 9 * MIB);
	} else {
		assert_int_equal(slice_reset_peak(slice, &error), 1);
		assert_true(peak_bytes(slice) >= 8 * MIB);
	}
	assert_int_equal(child_end(&child), 0);
}

static void test_slice_task_fd__starts_a_child_in_the_leaf_on_v2_alone(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	int task_fd = slice_task_fd(slice);
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)task_fd};
	char expected[16];
	pid_t pid;

	if (!is_v2(fixture)) {
		assert_int_equal(task_fd, -1);
		return;
	}
	assert_true(task_fd >= 0);
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	snprintf(expected, sizeof(expected), "%d\n", (int)pid);
	assert_file(fixture, "memory", "task/cgroup.procs", expected);
}

static void test_slice_tasks_fd__lets_a_child_enter_the_leaf_on_v1_alone(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	int tasks_fd = slice_tasks_fd(slice);
	char expected[16];
	int status;
	pid_t pid;

	if (is_v2(fixture)) {
		assert_int_equal(tasks_fd, -1);
		return;
	}
	pid = fork();
	if (pid == 0) {
		if (write(tasks_fd, "0", 1) == 1)
			raise(SIGSTOP);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	snprintf(expected, sizeof(expected), "%d\n", (int)pid);
	assert_file(fixture, "memory", "task/cgroup.procs", expected);
}

static void test_slice_read_events__counts_an_oom_kill(void **state)
{
	struct fixture *fixture = *state;
	struct limits limits = {.memory_max_bytes = NUMBER(4 * MIB)};
	struct slice *slice;
	struct child child = child_start();
	struct memory_events events;
	bool has_swap;
	struct error error = ERROR_INIT;
	int status;

	must(limit_host_has_swap(&has_swap, &error), &error);
	if (has_swap || is_v2(fixture))
		limits.swap_max_bytes = NUMBER(0);
	slice = create(fixture, &limits);
	must(slice_read_events(slice, &events, &error), &error);
	assert_true(events.max == 0 && events.oom == 0 && events.oom_kill == 0);
	must(slice_attach(slice, child.pid, &error), &error);
	assert_false(child_does(&child, 't'));
	status = child_end(&child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	must(slice_read_events(slice, &events, &error), &error);
	/* v1 does not count failures at the limit of memory and swap together. */
	if (is_v2(fixture) || !has_swap)
		assert_true(events.max > 0);
	assert_true(events.oom >= 1);
	assert_true(events.oom_kill == 1);
	assert_true(events.high == 0);
	/* The leaf's counter had what the slice's then refused: 64 pages, or a huge page of 2 MiB. */
	assert_in_range(peak_bytes(slice), 3 * MIB, 7 * MIB);
}

static void test_slice_attach__puts_the_child_under_pids_max(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.pids_max = NUMBER(4)};
	struct slice *slice = create(fixture, &limits);
	struct error error = ERROR_INIT;
	int go[2];
	int status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int n = 0;

		if (read(go[0], &byte, 1) != 1)
			_exit(99);
		for (pid_t more = 0; n < 10 && (more = fork()) >= 0; n++)
			if (more == 0)
				for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
					pause();
		_exit(n);
	}
	must(slice_attach(slice, pid, &error), &error);
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Itself and three more. */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	close(go[0]);
	close(go[1]);
}

static void test_slice_attach__refuses_what_is_no_process(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);

	assert_int_equal(slice_attach(slice, 0, NULL), -EINVAL);
	assert_int_equal(slice_attach(slice, -1, NULL), -EINVAL);
	assert_true(slice_attach(slice, INT32_MAX, NULL) < 0);
}

/* All of them fork for ever, so that a kill of those on a list would always be one too late. */
static void test_slice_kill__ends_a_tree_that_keeps_forking(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB), .pids_max = NUMBER(16)};
	struct slice *slice = create(fixture, &limits);
	struct error error = ERROR_INIT;
	int go[2], alive[2];
	bool populated = false;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (read(go[0], &byte, 1) != 1)
			_exit(99);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t more = fork();

			if (more == 0) {
				prctl(PR_SET_PDEATHSIG, SIGKILL);
				if (write(alive[1], &byte, 1) != 1)
					_exit(99);
			}
		}
	}
	close(alive[1]);
	must(slice_attach(slice, pid, &error), &error);
	must(slice_populated(slice, &populated, &error), &error);
	assert_true(populated);
	assert_int_equal(write(go[1], &byte, 1), 1);
	for (int i = 0; i < 8; i++)
		assert_int_equal(read(alive[0], &byte, 1), 1);

	must(slice_kill(slice, KILL_TIMEOUT_NS, &error), &error);
	must(slice_populated(slice, &populated, &error), &error);
	assert_false(populated);
	/* Every one of them held the other end. */
	while (read(alive[0], &byte, 1) == 1)
		;
	reap_all();
	close(go[0]);
	close(go[1]);
	close(alive[0]);
	must(slice_remove(&fixture->slice, &error), &error);
	assert_int_equal(count_groups(fixture, fixture->path), 0);
}

static void test_slice_kill__an_empty_slice_is_done_at_once(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);

	assert_int_equal(slice_kill(slice, 0, NULL), 0);
}

/* As runc does: its cgroupsPath in every hierarchy. */
static void test_slice_remove__leaves_nothing_in_any_hierarchy(void **state)
{
	struct fixture *fixture = *state;
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	const struct limits limits = {.pids_max = NUMBER(10), .cpus = "0"};
	struct slice *slice = create(fixture, &limits);
	struct error error = ERROR_INIT;
	size_t n = 0;

	for (; mounts[n]; n++) {
		char *group = string_format("%s%s/below", mounts[n], slice_runtime_path(slice));

		must(file_make_directories(AT_FDCWD, group, 0755, &error), &error);
		free(group);
	}
	assert_int_equal(count_groups(fixture, fixture->path), n);
	must(slice_remove(&fixture->slice, &error), &error);
	assert_null(fixture->slice);
	assert_int_equal(count_groups(fixture, fixture->path), 0);
	must(slice_remove(&fixture->slice, &error), &error);
}

static void test_slice_remove__keeps_the_parent_while_another_slice_is_in_it(void **state)
{
	struct fixture *fixture = *state;
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);
	const struct limits none = {0};
	struct slice *other = NULL;
	struct error error = ERROR_INIT;
	char *name = string_format("other-%s", fixture->name);

	create(fixture, &none);
	must(slice_create(fixture->hierarchy, name, &none, &other, &error), &error);
	must(slice_remove(&fixture->slice, &error), &error);
	assert_int_equal(access(slice_task_directory(other), F_OK), 0);
	must(slice_remove(&other, &error), &error);
	/* Empty, it would be gone; where it is there it is another run's, and cannot be removed. */
	for (size_t i = 0; mounts[i]; i++) {
		char *parent = string_format("%s%s", mounts[i], PARENT);

		assert_int_equal(rmdir(parent), -1);
		assert_true(errno == ENOENT || errno == EBUSY || errno == ENOTEMPTY);
		free(parent);
	}
	free(name);
}

static void test_slice_remove__names_the_group_that_is_still_lived_in(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	struct child child = child_start();
	struct error error = ERROR_INIT;

	must(slice_attach(slice, child.pid, &error), &error);
	assert_int_equal(slice_remove(&fixture->slice, &error), -EBUSY);
	assert_null(fixture->slice);
	assert_non_null(strstr(error.text, fixture->path));
	assert_non_null(strstr(error.text, "Device or resource busy"));
	assert_int_equal(child_end(&child), 0);
}

static void test_slice_current_bytes__says_when_the_leaf_is_gone(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	uint64_t bytes = 7;

	assert_int_equal(rmdir(slice_task_directory(slice)), 0);
	assert_int_equal(slice_current_bytes(slice, &bytes), -ENODEV);
	assert_int_equal(slice_peak_bytes(slice, &bytes), -ENODEV);
	assert_true(bytes == 7);
}

int main(void)
{
#define ON_SLICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ON_SLICE(test_slice_create__makes_leaves_and_takes_limits),
		ON_SLICE(test_slice_create__unset_and_max_leave_the_kernels_max),
		ON_SLICE(test_slice_create__the_second_gets_eexist_and_harms_nothing),
		ON_SLICE(test_slice_create__a_remnant_in_any_hierarchy_is_eexist),
		ON_SLICE(test_slice_create__a_limit_that_cannot_hold_leaves_nothing),
		ON_SLICE(test_slice_create__rejects_other_names),
		ON_SLICE(test_slice_attach__counts_what_the_child_touches),
		ON_SLICE(test_slice_attach__puts_the_child_under_pids_max),
		ON_SLICE(test_slice_attach__refuses_what_is_no_process),
		ON_SLICE(test_slice_task_fd__starts_a_child_in_the_leaf_on_v2_alone),
		ON_SLICE(test_slice_tasks_fd__lets_a_child_enter_the_leaf_on_v1_alone),
		ON_SLICE(test_slice_reset_peak__starts_from_the_current_use),
		ON_SLICE(test_slice_read_events__counts_an_oom_kill),
		ON_SLICE(test_slice_kill__ends_a_tree_that_keeps_forking),
		ON_SLICE(test_slice_kill__an_empty_slice_is_done_at_once),
		ON_SLICE(test_slice_remove__leaves_nothing_in_any_hierarchy),
		ON_SLICE(test_slice_remove__keeps_the_parent_while_another_slice_is_in_it),
		ON_SLICE(test_slice_remove__names_the_group_that_is_still_lived_in),
		ON_SLICE(test_slice_current_bytes__says_when_the_leaf_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
