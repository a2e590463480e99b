#pragma once

/*
 * A search whose trials and finding are given, so that each number of an answer is known and does not depend on the
 * rule by which a search chooses its limits. It stands in for runner/limit/search.c.
 *
 * The task of the fixture, `cached`, with 64 blocks of the curve's pairs below:
 *
 *     MiB    what happened
 *     104    0 of 1, OOM kill
 *     110    0 of 2: an OOM kill, an own error
 *     114    1 of 2 (so nothing below 110 survived, and 110 is the largest limit of which that is so)
 *     120    minimal: 59 of 59 confirmed, and the curve's six
 *     none   five baselines of 200, 201, 202, 203, 204 MiB, floor 90 MiB, half of the peak page cache; six of the curve
 *
 *     curve  slowdown                            refaults
 *     120    2                                   100000
 *     140    1.2 1.3 1.4 1.3 1.3 1.3             60000
 *     160    1.08                                1000, more than 1 % of 202 MiB in pages, which is 517
 *     180    1                                   500
 *     200    1                                   0
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/limit/answer.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MIB (UINT64_C(1) << 20)
#define LIMIT_MAX_GIVEN 400

struct limit_search {
	size_t point;
	size_t n;
};

/* What the search that stands in knows. */
struct limit_given {
	struct limit_trial trials[LIMIT_MAX_GIVEN];
	size_t n_trials;
	struct limit_finding findings[3];
	/* Trials of a point before one for which the search has this step. */
	size_t n_other;
	struct limit_step other;
	bool more; /* the search has another trial after those that are given */
	size_t n_known; /* trials of a point that the search would have: with more, the run is another's */
	struct limit_point points[3];
	struct limit_run run;
};

static struct limit_given given;

int limit_search_new(const struct limit_settings *settings, uint64_t seed, size_t point,
	uint64_t page_bytes, struct limit_search **ret_search)
{
	struct limit_search *search = calloc(1, sizeof(*search));

	assert_non_null(search);
	assert_ptr_equal(settings, &given.run.settings);
	assert_int_equal(seed, given.run.seed);
	assert_int_equal(page_bytes, given.run.page_bytes);
	search->point = point;
	*ret_search = search;
	return 0;
}

void limit_search_free(struct limit_search *search)
{
	free(search);
}

bool limit_search_next(const struct limit_search *search, struct limit_step *ret_step)
{
	size_t n = 0;

	for (size_t i = 0; i < given.n_trials; i++)
		if (given.trials[i].point == search->point && n++ == search->n) {
			*ret_step = n > given.n_other ? given.other : given.trials[i].step;
			/* The step is there at its end too, so that only the result says that it ended. */
			return search->n < given.n_known;
		}
	if (given.more) {
		*ret_step = given.other;
		return true;
	}
	return false;
}

int limit_search_add(struct limit_search *search, const struct limit_outcome *outcome)
{
	(void)outcome;
	search->n++;
	return 0;
}

struct limit_finding limit_search_finding(const struct limit_search *search)
{
	return given.findings[search->point];
}

static inline struct limit_trial *limit_add(size_t point, enum limit_stage stage,
	uint64_t limit_mib, uint64_t repetition, enum limit_end end)
{
	struct limit_trial *trial = &given.trials[given.n_trials];

	assert_true(given.n_trials < LIMIT_MAX_GIVEN);
	*trial = (struct limit_trial){.number = ++given.n_trials,
		.point = point,
		.step = {stage, limit_mib * LIMIT_MIB, repetition},
		.outcome = {.end = end, .peak_bytes = limit_mib * LIMIT_MIB, .wall_ns = NS_PER_S},
		.anon_bytes = NAN,
		.file_bytes = NAN,
		.shmem_bytes = NAN,
		.kernel_bytes = NAN,
		.limit_met = 3.0,
		.cause = end == LIMIT_OOM_KILLED  ? "killed by the kernel: out of memory"
			 : end == LIMIT_OWN_ERROR ? "exit code 1"
						  : NULL};
	return trial;
}

static inline void limit_add_baseline(size_t point)
{
	for (uint64_t i = 0; i < 5; i++) {
		struct limit_trial *trial =
			limit_add(point, LIMIT_STAGE_BASELINE, 0, i + 1, LIMIT_SURVIVED);

		trial->outcome.peak_bytes = (200 + i) * LIMIT_MIB;
		trial->outcome.floor_bytes = 90 * LIMIT_MIB;
		trial->file_bytes = (double)trial->outcome.peak_bytes / 2.0;
		trial->limit_met = 0.0;
	}
}

