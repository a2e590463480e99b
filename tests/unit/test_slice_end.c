/* Real slices: killing and removal. */
#include "tests/unit/slice_fixture.h"
#include "util/file.h"
#include "util/text.h"

/* Two pipes: from the test, and to it. */
struct tree_pipes {
	int go[2];
	int alive[2];
};

/* A forked_work: waits until told to, then forks forever. */
static int fork_for_ever(void *context)
{
	const struct tree_pipes *pipes = context;
	char byte;

	if (read(pipes->go[0], &byte, 1) != 1)
		return 99;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (forked_more() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (write(pipes->alive[1], &byte, 1) != 1)
				return 99;
		}
	}
}

static void count_listed(void *context, pid_t pid)
{
	(void)pid;
	++*(size_t *)context;
}

static size_t n_processes(const struct slice *slice)
{
	size_t n = 0;

	assert_int_equal(slice_each_process(slice, count_listed, &n), 0);
	return n;
}

/* All of them fork forever, so that killing listed processes would always be too late. */
static void kill_a_forking_tree(struct fixture *fixture, bool by_freezing)
{
	const struct limits limits = {.memory_max_bytes = NUMBER(64 * MIB), .pids_max = NUMBER(16)};
	struct slice *slice = create(fixture, &limits);
	const struct version *const version = slice->version;
	struct version without_kill;
	struct error error = ERROR_INIT;
	struct tree_pipes pipes;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(pipes.go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(pipes.alive, O_CLOEXEC), 0);
	pid = forked_start(fork_for_ever, &pipes);
	fixture->child = pid;
	close(pipes.alive[1]);
	must(slice_attach(slice, pid, &error), &error);
	assert_int_equal(n_processes(slice), 1);
	assert_int_equal(write(pipes.go[1], &byte, 1), 1);
	for (int i = 0; i < 8; i++)
		assert_int_equal(read(pipes.alive[0], &byte, 1), 1);

	without_kill = *slice->version;
	without_kill.kill = NULL;
	if (by_freezing)
		slice->version = &without_kill;
	must(slice_kill(slice, KILL_TIMEOUT_NS, &error), &error);
	slice->version = version;
	assert_int_equal(n_processes(slice), 0);
	/* Each of them held the other end. */
	while (read(pipes.alive[0], &byte, 1) == 1)
		;
	reap_all();
	fixture->child = 0;
	close(pipes.go[0]);
	close(pipes.go[1]);
	close(pipes.alive[0]);
	must(slice_remove(&fixture->slice, &error), &error);
	assert_int_equal(count_groups(fixture, fixture->path), 0);
}

static void test_slice_kill__ends_a_tree_that_keeps_forking(void **state)
{
	kill_a_forking_tree(*state, false);
}

static void test_slice_kill__does_so_by_freezing_where_the_kernel_cannot_kill_at_once(void **state)
{
	kill_a_forking_tree(*state, true);
}

static int fail_to_freeze(const struct slice *slice, bool frozen, struct error *error)
{
	(void)slice;
	(void)frozen;
	return error_set_errno(error, EACCES, "cannot freeze");
}

