#pragma once

/*
 * Searches for the limit of tasks whose survival at each limit is known, with outcomes that are drawn: for the unit tests, and
 * for the table of docs/limit.md (tests/bench/programs/limit_simulation.c). A seed gives the same searches everywhere.
 */

#include "runner/experiment/random.h"
#include "runner/limit/search.h"

#include <math.h>
#include <stdlib.h>

#define SIMULATED_MIB 1048576.0
#define SIMULATED_PAGE UINT64_C(4096)

/*
 * The survival at a limit, which is in parts of the boundary: a logistic curve whose survival goes from 10 to 90 % within
 * `width`, or straight lines between points.
 */
struct simulated_boundary {
	const char *name;
	double width;	       /* 0: sharp */
	double least_survival; /* of those that fail whatever the limit is; 1: none */
	const double (*points)[2];
	size_t n_points;
	double random_peak; /* a run's peak is at the boundary, and up to so many parts of it more; it survives from its peak */
};

/* As sort is in docs/limit.md: 7 of 8 survive a limit below that which 3 of 8 do. */
static const double simulated_sort[][2] = {
	{0.980, 0.0}, {0.993, 0.875}, {1.0, 0.375}, {1.022, 0.875}, {1.2375, 1.0}};

/* 0 at the smallest peak, all at the largest, which is twice that. */
static const double simulated_peaks[][2] = {{1.0, 0.0}, {2.0, 1.0}};

static const struct simulated_boundary simulated_boundaries[] = {
	{"sharp", 0.0, 1.0, NULL, 0, 0.0},
	{"0.2 % wide", 0.002, 1.0, NULL, 0, 0.0},
	{"1 % wide", 0.01, 1.0, NULL, 0, 0.0},
	{"5 % wide", 0.05, 1.0, NULL, 0, 0.0},
	{"sharp, 1 % fail", 0.0, 0.99, NULL, 0, 0.0},
	{"random peak", 0.0, 1.0, simulated_peaks,
		sizeof(simulated_peaks) / sizeof(*simulated_peaks), 1.0},
	{"not monotone", 0.0, 1.0, simulated_sort, sizeof(simulated_sort) / sizeof(*simulated_sort),
		0.0},
};

/* Whatever the limit, a little less than what the default settings ask for: the worst that a search can be given. */
static const double simulated_never[][2] = {{0.0, 0.9499}};

static inline struct simulated_boundary simulated_flat(void)
{
	return (struct simulated_boundary){"flat", 0.0, 1.0, simulated_never, 1, 0.0};
}

/* What a task is: its boundary is at a part of the peak, and the floor at or below that. */
struct simulated_task {
	const struct simulated_boundary *boundary;
	double peak_bytes;
	double floor_bytes;
	double at_bytes;
};

struct simulated_search {
	struct limit_finding finding;
	uint64_t n_confirm; /* with those below */
	double survival;    /* at the limit found */
	double true_bytes;  /* from which on the survival is at least that of the settings */
};

static inline double simulated_random(struct random *random)
{
	return ((double)(random_next(random) >> 11) + 0.5) / 9007199254740992.0;
}

static inline double simulated_on_lines(const struct simulated_boundary *boundary, double part)
{
	const double(*points)[2] = boundary->points;

	if (part < points[0][0])
		return points[0][1];
	for (size_t i = 1; i < boundary->n_points; i++)
		if (part < points[i][0])
			return points[i - 1][1] + (points[i][1] - points[i - 1][1]) *
							  (part - points[i - 1][0]) /
							  (points[i][0] - points[i - 1][0]);
	return points[boundary->n_points - 1][1];
}

static inline double simulated_survival(const struct simulated_task *task, double limit_bytes)
{
	const struct simulated_boundary *boundary = task->boundary;
	const double part = limit_bytes / task->at_bytes;

	if (boundary->points)
		return simulated_on_lines(boundary, part);
	if (boundary->width > 0.0)
		return boundary->least_survival /
		       (1.0 + exp(-(part - 1.0) * 2.0 * log(9.0) / boundary->width));
	return part >= 1.0 ? boundary->least_survival : 0.0;
}

/* From above: the smallest limit from which on all have the survival; infinite if none has. */
static inline double simulated_true_limit(const struct simulated_task *task, double survival)
{
	double limit = task->peak_bytes * 2.0;

	if (simulated_survival(task, limit) < survival)
		return INFINITY;
	while (simulated_survival(task, limit - SIMULATED_MIB / 64.0) >= survival)
		limit -= SIMULATED_MIB / 64.0;
	return limit;
}

/* Shaped as the four tasks of docs/limit.md: the floor a little below the boundary, at it, unknown or far above. */
static inline struct simulated_task simulated_task_draw(
	struct random *random, const struct simulated_boundary *boundary)
{
	struct simulated_task task = {
		.boundary = boundary,
		.peak_bytes = (200.0 + 400.0 * simulated_random(random)) * SIMULATED_MIB,
	};

	task.at_bytes = task.peak_bytes * (0.15 + 0.65 * simulated_random(random));
	switch (random_below(random, 4)) {
	case 0:
		task.floor_bytes = task.at_bytes * (0.95 + 0.05 * simulated_random(random));
		break;
	case 1:
		task.floor_bytes = task.at_bytes * (1.0 + 0.01 * simulated_random(random));
		break;
	case 2:
		task.floor_bytes = 0.0;
		break;
	default:
		task.floor_bytes = task.peak_bytes * 0.98;
		break;
	}
	return task;
}

static inline struct limit_outcome simulated_outcome(
	const struct simulated_task *task, const struct limit_step *step, struct random *random)
{
	const struct simulated_boundary *boundary = task->boundary;
	const double drawn = simulated_random(random);
	const double peak_bytes = boundary->random_peak > 0.0
					  ? task->at_bytes * (1.0 + boundary->random_peak * drawn)
					  : task->peak_bytes;
	const bool survived =
		drawn < (step->limit_bytes > 0 ? simulated_survival(task, (double)step->limit_bytes)
					       : boundary->least_survival);

	return (struct limit_outcome){
		.end = survived ? LIMIT_SURVIVED : LIMIT_OOM_KILLED,
		.peak_bytes = (uint64_t)(peak_bytes * (1.0 - 0.005 * simulated_random(random))),
		.floor_bytes = (uint64_t)((boundary->random_peak > 0.0 ? 0.995 * peak_bytes
								       : task->floor_bytes) *
					  (1.0 + 0.005 * simulated_random(random))),
	};
}

/* Until it has ended; without a curve. 0 or -errno. */
static inline int simulated_search_run(const struct simulated_task *task,
	const struct limit_settings *settings, struct random *random,
	struct simulated_search *ret_search)
{
	struct limit_settings without_curve = *settings;
	struct simulated_search done = {.n_confirm = 0};
	struct limit_search *search = NULL;
	struct limit_step step;
	int r;

	without_curve.curve = 0;
	r = limit_search_new(&without_curve, 1, 0, SIMULATED_PAGE, &search);
	while (r == 0 && limit_search_next(search, &step)) {
		const struct limit_outcome outcome = simulated_outcome(task, &step, random);

		done.n_confirm +=
			step.stage == LIMIT_STAGE_CONFIRM || step.stage == LIMIT_STAGE_BELOW;
		r = limit_search_add(search, &outcome);
	}
	if (r == 0) {
		done.finding = limit_search_finding(search);
		done.survival = simulated_survival(task, (double)done.finding.upper_bytes);
		done.true_bytes = simulated_true_limit(task, settings->survival);
		*ret_search = done;
	}
	limit_search_free(search);
	return r;
}
