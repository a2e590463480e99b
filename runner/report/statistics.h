#pragma once

/*
 * Statistics (GSL): order statistics and percentile-bootstrap intervals. Deterministic: the
 * resampling has a fixed seed, so that the same data give the same interval.
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
	struct interval
		median_ci95; /* bootstrap, 10,000 resamples; low = high = median for n = 1 */
};

/* NaNs are left out; n is 0 and the rest NaN when none is left. -ENOMEM. */
int statistics_of(const double *values, size_t n, struct statistics *ret_statistics);

/* The median of the ratios a[i] / b[i] of paired values, with its interval; pairs with a NaN or b = 0
 * are left out. */
int statistics_of_ratio(
	const double *a, const double *b, size_t n, struct statistics *ret_statistics);
