#pragma once

/*
 * How reliable a run's figures are: whether they drifted during the run, and how many repetitions
 * would make them precise.
 */

#include "runner/analysis/comparison.h"

struct stability_drift {
	struct drift correlation; /* n = 0: not known */
	double change;		  /* NaN: none */
};

/*
 * Divides each trial's value by its cell's median and ranks all of them together against their
 * repetition (Spearman). There is no change unless p < 0.01; else it is that of the median of the later half of the
 * repetitions relative to that of the earlier half. Peaks are the reference's. Not known if no cell has
 * COMPARISON_ENOUGH_TRIALS. -ENOMEM.
 */
int stability_drifts(const struct comparison *comparison, struct stability_drift *ret_wall,
	struct stability_drift *ret_peak);

/*
 * "Drift over the repetitions: wall times +4.1 % (rho +0.83, p < 0.001); peaks none (rho +0.02, p =
 * 0.81)." NULL on ENOMEM; "" if no cell has COMPARISON_ENOUGH_TRIALS. The caller frees.
 */
char *stability_sentence(const struct comparison *comparison);

struct repetitions_needed {
	double n;	     /* rounded up to two digits; 0: too few trials to say */
	const char *what;    /* "peak" or "ratio": what needs the most of them */
	const char *backend; /* whose; borrowed from the results */
};

/*
 * How many repetitions would bring every median of a point within 1 %: the largest number that any ratio or peak needs,
 * at least COMPARISON_ENOUGH_TRIALS. -ENOMEM.
 */
int stability_repetitions(
	const struct comparison *comparison, size_t point, struct repetitions_needed *ret_needed);
