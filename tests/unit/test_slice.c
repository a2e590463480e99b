/* Real slices: creation, limits, processes and readings. */
#include "tests/unit/slice_fixture.h"
#include "util/file.h"
#include "util/text.h"

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

	/* 64 MiB and 100 bytes, rounded down to whole pages, are 64 MiB. */
	assert_file(fixture, "pids", "pids.max", "10\n");
	assert_file(fixture, "cpuset", "cpuset.cpus", "0\n");
	if (is_v2(fixture)) {
		assert_file(fixture, "memory", "task/memory.max", "67108864\n");
		assert_file(fixture, "memory", "task/memory.swap.max", "0\n");
		/* Plus 64 MiB for the runtime. */
		assert_file(fixture, "memory", "memory.max", "134217728\n");
		assert_file(fixture, "memory", "memory.swap.max", "0\n");
		assert_file(fixture, "memory", "runtime/cgroup.procs", "");
	} else {
		assert_file(fixture, "memory", "task/memory.limit_in_bytes", "67108864\n");
		assert_file(fixture, "memory", "task/memory.memsw.limit_in_bytes", "67108864\n");
		assert_file(fixture, "memory", "memory.limit_in_bytes", "134217728\n");
		assert_file(fixture, "memory", "memory.memsw.limit_in_bytes", "134217728\n");
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
	if (is_v2(fixture)) {
		assert_file(fixture, "memory", "memory.max", "max\n");
		assert_file(fixture, "memory", "task/memory.max", "max\n");
	} else {
		assert_file(fixture, "memory", "memory.limit_in_bytes", "9223372036854771712\n");
		assert_file(
			fixture, "memory", "task/memory.limit_in_bytes", "9223372036854771712\n");
	}
}

/* Where the task reads it: in its leaf, or on v1 in its group for this controller. */
static void test_slice_create__the_cpu_quota_is_where_the_task_lives(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.cpu_quota_us = NUMBER(150000)};

	create(fixture, &limits);
	if (is_v2(fixture)) {
		assert_file(fixture, "cpu", "task/cpu.max", "150000 100000\n");
		return;
	}
	assert_file(fixture, "cpu", "runtime/cpu.cfs_quota_us", "150000\n");
	assert_file(fixture, "cpu", "runtime/cpu.cfs_period_us", "100000\n");
}

static void test_slice_create__memory_high_is_v2s_alone(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_high_bytes = NUMBER(48 * MIB)};
	struct error error = ERROR_INIT;

	if (is_v2(fixture)) {
		create(fixture, &limits);
		assert_file(fixture, "memory", "task/memory.high", "50331648\n");
		assert_file(fixture, "memory", "memory.high", "max\n");
		return;
	}
	assert_int_equal(
		slice_create(fixture->hierarchy, fixture->name, &limits, &fixture->slice, &error),
		-EOPNOTSUPP);
	assert_non_null(strstr(error.text, "memory.high needs cgroup v2"));
	assert_int_equal(count_groups(fixture, fixture->path), 0);
}

/* The host's cgroup.clone_children on v1, which groups inherit. */
static void test_slice_create__takes_cpus_where_groups_begin_with_their_parents(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.cpus = "0"};
	char *parent, *file;
	int fd;

	if (is_v2(fixture))
		return;
	parent = string_format(
		"%s" PARENT, hierarchy_controller_mount(fixture->hierarchy, "cpuset"));
	file = string_format("%s/cgroup.clone_children", parent);
	assert_true(mkdir(parent, 0755) == 0 || errno == EEXIST);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
	free(parent);
	free(file);
	create(fixture, &limits);
	assert_file(fixture, "cpuset", "cpuset.cpus", "0\n");
	assert_file(fixture, "cpuset", "runtime/cpuset.cpus", "0\n");
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

/* A dead run may have left it, in a hierarchy that this one does not use. */
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