/* As where one of its files may not be written. */
static void test_slice_kill__does_so_where_freezing_fails(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	const struct version *const version = slice->version;
	struct version failing = *version;
	struct child child = child_start(fixture);
	struct error error = ERROR_INIT;
	int status;

	failing.kill = NULL;
	failing.freeze = fail_to_freeze;
	must(slice_attach(slice, child.pid, &error), &error);
	slice->version = &failing;
	must(slice_kill(slice, KILL_TIMEOUT_NS, &error), &error);
	slice->version = version;
	close(child.order_fd);
	close(child.answer_fd);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	fixture->child = 0;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void wait_until_frozen_is(const struct slice *slice, bool expected)
{
	const uint64_t deadline_ns = clock_monotonic_ns() + 10 * NS_PER_S;
	struct error error = ERROR_INIT;
	bool frozen = !expected;

	while (frozen != expected) {
		must(slice->version->is_frozen(slice, &frozen, &error), &error);
		assert_true(clock_monotonic_ns() < deadline_ns);
	}
}

static void test_slice__is_frozen_and_goes_on(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	struct child child = child_start(fixture);
	struct error error = ERROR_INIT;
	bool frozen = true;

	must(slice_attach(slice, child.pid, &error), &error);
	must(slice->version->is_frozen(slice, &frozen, &error), &error);
	assert_false(frozen);
	assert_int_equal(slice->version->freeze(slice, true, &error), 0);
	wait_until_frozen_is(slice, true);
	assert_int_equal(slice->version->freeze(slice, false, &error), 0);
	wait_until_frozen_is(slice, false);
	assert_true(child_does(&child, 'n'));
	assert_int_equal(child_end(fixture, &child), 0);
}

static void test_slice_kill__an_empty_slice_is_done_at_once(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);

	assert_int_equal(slice_kill(slice, 0, NULL), 0);
}

/* Like runc: its cgroupsPath in every hierarchy. */
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
	/*
	 * If it were empty it would be gone; if it exists another run uses it, and it cannot be
	 * removed.
	 */
	for (size_t i = 0; mounts[i]; i++) {
		char *parent = string_format("%s%s", mounts[i], PARENT);

		assert_int_equal(rmdir(parent), -1);
		assert_true(errno == ENOENT || errno == EBUSY || errno == ENOTEMPTY);
		free(parent);
	}
	free(name);
}

/* A forked_work: lives for a fifth of a second after it was told to. */
static int live_a_little(void *context)
{
	const int *go = context;
	char byte;

	if (read(go[0], &byte, 1) != 1)
		return 99;
	usleep(200000);
	return 0;
}

/* The child lives for a fifth of a second; a removal waits longer. */
static void test_slice_remove__waits_for_who_is_about_to_end(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	struct error error = ERROR_INIT;
	int go[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = forked_start(live_a_little, go);
	fixture->child = pid;
	must(slice_attach(slice, pid, &error), &error);
	assert_int_equal(write(go[1], &byte, 1), 1);
	must(slice_remove(&fixture->slice, &error), &error);
	assert_int_equal(count_groups(fixture, fixture->path), 0);
	reap_all();
	fixture->child = 0;
	close(go[0]);
	close(go[1]);
}

static void test_slice_remove__names_the_group_that_is_still_lived_in(void **state)
{
	struct fixture *fixture = *state;
	const struct limits none = {0};
	struct slice *slice = create(fixture, &none);
	struct child child = child_start(fixture);
	struct error error = ERROR_INIT;

	must(slice_attach(slice, child.pid, &error), &error);
	assert_int_equal(slice_remove(&fixture->slice, &error), -EBUSY);
	assert_null(fixture->slice);
	assert_non_null(strstr(error.text, fixture->path));
	assert_non_null(strstr(error.text, "Device or resource busy"));
	assert_int_equal(child_end(fixture, &child), 0);
}

int main(void)
{
#define ON_SLICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ON_SLICE(test_slice_kill__ends_a_tree_that_keeps_forking),
		ON_SLICE(test_slice_kill__does_so_by_freezing_where_the_kernel_cannot_kill_at_once),
		ON_SLICE(test_slice_kill__does_so_where_freezing_fails),
		ON_SLICE(test_slice__is_frozen_and_goes_on),
		ON_SLICE(test_slice_kill__an_empty_slice_is_done_at_once),
		ON_SLICE(test_slice_remove__leaves_nothing_in_any_hierarchy),
		ON_SLICE(test_slice_remove__keeps_the_parent_while_another_slice_is_in_it),
		ON_SLICE(test_slice_remove__waits_for_who_is_about_to_end),
		ON_SLICE(test_slice_remove__names_the_group_that_is_still_lived_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
