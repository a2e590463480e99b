#pragma once

/*
 * Order statistics (GSL) and confidence intervals of medians: exact percentile bootstrap, nothing
 * is random.
 */

#include <stddef.h>

struct interval {
	double low;
	double high;
};

struct statistics {
	size_t n;
	double median;
	double minimum;
	double maximum;
	double quartile_low; /* 25 % and 75 %, by linear interpolation (type 7) */
	double quartile_high;
	/* median_interval.h; NaN for n < 2: a single value has no interval */
	struct interval median_ci95;
};

/* NaNs are left out; if none remain, n is 0 and the rest NaN. -ENOMEM. */
int statistics_of(const double *values, size_t n, struct statistics *ret_statistics);

/* The median of the ratios a[i] / b[i] of paired values, with its interval; pairs with a NaN or b = 0
 * are left out. */
int statistics_of_ratio(
	const double *a, const double *b, size_t n, struct statistics *ret_statistics);

/*
 * How many values would narrow the interval of the median to +-`precision` (0.01: 1 %),
 * extrapolated from its current width, which shrinks with the square root of n. Rounded up, at
 * least 1. NaN if there are no values or the median is 0.
 */
double statistics_n_for(const struct statistics *statistics, double precision);

/* Whether values drift with the order in which they were measured. */
struct drift {
	size_t n;
	double spearman; /* rank correlation, -1 to 1; 0 if all values are equal */
	double p;	 /* two-sided: probability of such a correlation by chance */
};

/*
 * Correlates values[i], measured at order[i]; neither may be NaN. Ties share a rank. Values of
 * several groups, each divided by its own median, may be pooled: this costs `n_groups` (>= 1)
 * degrees of freedom. p is from Student's t with n - 1 - n_groups degrees; with fewer than 1, n is
 * 0 and p is 1. -ENOMEM.
 */
int statistics_drift(const double *order, const double *values, size_t n, size_t n_groups,
	struct drift *ret_drift);
