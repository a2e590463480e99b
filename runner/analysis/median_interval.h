#pragma once

/*
 * The confidence interval of a median, from the exact distribution of the medians of all resamples:
 * the limit of a percentile bootstrap as the number of resamples grows. Deterministic.
 */

#include "runner/analysis/statistics.h"

/*
 * The 2.5 % and 97.5 % quantiles of the medians of resamples (n values drawn with replacement) of
 * `n` sorted finite values, n >= 1. With five values or fewer these are the smallest and the
 * largest value.
 */
struct interval median_interval(const double *sorted, size_t n);