static inline void limit_add_curve(size_t point, uint64_t n_blocks)
{
	static const struct {
		uint64_t limit_mib;
		double slowdown[6];
		uint64_t refaults;
	} limits[] = {
		{180, {1, 1, 1, 1, 1, 1}, 500},
		{120, {2, 2, 2, 2, 2, 2}, 100000},
		{160, {1.08, 1.08, 1.08, 1.08, 1.08, 1.08}, 1000},
		{200, {1, 1, 1, 1, 1, 1}, 0},
		{140, {1.2, 1.3, 1.4, 1.3, 1.3, 1.3}, 60000},
	};

	for (uint64_t block = 1; block <= n_blocks; block++) {
		/* Blocks differ in speed: only within one can times be compared. */
		const double free_ns = (double)(block * NS_PER_S);

		limit_add(point, LIMIT_STAGE_FREE, 0, block, LIMIT_SURVIVED)->outcome.wall_ns =
			(uint64_t)free_ns;
		for (size_t i = 0; i < LENGTH(limits); i++) {
			struct limit_trial *trial = limit_add(point, LIMIT_STAGE_CURVE,
				limits[i].limit_mib, block, LIMIT_SURVIVED);

			trial->outcome.wall_ns =
				(uint64_t)llround(limits[i].slowdown[block - 1] * free_ns);
			trial->outcome.refaults = limits[i].refaults;
			trial->outcome.major_faults = limits[i].refaults / 10;
		}
	}
}

/* The task above, with a name for people if there are several points. */
static inline void limit_add_cached(size_t point, uint64_t n_blocks)
{
	limit_add_baseline(point);
	limit_add(point, LIMIT_STAGE_SEARCH, 104, 1, LIMIT_OOM_KILLED);
	limit_add(point, LIMIT_STAGE_SEARCH, 110, 1, LIMIT_OWN_ERROR);
	limit_add(point, LIMIT_STAGE_SEARCH, 110, 2, LIMIT_OOM_KILLED);
	limit_add(point, LIMIT_STAGE_SEARCH, 114, 1, LIMIT_SURVIVED);
	limit_add(point, LIMIT_STAGE_SEARCH, 114, 2, LIMIT_OOM_KILLED);
	for (uint64_t i = 1; i <= 59; i++)
		limit_add(point, LIMIT_STAGE_CONFIRM, 120, i, LIMIT_SURVIVED)->outcome.refaults =
			100000;
	limit_add_curve(point, n_blocks);
	given.findings[point] = (struct limit_finding){.result = LIMIT_FOUND,
		.peak_bytes = 204 * LIMIT_MIB,
		.floor_bytes = 90 * LIMIT_MIB,
		.lower_bytes = 114 * LIMIT_MIB,
		.upper_bytes = 120 * LIMIT_MIB,
		.n_confirm = 59,
		.n_confirmed = 59,
		.n_below = 2,
		.n_below_survived = 1,
		.n_candidates = 1,
		.n_search = 5,
		.monotone = true};
}

/* Begins a run of so many points, without trials. */
static inline void limit_given_new(size_t n_points)
{
	memset(&given, 0, sizeof(given));
	given.n_other = LIMIT_MAX_GIVEN;
	given.n_known = LIMIT_MAX_GIVEN;
	for (size_t i = 0; i < n_points; i++)
		given.points[i] = (struct limit_point){.task = "cached.py --read 100MiB",
			.parameters = i == 0 ? "{\"size\": 1}" : "{\"size\": 2}",
			.label = n_points == 1 ? ""
				 : i == 0      ? "size=1"
					       : "size=2"};
	given.run = (struct limit_run){.settings = {.survival = 0.95,
					       .confidence = 0.95,
					       .slowdown = 1.10,
					       .curve = 5,
					       .curve_repetitions = 6},
		.seed = 7,
		.page_bytes = 4096,
		.title = "cached",
		.kernel = "Linux 6.12.1",
		.cpu_model = "AMD EPYC",
		.hierarchy = "v2",
		.image = "host",
		.created = "2026-11-22T17:53:21Z",
		.points = given.points,
		.n_points = n_points,
		.trials = given.trials};
}

static inline struct limit_answer *limit_given_answer(void)
{
	struct error error = ERROR_INIT;
	struct limit_answer *answer = NULL;

	given.run.n_trials = given.n_trials;
	if (limit_answer_make(&given.run, &answer, &error) < 0)
		fail_msg("%s", error.text);
	return answer;
}

CLEANUP_POINTER(cleanup_given_answer, struct limit_answer, limit_answer_free)
