#pragma once

/*
 * The plan of a search as it grows: which trial comes next, over all points, given what became of those before. It asks
 * the search of each point (runner/limit/search.h), one point after the other, and puts the experiment's warm-ups before
 * each. A pure function of the outcomes: the run that resumes another replays the sealed ones, and the child that reads
 * them does the same.
 */

#include "runner/experiment/plan.h"
#include "runner/limit/search.h"
#include "util/error.h"

struct run_search;

/* Borrows the plan, which is empty, and makes it grow. */
int run_search_new(struct plan *plan, uint64_t page_bytes, struct run_search **ret_search,
	struct error *error);
void run_search_free(struct run_search *search);

/*
 * The trial that is to come: appends it to the plan, once. 1 if there is none, because the search of every point has
 * ended.
 */
int run_search_next(
	struct run_search *search, const struct planned_trial **ret_planned, struct error *error);

/* What became of the trial that run_search_next named; of a warm-up, nothing that matters. */
int run_search_add(
	struct run_search *search, const struct limit_outcome *outcome, struct error *error);

/* The most trials that the plan can have, and how many it has if nothing is noisy: warm-ups included, of all points. */
uint64_t run_search_max_trials(const struct plan *plan);
uint64_t run_search_usual_trials(const struct plan *plan);

/* What is left of a point's search: of trials as long as its baseline's, which a limit may make longer. */
struct run_search_rest {
	uint64_t n_usual;
	uint64_t n_most;
	uint64_t wall_ns; /* of a trial: the baseline's mean */
};

/* True right after the last trial of a point's baseline, if the search goes on. */
bool run_search_tells_rest(const struct run_search *search, struct run_search_rest *ret_rest);

/* Trials of that point that died. */
uint64_t run_search_n_died(const struct run_search *search);

/* Of the point that is searched, or was last. */
struct limit_finding run_search_finding(const struct run_search *search);
