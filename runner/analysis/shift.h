#pragma once

/*
 * By what factor one group of positive values is larger than another: an exact interval and exact
 * probabilities, from as few as five values each, without assuming a distribution.
 *
 * Unpaired values (two runs) are compared by the test of Mann and Whitney, pairs (two trials of one
 * block) by the signed-rank test of Wilcoxon. Both work on *contrasts*:
 *
 *     unpaired   new[j] / base[i], for all i and j
 *     paired     the geometric means of d[i] and d[j], for all i <= j, where d[i] = new[i] / base[i]
 *
 * The factor is the median contrast (Hodges and Lehmann); if its true value is f, the number of
 * contrasts below f is distributed like U or W, so the k-th contrast from either end bounds it.
 *
 * Assumptions. Unpaired: values are independent and, apart from the factor, have the same distribution.
 * Paired: a ratio is as likely to be x as 1 / x apart from the factor, which random order within a
 * block makes true if there is no difference.
 *
 * Ties and steps, such as peaks that are equal to the page, make every probability here too large and every
 * interval too wide, never the opposite: a contrast equal to the factor in question counts against
 * the claim.
 *
 * The fewest values: U = 0 has the probability 1 / C(n + m, n), W = 0 has 1 / 2^n. For 0.5 % on
 * either side, a 99 % interval, these are 5 and 5 (1 / 252), 4 and 6 (1 / 210), 3 and 9 (1 / 220), or 8 pairs (1 / 256).
 *
 * The distributions are exact up to 10,000 contrasts and 200 pairs, then normal. Of more than
 * SHIFT_MAX_VALUES values the first are used.
 */

#include "runner/analysis/statistics.h"

#include <stdbool.h>

#define SHIFT_MAX_VALUES 2000

/* Fewest values each, and fewest pairs, with an interval of 0.5 % on either side. */
#define SHIFT_LEAST_VALUES 5
#define SHIFT_LEAST_PAIRS 8

struct shift;

/* Values must be positive and finite, and their number at least 1. -ENOMEM; -EDOM if they are not. */
int shift_new_unpaired(const double *base, size_t n_base, const double *values, size_t n_values,
	struct shift **ret_shift);
int shift_new_paired(
	const double *base, const double *values, size_t n_pairs, struct shift **ret_shift);
void shift_free(struct shift *shift);

/* The estimate. */
double shift_ratio(const struct shift *shift);

/*
 * The interval that misses the true factor with a probability of at most `part` on either side.
 * Without one, because there are too few values, its ends are NaN.
 */
struct interval shift_interval(const struct shift *shift, double part);

/*
 * The probability that values as large as these, or larger, are measured if the true factor is
 * `ratio` or less. If it is small, the factor is above `ratio`.
 */
double shift_p_above(const struct shift *shift, double ratio);
