/* Sums over the processes of a real task leaf. Needs root. */

#include "runner/trial/processes.h"

#include "tests/unit/slice_fixture.h"

#include "tests/unit/forked.h"

#include <sched.h>

static int processes_set_up(void **state)
{
	int result = set_up(state);

	if (result == 0)
		create(*state, &(struct limits){.memory_max_bytes = NUMBER(256 * MIB)});
	return result;
}

static void attach(struct fixture *fixture, pid_t pid)
{
	struct error error = ERROR_INIT;

	must(slice_attach(fixture->slice, pid, &error), &error);
}

static void read_all(
	struct fixture *fixture, uint64_t usage[PROCESSES_N_KEYS], uint64_t pss[PSS_N_KEYS])
{
	assert_int_equal(processes_read(fixture->slice, usage), 0);
	assert_int_equal(pss_read(fixture->slice, pss), 0);
}

static void test_processes_read__an_empty_leaf_is_all_zeros(void **state)
{
	struct fixture *fixture = *state;
	uint64_t usage[PROCESSES_N_KEYS], pss[PSS_N_KEYS];

	memset(usage, 1, sizeof(usage));
	memset(pss, 1, sizeof(pss));
	read_all(fixture, usage, pss);
	for (size_t key = 0; key < PROCESSES_N_KEYS; key++)
		assert_int_equal(usage[key], 0);
	for (size_t key = 0; key < PSS_N_KEYS; key++)
		assert_int_equal(pss[key], 0);
}

/*
 * Two children of this program, which share its pages: the RSS counts those twice. The first
 * touches 8 MiB of its own. Since Linux 6.2 status may lack counts that are still cached per CPU:
 * 32 pages each.
 */
static void test_processes_read__sums_over_the_leafs_processes_alone(void **state)
{
	struct fixture *fixture = *state;
	struct child first = child_start(fixture);
	struct child second = child_start(fixture);
	uint64_t before[PROCESSES_N_KEYS], usage[PROCESSES_N_KEYS];
	uint64_t pss_before[PSS_N_KEYS], pss[PSS_N_KEYS];

	attach(fixture, first.pid);
	attach(fixture, second.pid);
	read_all(fixture, before, pss_before);
	assert_true(child_does(&first, 't'));
	read_all(fixture, usage, pss);

	assert_int_equal(usage[PROCESSES_COUNT], 2);
	assert_int_equal(usage[PROCESSES_UNREAD], 0);
	assert_int_equal(usage[PROCESSES_THREADS], 2);
	assert_in_range(usage[PROCESSES_RSS] - before[PROCESSES_RSS], 8 * MIB - MIB / 2, 9 * MIB);
	assert_in_range(
		usage[PROCESSES_RSS_ANON] - before[PROCESSES_RSS_ANON], 8 * MIB - MIB / 2, 9 * MIB);
	assert_in_range(
		usage[PROCESSES_VIRTUAL] - before[PROCESSES_VIRTUAL], 8 * MIB - MIB / 2, 9 * MIB);
	assert_int_equal(usage[PROCESSES_RSS],
		usage[PROCESSES_RSS_ANON] + usage[PROCESSES_RSS_FILE] + usage[PROCESSES_RSS_SHMEM]);
	assert_true(usage[PROCESSES_PAGE_TABLES] > 0);

	assert_int_equal(pss[PSS_COUNT], 2);
	assert_int_equal(pss[PSS_UNREAD], 0);
	assert_in_range(pss[PSS_PSS] - pss_before[PSS_PSS], 8 * MIB - MIB / 2, 9 * MIB);
	assert_in_range(pss[PSS_PRIVATE] - pss_before[PSS_PRIVATE], 8 * MIB - MIB / 2, 9 * MIB);
	/* Shared pages count proportionally: three processes map this program. */
	assert_true(pss[PSS_PSS] < usage[PROCESSES_RSS]);
	assert_true(pss[PSS_PRIVATE] < pss[PSS_PSS]);
	assert_int_equal(child_end(fixture, &second), 0);
	fixture->child = first.pid;
	assert_int_equal(child_end(fixture, &first), 0);
}

/* ---- a child of vfork */

struct vforking {
	int go[2];
	int ready[2];
};

/* Reports that it runs, and waits until the test closes the pipe. */
static int share_memory(void *context)
{
	const struct vforking *pipes = context;
	char byte = 0;

	_exit(write(pipes->ready[1], &byte, 1) == 1 && read(pipes->go[0], &byte, 1) == 0 ? 0 : 1);
}

/* Touches 8 MiB when told to, then has a child like vfork's. */
static int touch_and_vfork(void *context)
{
	static char stack[64 << 10] __attribute__((aligned(16)));
	const struct vforking *pipes = context;
	char byte;
	char *block;

	close(pipes->go[1]);
	if (read(pipes->go[0], &byte, 1) != 1)
		return 1;
	block = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(block, 1, 8 * MIB);
	return clone(share_memory, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD,
		       context) < 0;
}

/*
 * The parent of a vfork is suspended until the child executes or exits: they share one memory
 * meanwhile.
 */