/* On the slice it would include the launcher, which reports the task's end. */
static void test_slice_create__oom_group_is_of_the_task_leaf_alone(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB), .oom_group = true};
	struct error error = ERROR_INIT;

	if (is_v2(fixture)) {
		create(fixture, &limits);
		assert_file(fixture, "memory", "task/memory.oom.group", "1\n");
		assert_file(fixture, "memory", "runtime/memory.oom.group", "0\n");
		assert_file(fixture, "memory", "memory.oom.group", "0\n");
		return;
	}
	assert_int_equal(
		slice_create(fixture->hierarchy, fixture->name, &limits, &fixture->slice, &error),
		-EOPNOTSUPP);
	assert_non_null(strstr(error.text, "needs cgroup v2"));
	assert_null(fixture->slice);
	assert_int_equal(count_groups(fixture, fixture->path), 0);
}

static void test_slice_read_pressure__is_there_where_the_check_says_so(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	struct memory_pressure pressure;
	struct error error = ERROR_INIT;
	int result = slice_check_pressure(fixture->hierarchy, &error);

	if (!is_v2(fixture)) {
		assert_int_equal(result, -EOPNOTSUPP);
		assert_non_null(strstr(error.text, "needs cgroup v2 and PSI"));
		assert_int_equal(slice_read_pressure(slice, &pressure, NULL), -EOPNOTSUPP);
		return;
	}
	must(result, &error);
	must(slice_read_pressure(slice, &pressure, &error), &error);
	/* No process was ever in it. */
	for (size_t i = 0; i < MEMORY_PRESSURE_N_KEYS; i++)
		assert_true(pressure.value[i] == 0);
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
	struct child child = child_start(fixture);
	struct error error = ERROR_INIT;
	struct memory_stat before, after;

	assert_true(current_bytes(slice) < MIB);
	must(slice_attach(slice, child.pid, &error), &error);
	must(slice_read_stat(slice, &before, &error), &error);
	assert_true(child_does(&child, 't'));

	/* 8 MiB, its page tables and the child's copies of pages, in charges of 256 KiB. */
	assert_in_range(current_bytes(slice), 8 * MIB, 9 * MIB);
	assert_in_range(peak_bytes(slice), 8 * MIB, 9 * MIB);
	must(slice_read_stat(slice, &after, &error), &error);
	assert_true(after.present[MEMORY_STAT_ANON]);
	assert_true(after.present[MEMORY_STAT_FILE]);
	assert_true(after.value[MEMORY_STAT_PGFAULT] >= before.value[MEMORY_STAT_PGFAULT]);
	assert_int_equal(child_end(fixture, &child), 0);
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
	struct child child = child_start(fixture);
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
	assert_int_equal(child_end(fixture, &child), 0);
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

/* A forked_work: joins by this descriptor and stops. */
static int join_and_stop(void *context)
{
	const int *tasks_fd = context;

	if (write(*tasks_fd, "0", 1) == 1)
		raise(SIGSTOP);
	return 1;
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
	pid = forked_start(join_and_stop, &tasks_fd);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	snprintf(expected, sizeof(expected), "%d\n", (int)pid);
	assert_file(fixture, "memory", "task/cgroup.procs", expected);
}

static void test_slice_open_runtime__starts_a_child_there_in_every_hierarchy(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB), .pids_max = NUMBER(8)};
	struct slice *slice = create(fixture, &limits);
	struct process_cgroups cgroups;
	const struct process_options options = {
		.argv = (const char *const[]){"cat", "/proc/self/cgroup", NULL},
		.stdin_fd = -1,
		.stdout_fd = memfd_create("membership", MFD_CLOEXEC),
		.stderr_fd = -1,
		.cgroups = &cgroups,
	};
	struct process process = PROCESS_NONE;
	struct error error = ERROR_INIT;
	char text[8192] = "";
	size_t n = 0;

	must(slice_open_runtime(slice, &cgroups, &error), &error);
	must(process_start(&options, &process, &error), &error);
	process_cgroups_close(&cgroups);
	assert_int_equal(process_wait(&process, NULL, NULL), 0);
	assert_true(pread(options.stdout_fd, text, sizeof(text) - 1, 0) > 0);
	close(options.stdout_fd);
	for (const char *line = text; (line = strstr(line, slice_runtime_path(slice))); line++)
		n++;
	/* v1: memory, pids and freezer, each a hierarchy of its own. */
	assert_int_equal(n, is_v2(fixture) ? 1 : 3);
}

