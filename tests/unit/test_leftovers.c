/*
 * Slices that a killed run left, on this host's own hierarchy. Needs root. They have a prefix of this
 * process's own; those of others are left alone.
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

static bool is_there(const struct slice *slice)
{
	return access(slice_task_directory(slice), F_OK) == 0;
}

static void test_slice_remove_leftovers__removes_all_of_a_prefix_and_counts_them(void **state)
{
	struct fixture *fixture = *state;
	size_t n = 77;

	assert_int_equal(slice_remove_leftovers(fixture->hierarchy, fixture->prefix, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_false(is_there(fixture->slices[0]));
	assert_false(is_there(fixture->slices[1]));
	assert_int_equal(slice_remove_leftovers(fixture->hierarchy, fixture->prefix, &n, NULL), 0);
	assert_int_equal(n, 0);
}

static void test_slice_remove_leftovers__leaves_other_names_alone(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *prefix = string_format("%sa", fixture->prefix);
	size_t n = 77;

	assert_int_equal(slice_remove_leftovers(fixture->hierarchy, prefix, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_false(is_there(fixture->slices[0]));
	assert_true(is_there(fixture->slices[1]));
}

static void test_slice_remove_leftovers__names_one_that_is_lived_in(void **state)
{
	struct fixture *fixture = *state;
	struct error error = ERROR_INIT;
	size_t n = 77;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	assert_int_equal(slice_attach(fixture->slices[0], pid, NULL), 0);
	assert_int_equal(
		slice_remove_leftovers(fixture->hierarchy, fixture->prefix, &n, &error), -EBUSY);
	assert_non_null(strstr(error.text, fixture->prefix));
	assert_true(is_there(fixture->slices[0]));
	assert_false(is_there(fixture->slices[1]));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__removes_all_of_a_prefix_and_counts_them,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__leaves_other_names_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_slice_remove_leftovers__names_one_that_is_lived_in, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
