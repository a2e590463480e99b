#pragma once

/*
 * Shared by the tests of results.h5: a run of four trials (two blocks of two backends), sealed and
 * gathered, and its results as read by h5py and by the report.
 */

#include "tests/unit/made_facts.h"
#include "tests/unit/store_fixture.h"

#include "util/text.h"

/* Four trials: two blocks of two backends. */
static inline int setup(void **state)
{
	*state = store_fixture_new(2);
	return 0;
}

static inline int teardown(void **state)
{
	store_fixture_free(*state);
	return 0;
}

/*
 * The trial has initial 100, peak 900, final 200 and wall 1000; other values grow with the index.
 */
static inline void seal_trial(struct store_fixture *fixture, size_t index)
{
	struct trial_result result;

	store_result_init(fixture, &result);
	if (strcmp(plan_trial(fixture->plan, index)->backend->name, "psutil") == 0) {
		store_append(result.spool, "psutil.rss_bytes", 1100, 40 + index);
		store_append(result.spool, "psutil.rss_bytes", 1200, 70 + index);
		store_append(result.spool, "psutil.calls", 1200, 5);
		store_append(result.spool, "truth", 1100, 60);
		store_append(result.spool, "truth.charged", 1100, 64);
	}
	store_seal(fixture, index, &result);
	store_result_release(&result);
}

static inline void seal_all(struct store_fixture *fixture)
{
	for (size_t i = 0; i < plan_size(fixture->plan); i++)
		seal_trial(fixture, i);
}

static inline void gather(struct store_fixture *fixture, const struct run_facts *run_facts)
{
	struct error error = ERROR_INIT;

	if (results_gather(fixture->run_fd, fixture->path, fixture->plan, run_facts, &error) < 0)
		fail_msg("%s", error.text);
	assert_false(store_exists(fixture->run_fd, "results.h5.part"));
	assert_false(store_exists(fixture->run_fd, "summary.csv.part"));
}

static inline void check(struct store_fixture *fixture, const char *program)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", fixture->path);

	store_assert_python(path, program);
}

static inline struct results *open_results(struct store_fixture *fixture)
{
	struct results *results = NULL;
	struct error error = ERROR_INIT;

	if (results_open(fixture->run_fd, fixture->path, &results, &error) < 0)
		fail_msg("%s", error.text);
	return results;
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
