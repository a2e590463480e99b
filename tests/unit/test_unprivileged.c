#include "runner/experiment/unprivileged.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#define NOBODY 65534

static const char UNIFIED[] = "30 1 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";

struct checking {
	const struct experiment *experiment;
	enum delegation delegation;
	const char *expected;
};

/* A forked_work. */
static int check_without_rights(void *context)
{
	const struct checking *checking = context;
	struct hierarchy *hierarchy = NULL;
	struct error error = ERROR_INIT;
	int r;

	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 ||
		hierarchy_parse(UNIFIED, "memory\n", &hierarchy, NULL) < 0)
		return 254;
	r = unprivileged_check(checking->experiment, hierarchy, checking->delegation, &error);
	return strstr(error.text, checking->expected) ? -r : 255;
}

/* The error for a user other than root, in a child with such a user. It contains `expected`. */
static int check_as_nobody(
	const struct experiment *experiment, enum delegation delegation, const char *expected)
{
	struct checking checking = {experiment, delegation, expected};

	return -WEXITSTATUS(forked_run(check_without_rights, &checking));
}

static void test_unprivileged__needs_systemd(void **state)
{
	const struct experiment experiment = {.path = NULL};

	(void)state;
	assert_int_equal(check_as_nobody(&experiment, DELEGATION_NONE, "run it with sudo"), -EPERM);
}

static void test_unprivileged__is_permitted_in_the_users_own_scope(void **state)
{
	const struct experiment experiment = {.path = NULL};

	(void)state;
	assert_int_equal(check_as_nobody(&experiment, DELEGATION_USER, ""), 0);
}

static void test_unprivileged__has_no_cold_page_cache(void **state)
{
	const struct experiment experiment = {.trials = {.page_cache = PAGE_CACHE_COLD}};

	(void)state;
	assert_int_equal(
		check_as_nobody(&experiment, DELEGATION_USER, "trials.page_cache"), -EPERM);
}

static void test_unprivileged__has_no_oracle(void **state)
{
	const struct experiment experiment = {.oracle = {.counts = true}};

	(void)state;
	assert_int_equal(check_as_nobody(&experiment, DELEGATION_USER, "remove [oracle]"), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unprivileged__needs_systemd),
		cmocka_unit_test(test_unprivileged__is_permitted_in_the_users_own_scope),
		cmocka_unit_test(test_unprivileged__has_no_cold_page_cache),
		cmocka_unit_test(test_unprivileged__has_no_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