static void test_slice_read_events__counts_an_oom_kill(void **state)
{
	struct fixture *fixture = *state;
	struct limits limits = {.memory_max_bytes = NUMBER(4 * MIB)};
	struct slice *slice;
	struct child child = child_start(fixture);
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
	status = child_end(fixture, &child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	must(slice_read_events(slice, &events, &error), &error);
	/* v1 does not count failures at the limit of memory and swap together. */
	if (is_v2(fixture) || !has_swap)
		assert_true(events.max > 0);
	assert_true(events.oom >= 1);
	assert_true(events.oom_kill == 1);
	assert_true(events.high == 0);
	/* The leaf's own limit, which its peak never exceeds. */
	assert_in_range(peak_bytes(slice), 3 * MIB, 4 * MIB);
}

/* A forked_work: starts when told to. Returns the number of successful forks. */
static int fork_ten_times(void *context)
{
	const int *go = context;
	int n = 0;
	char byte;

	if (read(go[0], &byte, 1) != 1)
		return 99;
	for (pid_t more = 0; n < 10 && (more = forked_more()) >= 0; n++)
		if (more == 0)
			for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
				pause();
	return n;
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
	pid = forked_start(fork_ten_times, go);
	fixture->child = pid;
	must(slice_attach(slice, pid, &error), &error);
	assert_int_equal(write(go[1], &byte, 1), 1);
	status = forked_wait(pid);
	fixture->child = 0;
	/* itself and three more */
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	close(go[0]);
	close(go[1]);
}

static void test_slice_attach__puts_the_child_on_the_cpus(void **state)
{
	struct fixture *fixture = *state;
	const struct limits limits = {.cpus = "0"};
	struct slice *slice = create(fixture, &limits);
	struct child child = child_start(fixture);
	struct error error = ERROR_INIT;
	cpu_set_t cpus;

	must(slice_attach(slice, child.pid, &error), &error);
	assert_int_equal(sched_getaffinity(child.pid, sizeof(cpus), &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 1);
	assert_true(CPU_ISSET(0, &cpus));
	assert_int_equal(child_end(fixture, &child), 0);
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
		ON_SLICE(test_slice_create__takes_cpus_where_groups_begin_with_their_parents),
		ON_SLICE(test_slice_create__the_second_gets_eexist_and_harms_nothing),
		ON_SLICE(test_slice_create__a_remnant_in_any_hierarchy_is_eexist),
		ON_SLICE(test_slice_create__a_limit_that_cannot_hold_leaves_nothing),
		ON_SLICE(test_slice_create__the_cpu_quota_is_where_the_task_lives),
		ON_SLICE(test_slice_create__memory_high_is_v2s_alone),
		ON_SLICE(test_slice_create__oom_group_is_of_the_task_leaf_alone),
		ON_SLICE(test_slice_read_pressure__is_there_where_the_check_says_so),
		ON_SLICE(test_slice_create__rejects_other_names),
		ON_SLICE(test_slice_attach__counts_what_the_child_touches),
		ON_SLICE(test_slice_attach__puts_the_child_under_pids_max),
		ON_SLICE(test_slice_attach__puts_the_child_on_the_cpus),
		ON_SLICE(test_slice_attach__refuses_what_is_no_process),
		ON_SLICE(test_slice_task_fd__starts_a_child_in_the_leaf_on_v2_alone),
		ON_SLICE(test_slice_tasks_fd__lets_a_child_enter_the_leaf_on_v1_alone),
		ON_SLICE(test_slice_open_runtime__starts_a_child_there_in_every_hierarchy),
		ON_SLICE(test_slice_reset_peak__starts_from_the_current_use),
		ON_SLICE(test_slice_read_events__counts_an_oom_kill),
		ON_SLICE(test_slice_current_bytes__says_when_the_leaf_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
