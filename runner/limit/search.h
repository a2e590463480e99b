#pragma once

/*
 * The search for the smallest memory limit at which a task survives: which trial is to come next, given what became of
 * those before. Its state is a pure function of the settings, the seed and the outcomes in their order, so a resumed run
 * replays the sealed trials and goes on where it was, and a unit test drives it without a machine. No clock, no
 * system call but for memory.
 *
 * A search is of one point. Of several points each has its own, one after the other (runner/run).
 *
 * The stages, in order:
 *
 *   baseline  trials without the search's limit. All but one must survive, and the first: what dies by itself has no limit that
 *             it needs. They give the peak, and the floor: what could not be reclaimed when the use was largest (anon, shmem,
 *             kernel).
 *   search    narrows a bracket of a limit that was survived and a lower one that was not. It begins with the largest peak and the
 *             smallest floor; a task that adapts to its limit may survive below the floor, and the bracket is then widened
 *             downwards. It ends when the bracket is no wider than the resolution, max(1 MiB, 1 %) of the limit.
 *   confirm   trials at the candidate, first the upper end of the bracket, until survival is shown at the stated confidence. A
 *             candidate may die as often as others before it were given up, and as the baseline died; then a higher one is tried. They
 *             share 1 - confidence, so that the chance that any is confirmed
 *             wrongly is below it, however many are tried. The first few trials do not confirm: a candidate that dies in them has
 *             spent nothing. After every fifth trial one is run a step below (LIMIT_STAGE_BELOW).
 *   curve     limits from the confirmed one to the peak, and none at all, in randomised blocks.
 *
 * A trial *survives* if it ends ok within its time (runner/trial/verdict.h), its output passes the task's own check, and
 * nothing in its slice was killed for memory. A trial that ended for another reason than its task's (a step of the
 * trial failed) is no evidence: the step is repeated, LIMIT_MAX_INVALID times in a row at most.
 *
 * Limits are multiples of the page size, and grow by whole steps. docs/limit.md has the statistics, and a
 * table of simulated searches.
 */

#include "runner/experiment/limit_settings.h"
#include "runner/trial/limit_outcome.h"
#include "util/error.h"

#include <stddef.h>

#define LIMIT_BASELINES 5
#define LIMIT_QUICK_BASELINES 3
#define LIMIT_BASELINE_DEATHS 1
#define LIMIT_RESOLUTION 0.01 /* of the limit */
#define LIMIT_RESOLUTION_BYTES (UINT64_C(1) << 20)
#define LIMIT_MAX_INVALID 3
#define LIMIT_MAX_CURVE 10000 /* limits on the curve, and repetitions */

/* A trial to be run. */
struct limit_step {
	enum limit_stage stage;
	uint64_t limit_bytes; /* 0: none but the experiment's own */
	uint64_t repetition;  /* from 1, within the stage and limit */
};

enum limit_result {
	LIMIT_RUNNING,	     /* not finished */
	LIMIT_FOUND,	     /* confirmed; the curve may still be running */
	LIMIT_BASELINE_DIED, /* a trial without the search's limit did not survive */
	LIMIT_NOT_CONFIRMED, /* at no candidate up to twice the peak was the survival shown */
	LIMIT_NO_EVIDENCE,   /* LIMIT_MAX_INVALID trials in a row ended for other reasons */
};

/* Where a search is, and what it has found. Counts are of trials that are evidence. */
struct limit_finding {
	enum limit_result result;
	uint64_t peak_bytes;  /* of the baseline: the largest */
	uint64_t floor_bytes; /* of the baseline: the smallest; 0: not known */
	uint64_t
		lower_bytes; /* the largest limit of which survival at the stated rate is refuted; 0: none */
	uint64_t
		upper_bytes; /* the smallest that is still possible: with LIMIT_FOUND the limit confirmed */
	uint64_t n_confirm; /* trials at it, in confirmation, and how many survived */
	uint64_t n_confirmed;
	uint64_t n_confirm_died; /* candidates before it, which were given up */
	uint64_t n_below;	 /* trials one step below it, and how many survived */
	uint64_t n_below_survived;
	uint64_t n_candidates; /* that confirmation was tried for */
	uint64_t n_search;     /* trials of the stage search */
	bool monotone; /* false: a trial survived a lower limit than one that another died at by more than chance allows */
	bool adapts; /* it survived below the floor: it uses less where its limit is lower */
};

struct limit_search;

/* `seed` and `point` decide the order of the curve's blocks. -ENOMEM; -EINVAL for settings out of range. */
int limit_search_new(const struct limit_settings *settings, uint64_t seed, size_t point,
	uint64_t page_bytes, struct limit_search **ret_search);
void limit_search_free(struct limit_search *search);

/* The next trial; false if the search has ended. The same until an outcome is added. */
bool limit_search_next(const struct limit_search *search, struct limit_step *ret_step);

/* What became of the trial that limit_search_next names. -ENOMEM; -EINVAL if the search has ended. */
int limit_search_add(struct limit_search *search, const struct limit_outcome *outcome);

struct limit_finding limit_search_finding(const struct limit_search *search);

/*
 * The most trials that a search with these settings has, and how many it has if nothing is noisy: what a user is told before it
 * begins. What has to be repeated because it is no evidence comes on top.
 */
uint64_t limit_search_max_trials(const struct limit_settings *settings);
uint64_t limit_search_usual_trials(const struct limit_settings *settings);

/*
 * Trials that show the survival at the confidence if `n_deaths` of them die: the fewest of which the lower end of the one-sided interval
 * of Clopper and Pearson is at least the survival. For 95 % and 95 % 59 without a death, 93 with one.
 */
uint64_t limit_passes(double survival, double confidence, uint64_t n_deaths);
