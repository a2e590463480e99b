#pragma once

/*
 * The interval of a median, from the exact distribution of the medians of all resamples: what a
 * percentile bootstrap has with more resamples than could be drawn. Nothing is random.
 */

#include "runner/analysis/statistics.h"

/*
 * Where 2.5 % and 97.5 % of the medians of resamples (as many values as there are, drawn with replacement)
 * are reached, of `n` sorted finite values, 1 at least. With five or fewer these are the least and the
 * largest value.
 */
struct interval median_interval(const double *sorted, size_t n);
