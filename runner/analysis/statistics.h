#pragma once

/*
 * Statistics (GSL): order statistics and percentile-bootstrap intervals of medians, exact: nothing is random.
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
	struct interval median_ci95; /* median_interval.h; NaN for n < 2: one value has none */
};

/* NaNs are left out; n is 0 and the rest NaN when none is left. -ENOMEM. */
int statistics_of(const double *values, size_t n, struct statistics *ret_statistics);

/* The median of the ratios a[i] / b[i] of paired values, with its interval; pairs with a NaN or b = 0
 * are left out. */
int statistics_of_ratio(
	const double *a, const double *b, size_t n, struct statistics *ret_statistics);

/*
 * How many values the interval of the median would need to lie within `precision` (0.01: 1 %) of it, from how
 * wide it is with these: it narrows with the square root of their number. Rounded up, at least 1. NaN where
 * there are none, or where the median is 0.
 */
double statistics_n_for(const struct statistics *statistics, double precision);

/* Whether values move with the order they were measured in. */
struct drift {
	size_t n;
	double spearman; /* rank correlation, -1 to 1; 0 where all values are the same */
	double p;	 /* two-sided: how often chance alone gives as much */
};

/*
 * Of values[i] measured at order[i], neither a NaN; ties share their rank. Values of several groups, each
 * divided by its own median, are compared together: `n_groups`, 1 or more, are the degrees of freedom which that
 * costs. p is from Student's t with n - 1 - n_groups of them; n and p are 0 and 1 where that is less than 1.
 * -ENOMEM.
 */
int statistics_drift(const double *order, const double *values, size_t n, size_t n_groups,
	struct drift *ret_drift);
