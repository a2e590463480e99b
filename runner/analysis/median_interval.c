#include "runner/analysis/median_interval.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/*
 * Bisection steps over the range of the values: the rest is less than the distance of two doubles.
 */
#define N_HALVINGS 64

/* The logarithm of what is negligible next to 1 in a double. */
#define LOG_NOTHING -40.0

/*
 * An odd number of values: the k-th smallest of a resample is sorted[floor(n U)], where U is the
 * k-th smallest of n uniform numbers, which has the beta distribution (k, n - k + 1).
 */
static double quantile_of_odd(const double *sorted, size_t n, double part)
{
	const double k = (double)(n / 2 + 1);
	const size_t place = (size_t)((double)n * gsl_cdf_beta_Pinv(part, k, k));

	return sorted[place < n ? place : n - 1];
}

/*
 * An even number, n = 2 m: a resample's median is half the sum of its m-th and its next value.
 * Computes the probability that the two sum to at most 2 `value`, by cases of the m-th, sorted[i]:
 * the probability of this value, less that of a next value beyond the last with which the sum is
 * small enough. The latter requires that m values of the resample are among the first i + 1 but not
 * all of them among the first i, and that the other m are beyond that last one. log(0) is -inf,
 * whose exp() is 0: no contribution.
 */
static double share_of_even(const double *sorted, size_t n, double value)
{
	const double m = (double)(n / 2);
	const double log_choices = gsl_sf_lnchoose((unsigned)n, (unsigned)n / 2);
	size_t n_small = 0; /* candidates for the m-th */
	size_t n_beyond = 0;
	double beyond = 0.0;

	for (; n_small < n && sorted[n_small] <= value; n_small++) {
		const double n_up_to = (double)n_small + 1.0;
		double most;

		while (sorted[n_small] + sorted[n - 1 - n_beyond] > 2.0 * value)
			n_beyond++;
		most = log_choices + m * log(n_up_to / (double)n * ((double)n_beyond / (double)n));
		if (most > LOG_NOTHING)
			beyond -= exp(most) * expm1(m * log1p(-1.0 / n_up_to));
	}
	return gsl_cdf_beta_P((double)n_small / (double)n, m, m + 1.0) - beyond;
}

/* The smallest median above `value`: half the sum of two values. */
static double next_median(const double *sorted, size_t n, double value)
{
	double least = INFINITY;
	size_t j = n;

	for (size_t i = 0; i < n; i++) {
		/* the first partner that makes the sum larger */
		while (j > 0 && sorted[i] + sorted[j - 1] > 2.0 * value)
			j--;
		if (j < n)
			least = fmin(least, 0.5 * (sorted[i] + sorted[j]));
	}
	return least;
}

static double quantile_of_even(const double *sorted, size_t n, double part)
{
	double low = sorted[0], high = sorted[n - 1];

	if (share_of_even(sorted, n, low) >= part)
		return low;
	for (size_t i = 0; i < N_HALVINGS; i++) {
		const double middle = low + 0.5 * (high - low);

		if (share_of_even(sorted, n, middle) >= part)
			high = middle;
		else
			low = middle;
	}
	return next_median(sorted, n, low);
}

struct interval median_interval(const double *sorted, size_t n)
{
	double (*const quantile)(const double *, size_t, double) =
		n % 2 == 1 ? quantile_of_odd : quantile_of_even;

	return (struct interval){
		.low = quantile(sorted, n, 0.025), .high = quantile(sorted, n, 0.975)};
}
