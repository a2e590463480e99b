#pragma once

/*
 * The resamples that a percentile-bootstrap interval of a median is made from. Which values a resample has
 * for its middle depends on their number alone, and so it is drawn once for each number: who has thousands of
 * sets of ten values pays for ten thousand resamples once (11 ms, Linux 6.18 on a loaded machine), and not for each.
 */

#include "runner/analysis/statistics.h"

struct resamples;

/* None drawn yet. NULL on ENOMEM. */
struct resamples *resamples_new(void);
void resamples_free(struct resamples *resamples);

/* The interval of 95 % of the median of `n` sorted values, 1 at least. The same values have the same interval,
 * in every program. -ENOMEM. */
int resamples_median_interval(
	struct resamples *resamples, const double *sorted, size_t n, struct interval *ret_interval);
