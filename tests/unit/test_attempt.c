/* The doctor's tests, on this host; the slice has a name of this test's own. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/slice.h"
#include "runner/doctor/attempt.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	struct hierarchy *hierarchy;
	char name[64];
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->name, sizeof(fixture->name), "test-attempt-%d.slice", (int)getpid());
	return hierarchy_find(&fixture->hierarchy, NULL);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	hierarchy_free(fixture->hierarchy);
	free(fixture);
	return 0;
}

static bool slice_is_there(const struct fixture *fixture)
{
	CLEANUP(cleanup_free)
	char *path = string_format(
		"%s%s/%s", hierarchy_memory_mount(fixture->hierarchy), SLICE_PARENT, fixture->name);

	return access(path, F_OK) == 0;
}

static void test_attempt_make__sees_what_the_kernel_does(void **state)
{
	const struct fixture *fixture = *state;
	struct attempt attempt;
	struct error error = ERROR_INIT;
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	if (attempt_make(fixture->hierarchy, fixture->name, 50 * NS_PER_MS, &attempt, &error) < 0)
		fail_msg("%s", error.text);
	assert_true(attempt.made);
	/* MEMCG_CHARGE_BATCH: 64 pages since Linux 5.16. */
	assert_int_equal(attempt.charge_batch_bytes, 64 * page_bytes);
	assert_true(attempt.has_peak);
	assert_in_range(attempt.sample_cost_ns, 1, attempt.sample_cost_p99_ns);
	/* A deadline per millisecond for at least 50 ms; more on a busy machine. */
	assert_true(attempt.timer.n_scheduled >= 50);
	assert_int_equal(
		attempt.timer.n_scheduled, attempt.timer.n_samples + attempt.timer.n_missed);
	assert_true(attempt.timer.late_p50_ns > 0);
	assert_false(slice_is_there(fixture));
}

/* Terminating signals are blocked, and unblocked afterwards. */
static void test_attempt_make__gives_signals_back(void **state)
{
	const struct fixture *fixture = *state;
	struct attempt attempt;
	sigset_t blocked;

	assert_int_equal(
		attempt_make(fixture->hierarchy, fixture->name, NS_PER_MS, &attempt, NULL), 0);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGINT));
	assert_false(sigismember(&blocked, SIGTERM));
}

static void test_attempt_make__refuses_a_slice_that_is_somebody_elses(void **state)
{
	const struct fixture *fixture = *state;
	const struct limits none = {.cpus = NULL};
	struct attempt attempt = {.charge_batch_bytes = 77};
	struct error error = ERROR_INIT;
	struct slice *slice = NULL;

	assert_int_equal(slice_create(fixture->hierarchy, fixture->name, &none, &slice, NULL), 0);
	assert_int_equal(
		attempt_make(fixture->hierarchy, fixture->name, NS_PER_MS, &attempt, &error),
		-EEXIST);
	assert_non_null(strstr(error.text, fixture->name));
	assert_int_equal(attempt.charge_batch_bytes, 77);
	assert_true(slice_is_there(fixture));
	assert_int_equal(slice_remove(&slice, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_attempt_make__sees_what_the_kernel_does),
		TEST(test_attempt_make__gives_signals_back),
		TEST(test_attempt_make__refuses_a_slice_that_is_somebody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
