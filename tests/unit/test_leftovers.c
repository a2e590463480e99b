/*
 * Slices of a killed run, on this host's own hierarchy. Needs root. They have a prefix of this
 * process's own; others are left alone.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/slice.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/process.h"
#include "util/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

struct fixture {
	struct hierarchy *hierarchy;
	char prefix[48];
	struct slice *slices[2];
};

static int set_up(void **state)
{
	static const char *const names[] = {"a", "b"};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const struct limits none = {.cpus = NULL};

	*state = fixture;
	snprintf(fixture->prefix, sizeof(fixture->prefix), "test-leftovers-%d-", (int)getpid());
	if (hierarchy_find(&fixture->hierarchy, NULL) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(cleanup_free)
		char *name = string_format("%s%s.slice", fixture->prefix, names[i]);

		if (slice_create(fixture->hierarchy, name, &none, &fixture->slices[i], NULL) < 0)
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	int r = 0;

	for (size_t i = 0; i < 2; i++)
		r |= slice_remove(&fixture->slices[i], NULL);
	hierarchy_free(fixture->hierarchy);
	free(fixture);
	return r;
}

/* The reported paths, each followed by a blank. */
struct told {
	char text[512];
	size_t n;
};

static void note(void *context, const char *path)
{
	struct told *told = context;
	size_t length = strlen(told->text);

	snprintf(told->text + length, sizeof(told->text) - length, "%s ", path);
	told->n++;
}

static struct told remove_leftovers(const struct fixture *fixture, const char *prefix)
{
	struct told told = {.n = 0};
	struct error error = ERROR_INIT;

	if (slice_remove_leftovers(fixture->hierarchy, prefix, note, &told, &error) < 0)
		fail_msg("%s", error.text);
	return told;
}

static bool is_there(const struct slice *slice)
{
	return access(slice_task_directory(slice), F_OK) == 0;
}

static void test_slice_remove_leftovers__removes_all_of_a_prefix_and_tells_each_once(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free)
	char *expected = string_format("/memcg-run.slice/%sa.slice /memcg-run.slice/%sb.slice ",
		fixture->prefix, fixture->prefix);
	struct told told = remove_leftovers(fixture, fixture->prefix);

	assert_string_equal(told.text, expected);
	assert_false(is_there(fixture->slices[0]));
	assert_false(is_there(fixture->slices[1]));
	assert_int_equal(remove_leftovers(fixture, fixture->prefix).n, 0);
}

static void test_slice_remove_leftovers__leaves_other_names_alone(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *prefix = string_format("%sa", fixture->prefix);

	assert_int_equal(remove_leftovers(fixture, prefix).n, 1);
	assert_false(is_there(fixture->slices[0]));
	assert_true(is_there(fixture->slices[1]));
}

/*
 * Started like a trial's, in every hierarchy of the slice; ignores all signals that can be ignored.
 */
static struct process start_in(const struct slice *slice)
{
	struct process_cgroups cgroups;
	const struct process_options options = {
		.argv = (const char *const[]){"sh", "-c", "trap '' TERM INT HUP; sleep 1000", NULL},
		.stdin_fd = -1,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.cgroups = &cgroups,
	};
	struct process process = PROCESS_NONE;
	struct error error = ERROR_INIT;

	if (slice_open_runtime(slice, &cgroups, &error) < 0 ||
		process_start(&options, &process, &error) < 0)
		fail_msg("%s", error.text);
	process_cgroups_close(&cgroups);
	return process;
}

static void assert_killed(struct process *process)
{
	int status;

	assert_int_equal(process_wait(process, &status, NULL), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void test_slice_remove_leftovers__kills_what_lives_in_them(void **state)
{
	struct fixture *fixture = *state;
	struct process process = start_in(fixture->slices[0]);

	assert_int_equal(remove_leftovers(fixture, fixture->prefix).n, 2);
	assert_killed(&process);
	assert_false(is_there(fixture->slices[0]));
}

/* The freezer of v1, or v2's own. */
static void freeze(const struct fixture *fixture)
{
	const char *freezer = hierarchy_controller_mount(fixture->hierarchy, "freezer");
	const char *mount = freezer ? freezer : hierarchy_memory_mount(fixture->hierarchy);
	const char *value = freezer ? "FROZEN" : "1";
	CLEANUP(cleanup_free)
	char *path = string_format("%s/memcg-run.slice/%sa.slice/%s", mount, fixture->prefix,
		freezer ? "freezer.state" : "cgroup.freeze");

	assert_int_equal(file_write(AT_FDCWD, path, value, strlen(value), 0644, NULL), 0);
}

static void test_slice_remove_leftovers__kills_what_was_left_frozen(void **state)
{
	struct fixture *fixture = *state;
	struct process process = start_in(fixture->slices[0]);

	freeze(fixture);
	assert_int_equal(remove_leftovers(fixture, fixture->prefix).n, 2);
	assert_killed(&process);
}

static bool has_group(const char *mount, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s" SLICE_PARENT "/%s", mount, name);

	return access(path, F_OK) == 0;
}

/* Whether or not another run's slices keep it. */
static void test_slice_hold_parent__is_in_every_hierarchy_until_it_is_removed(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *name = string_format("%sheld.slice", fixture->prefix);
	const char *const *mounts = hierarchy_mounts(fixture->hierarchy);

	assert_int_equal(slice_hold_parent(fixture->hierarchy, name, NULL), 0);
	assert_int_equal(slice_hold_parent(fixture->hierarchy, name, NULL), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(slice_remove(&fixture->slices[i], NULL), 0);
	for (size_t i = 0; mounts[i]; i++)
		assert_true(has_group(mounts[i], name));
	assert_int_equal(remove_leftovers(fixture, name).n, 1);
	for (size_t i = 0; mounts[i]; i++)
		assert_false(has_group(mounts[i], name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__removes_all_of_a_prefix_and_tells_each_once,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__leaves_other_names_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__kills_what_lives_in_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__kills_what_was_left_frozen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_hold_parent__is_in_every_hierarchy_until_it_is_removed, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
