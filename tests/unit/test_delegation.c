/*
 * The origin of a run's cgroups. Scopes are systemd's, so they are tested where it is PID 1:
 * tests/vm/systemd.bats.
 */

#include "cgroup/delegation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

static const char UNIFIED[] = "30 1 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
static const char LEGACY[] =
	"31 1 0:27 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n";

static struct hierarchy *parse(const char *mountinfo, const char *controllers)
{
	struct hierarchy *hierarchy = NULL;

	assert_int_equal(hierarchy_parse(mountinfo, controllers, &hierarchy, NULL), 0);
	return hierarchy;
}

static void test_delegation_choose__asks_systemd_where_it_runs_the_system(void **state)
{
	/* The test of sd_booted(3). */
	const bool booted = access("/run/systemd/system/", F_OK) == 0;
	struct hierarchy *hierarchy = parse(UNIFIED, "cpu memory pids\n");

	(void)state;
	assert_int_equal(delegation_choose(hierarchy), !booted		? DELEGATION_NONE
						       : geteuid() == 0 ? DELEGATION_SYSTEM
									: DELEGATION_USER);
	hierarchy_free(hierarchy);
}

static void test_delegation_choose__asks_nobody_on_v1(void **state)
{
	struct hierarchy *hierarchy = parse(LEGACY, "");

	(void)state;
	assert_int_equal(delegation_choose(hierarchy), DELEGATION_NONE);
	hierarchy_free(hierarchy);
}

static void test_delegation_enter__none_leaves_the_process_where_it_is(void **state)
{
	struct hierarchy *hierarchy = parse(UNIFIED, "memory\n");
	char before[64] = "", after[64] = "";

	(void)state;
	assert_true(readlink("/proc/self/ns/mnt", before, sizeof(before) - 1) > 0);
	assert_int_equal(delegation_enter(DELEGATION_NONE, hierarchy, NULL), 0);
	assert_true(readlink("/proc/self/ns/mnt", after, sizeof(after) - 1) > 0);
	assert_string_equal(before, after);
	hierarchy_free(hierarchy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delegation_choose__asks_systemd_where_it_runs_the_system),
		cmocka_unit_test(test_delegation_choose__asks_nobody_on_v1),
		cmocka_unit_test(test_delegation_enter__none_leaves_the_process_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