static void test_processes_read__a_vforked_childs_memory_counts_once(void **state)
{
	struct fixture *fixture = *state;
	uint64_t usage[PROCESSES_N_KEYS], pss[PSS_N_KEYS];
	struct vforking pipes;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(pipes.go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(pipes.ready, O_CLOEXEC), 0);
	pid = forked_start(touch_and_vfork, &pipes);
	fixture->child = pid;
	attach(fixture, pid);
	assert_int_equal(write(pipes.go[1], &byte, 1), 1);
	assert_int_equal(read(pipes.ready[0], &byte, 1), 1);
	read_all(fixture, usage, pss);
	assert_int_equal(usage[PROCESSES_COUNT], 2);
	assert_int_equal(usage[PROCESSES_THREADS], 2);
	assert_in_range(usage[PROCESSES_RSS_ANON], 8 * MIB - MIB / 2, 12 * MIB);
	assert_int_equal(pss[PSS_COUNT], 2);
	assert_in_range(pss[PSS_PRIVATE], 8 * MIB, 12 * MIB);
	close(pipes.go[0]);
	close(pipes.go[1]);
	close(pipes.ready[0]);
	close(pipes.ready[1]);
	assert_int_equal(forked_wait(pid), 0);
	fixture->child = 0;
}

/* On v1 rereading a descriptor would return the old list. */
static void test_processes_read__one_that_came_or_went_is_seen_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct child child = child_start(fixture);
	uint64_t usage[PROCESSES_N_KEYS];

	assert_int_equal(processes_read(fixture->slice, usage), 0);
	assert_int_equal(usage[PROCESSES_COUNT], 0);
	attach(fixture, child.pid);
	assert_int_equal(processes_read(fixture->slice, usage), 0);
	assert_int_equal(usage[PROCESSES_COUNT], 1);
	assert_int_equal(child_end(fixture, &child), 0);
	assert_int_equal(processes_read(fixture->slice, usage), 0);
	assert_int_equal(usage[PROCESSES_COUNT], 0);
	assert_int_equal(usage[PROCESSES_UNREAD], 0);
}

/* ---- the list, from a hand-written file */

struct told {
	uint64_t n;
	uint64_t sum;
	pid_t last;
};

static void count(void *context, pid_t pid)
{
	struct told *told = context;

	told->n++;
	told->sum += (uint64_t)pid;
	told->last = pid;
}

static int list(const char *text, struct told *ret_told)
{
	char path[] = "/tmp/test-processes-XXXXXX";
	struct slice slice = {.files = MEMORY_FILES_NONE};
	int result;

	assert_non_null(mkdtemp(path));
	slice.files.task_fd = open(path, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(
		file_write(slice.files.task_fd, "cgroup.procs", text, strlen(text), 0600, NULL), 0);
	*ret_told = (struct told){.n = 0};
	result = slice_each_process(&slice, count, ret_told);
	close(slice.files.task_fd);
	assert_int_equal(file_remove_tree(AT_FDCWD, path, NULL), 0);
	return result;
}

/* 2000 lines of 4 to 7 bytes: more than two reads, each of which ends within a line. */
static void test_slice_each_process__a_long_list_is_read_to_its_end(void **state)
{
	char *text = NULL;
	struct told told;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	for (unsigned pid = 999; pid < 2999; pid++)
		fprintf(stream, "%u\n", pid % 2 ? pid : pid * 100);
	fclose(stream);
	assert_true(size > 2 * 4096);
	assert_int_equal(list(text, &told), 0);
	assert_int_equal(told.n, 2000);
	/* 1000 odd numbers from 999 to 2997, and hundred times the 1000 even ones from 1000 to 2998. */
	assert_int_equal(told.sum, 1998000 + 100 * 1999000);
	assert_int_equal(told.last, 299800);
	free(text);
}

static void test_slice_each_process__numbers_of_no_process_here(void **state)
{
	struct told told;

	(void)state;
	assert_int_equal(list("", &told), 0);
	assert_int_equal(told.n, 0);
	/* As for processes of another PID namespace. */
	assert_int_equal(list("0\n4711\n0\n", &told), 0);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.last, 4711);
}

static void test_slice_each_process__refuses_what_is_no_list(void **state)
{
	static const char *const bad[] = {"4711 \n", "\n", "-1\n", "4711", "123456789\n", "x\n"};
	struct told told;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(list(bad[i], &told), -EBADMSG);
		assert_int_equal(told.n, 0);
	}
}

#define ON_SLICE(test) cmocka_unit_test_setup_teardown(test, processes_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SLICE(test_processes_read__an_empty_leaf_is_all_zeros),
		ON_SLICE(test_processes_read__sums_over_the_leafs_processes_alone),
		ON_SLICE(test_processes_read__a_vforked_childs_memory_counts_once),
		ON_SLICE(test_processes_read__one_that_came_or_went_is_seen_at_once),
		cmocka_unit_test(test_slice_each_process__a_long_list_is_read_to_its_end),
		cmocka_unit_test(test_slice_each_process__numbers_of_no_process_here),
		cmocka_unit_test(test_slice_each_process__refuses_what_is_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
