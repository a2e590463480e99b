#pragma once

/*
 * What the figures of a point say about its backends: which come closest to the truth, and which slow the task. Decided
 * here, from the comparison, for whoever prints it.
 */

#include "runner/analysis/comparison.h"

struct rated_backend {
	const char *name; /* borrowed from the results */
	double value;	  /* the median error, 0.01 for 1 %; or the ratio of wall times */
};

enum closeness {
	CLOSENESS_NOT_JUDGED,  /* fewer than two report, or the truth is incomplete */
	CLOSENESS_ONE_PERCENT, /* all errors are below 1 %: not ranked */
	CLOSENESS_RESOLUTION,  /* all errors are below what the kernel's account resolves */
	CLOSENESS_RANKED,
};

struct truth_verdict {
	struct statistics
		reference_error; /* of the kernel's account in all trials; n = 0: no truth */
	/* The kernel's account is so far from the declared truth that no reporter is judged by it. */
	bool incomplete;
	enum closeness closeness;
	struct rated_backend *errors; /* the smallest first */
	size_t n_errors;
	size_t n_equal; /* these cannot be told from the first: of CLOSENESS_RANKED */
};

/* -ENOMEM. */
int truth_verdict_of(
	const struct comparison *comparison, size_t point, struct truth_verdict *ret_verdict);
void truth_verdict_release(struct truth_verdict *verdict);

struct cost_verdict {
	struct rated_backend *slow; /* the slowest first: the interval of their ratio is above 1 */
	size_t n_slow;
	bool judged; /* false: too few trials to say that no backend slows the task */
};

/* -ENOMEM. */
int cost_verdict_of(
	const struct comparison *comparison, size_t point, struct cost_verdict *ret_verdict);
void cost_verdict_release(struct cost_verdict *verdict);
