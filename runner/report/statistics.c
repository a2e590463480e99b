#include "runner/report/statistics.h"

#include "util/cleanup.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

#define N_RESAMPLES 10000
#define SEED 20120715UL

static size_t keep_numbers(const double *values, size_t n, double *kept);
static int bootstrap_median(const double *sorted, size_t n, struct interval *ret_interval);

int statistics_of(const double *values, size_t n, struct statistics *ret_statistics)
{
	struct statistics statistics = {.median = NAN,
		.minimum = NAN,
		.maximum = NAN,
		.quartile_low = NAN,
		.quartile_high = NAN,
		.median_ci95 = {.low = NAN, .high = NAN}};
	CLEANUP(cleanup_free) double *sorted = calloc(n ? n : 1, sizeof(*sorted));
	int r;

	if (!sorted)
		return -ENOMEM;
	statistics.n = keep_numbers(values, n, sorted);
	if (statistics.n > 0) {
		gsl_sort(sorted, 1, statistics.n);
		statistics.median = gsl_stats_median_from_sorted_data(sorted, 1, statistics.n);
		statistics.minimum = sorted[0];
		statistics.maximum = sorted[statistics.n - 1];
		statistics.quartile_low =
			gsl_stats_quantile_from_sorted_data(sorted, 1, statistics.n, 0.25);
		statistics.quartile_high =
			gsl_stats_quantile_from_sorted_data(sorted, 1, statistics.n, 0.75);
		r = bootstrap_median(sorted, statistics.n, &statistics.median_ci95);
		if (r < 0)
			return r;
	}
	*ret_statistics = statistics;
	return 0;
}

int statistics_of_ratio(
	const double *a, const double *b, size_t n, struct statistics *ret_statistics)
{
	CLEANUP(cleanup_free) double *ratios = calloc(n ? n : 1, sizeof(*ratios));

	if (!ratios)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ratios[i] = b[i] == 0.0 ? NAN : a[i] / b[i];
	return statistics_of(ratios, n, ret_statistics);
}

double statistics_n_for(const struct statistics *statistics, double precision)
{
	const struct interval *interval = &statistics->median_ci95;
	double widths;

	if (statistics->n == 0 || statistics->median == 0.0)
		return NAN;
	widths = fmax(interval->high - statistics->median, statistics->median - interval->low) /
		 (precision * fabs(statistics->median));
	return fmax(1.0, ceil((double)statistics->n * widths * widths));
}

int statistics_drift(const double *order, const double *values, size_t n, size_t n_groups,
	struct drift *ret_drift)
{
	CLEANUP(cleanup_free) double *ranks = calloc(2 * n + 1, sizeof(*ranks));
	struct drift drift = {.n = 0, .spearman = 0.0, .p = 1.0};
	double freedom = (double)n - 1.0 - (double)n_groups;
	double t;

	if (!ranks)
		return -ENOMEM;
	if (freedom >= 1.0) {
		drift.n = n;
		drift.spearman = gsl_stats_spearman(order, 1, values, 1, n, ranks);
		/* Of values that are all the same, or were measured at once: 0 / 0. */
		if (!isfinite(drift.spearman))
			drift.spearman = 0.0;
		t = fabs(drift.spearman) *
		    sqrt(freedom / fmax(0.0, 1.0 - drift.spearman * drift.spearman));
		drift.p = isfinite(t) ? 2.0 * gsl_cdf_tdist_Q(t, freedom) : 0.0;
	}
	*ret_drift = drift;
	return 0;
}

static size_t keep_numbers(const double *values, size_t n, double *kept)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			kept[n_kept++] = values[i];
	return n_kept;
}

static size_t index_of(double position, size_t n)
{
	size_t index = (size_t)(position * (double)n);

	return index < n ? index : n - 1;
}

/*
 * The median of one resample of n values drawn with replacement, without drawing them: a resample's
 * k-th smallest value is sorted[floor(n * U)], where U is the k-th smallest of n uniform numbers, and
 * that has the beta distribution (k, n - k + 1). For even n the next smallest is the least of the n - k
 * that are left above U. The distribution is that of the plain bootstrap; a run of 10,000 trials costs
 * no more than one of ten.
 */
static double resampled_median(const gsl_rng *generator, const double *sorted, size_t n)
{
	size_t k = (n + 1) / 2;
	double middle = gsl_ran_beta(generator, (double)k, (double)(n - k + 1));
	double next;

	if (n % 2 == 1)
		return sorted[index_of(middle, n)];
	next = middle +
	       (1.0 - middle) * (1.0 - pow(gsl_rng_uniform_pos(generator), 1.0 / (double)(n - k)));
	return 0.5 * (sorted[index_of(middle, n)] + sorted[index_of(next, n)]);
}

static gsl_rng *generator_new(void)
{
	/* GSL's own handler ends the program when memory is short. */
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_set_error_handler(handler);
	if (generator)
		gsl_rng_set(generator, SEED);
	return generator;
}

static int bootstrap_median(const double *sorted, size_t n, struct interval *ret_interval)
{
	CLEANUP(cleanup_free) double *medians = calloc(N_RESAMPLES, sizeof(*medians));
	gsl_rng *generator;

	if (!medians)
		return -ENOMEM;
	generator = generator_new();
	if (!generator)
		return -ENOMEM;
	for (size_t i = 0; i < N_RESAMPLES; i++)
		medians[i] = resampled_median(generator, sorted, n);
	gsl_rng_free(generator);

	gsl_sort(medians, 1, N_RESAMPLES);
	ret_interval->low = gsl_stats_quantile_from_sorted_data(medians, 1, N_RESAMPLES, 0.025);
	ret_interval->high = gsl_stats_quantile_from_sorted_data(medians, 1, N_RESAMPLES, 0.975);
	return 0;
}
