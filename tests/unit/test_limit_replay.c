/* The answer of a search that runner/limit/search.c chose the trials of, for a task of which everything is known. */

#include "runner/limit/answer.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (UINT64_C(1) << 20)
#define MAX_TRIALS 4000

/* It needs 100 MiB, uses 200, and takes twice as long below 150. */
#define NEED (100 * MIB)
#define PEAK (200 * MIB)
#define FAST_FROM (150 * MIB)

CLEANUP_POINTER(cleanup_search, struct limit_search, limit_search_free)
CLEANUP_POINTER(cleanup_answer, struct limit_answer, limit_answer_free)

static struct limit_trial trials[MAX_TRIALS];

static struct limit_outcome outcome_of(const struct limit_step *step)
{
	const uint64_t limit = step->limit_bytes ? step->limit_bytes : UINT64_MAX;
	const bool survives = limit >= NEED;

	return (struct limit_outcome){.end = survives ? LIMIT_SURVIVED : LIMIT_OOM_KILLED,
		.peak_bytes = limit < PEAK ? limit : PEAK,
		.floor_bytes = 90 * MIB,
		.wall_ns = limit < FAST_FROM ? 2 * NS_PER_S : NS_PER_S};
}

static struct limit_run run_search(const struct limit_point *point)
{
	struct limit_run run = {.settings = {.survival = 0.95,
					.confidence = 0.95,
					.slowdown = 1.10,
					.curve = 10,
					.curve_repetitions = 5},
		.seed = 3,
		.page_bytes = 4096,
		.points = point,
		.n_points = 1,
		.trials = trials};
	CLEANUP(cleanup_search) struct limit_search *search = NULL;
	struct limit_step step;

	assert_int_equal(limit_search_new(&run.settings, run.seed, 0, run.page_bytes, &search), 0);
	while (limit_search_next(search, &step)) {
		struct limit_trial *trial = &trials[run.n_trials++];

		assert_true(run.n_trials < MAX_TRIALS);
		*trial = (struct limit_trial){.number = run.n_trials,
			.step = step,
			.outcome = outcome_of(&step),
			.file_bytes = NAN,
			.limit_met = NAN};
		assert_int_equal(limit_search_add(search, &trial->outcome), 0);
	}
	return run;
}

static void test_limit_replay__answer_is_what_is_known_of_the_task(void **state)
{
	static const struct limit_point point = {.task = "known", .parameters = "{}", .label = ""};
	struct limit_run run = run_search(&point);
	CLEANUP(cleanup_answer) struct limit_answer *answer = NULL;
	struct error error = ERROR_INIT;
	const struct limit_answer_point *found;

	(void)state;
	if (limit_answer_make(&run, &answer, &error) < 0)
		fail_msg("%s", error.text);
	found = &answer->points[0];
	assert_int_equal(found->finding.result, LIMIT_FOUND);
	assert_true(found->finished);
	/* Within the resolution, which is 1 MiB here. */
	assert_true(found->finding.upper_bytes >= NEED);
	assert_true(found->finding.upper_bytes <= NEED + MIB);
	assert_true(found->dies_bytes < NEED);
	assert_int_equal(found->dies_by, LIMIT_OOM_KILLED);
	/* The curve's first limit from 150 MiB on: of ten limits from 100 to 200, 8 % apart, at most 163. */
	assert_true(found->unharmed_bytes >= FAST_FROM);
	assert_true(found->unharmed_bytes <= 163 * MIB);
	assert_true(found->unharmed_interval.low < (double)FAST_FROM);
	assert_int_equal(found->knee_bytes, found->unharmed_bytes);
	assert_true(found->rows[found->n_rows - 1].limit_bytes == 0);
	assert_int_equal(found->rows[found->n_rows - 1].n, 10);
}

/* Wherever it was interrupted. */
static void test_limit_replay__a_part_of_a_search_has_an_answer_too(void **state)
{
	static const struct limit_point point = {.task = "known", .parameters = "{}", .label = ""};
	struct limit_run run = run_search(&point);
	const size_t n_trials = run.n_trials;

	(void)state;
	for (run.n_trials = 0; run.n_trials < n_trials; run.n_trials++) {
		CLEANUP(cleanup_answer) struct limit_answer *answer = NULL;
		struct error error = ERROR_INIT;

		if (limit_answer_make(&run, &answer, &error) < 0)
			fail_msg("%s", error.text);
		assert_false(answer->points[0].finished);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_replay__answer_is_what_is_known_of_the_task),
		cmocka_unit_test(test_limit_replay__a_part_of_a_search_has_an_answer_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
