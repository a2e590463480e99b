#include "runner/analysis/statistics.h"

#include "runner/analysis/median_interval.h"
#include "util/cleanup.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static size_t keep_numbers(const double *values, size_t n, double *kept);

int statistics_of(const double *values, size_t n, struct statistics *ret_statistics)
{
	struct statistics statistics = {.median = NAN,
		.minimum = NAN,
		.maximum = NAN,
		.quartile_low = NAN,
		.quartile_high = NAN,
		.median_ci95 = {.low = NAN, .high = NAN}};
	CLEANUP(cleanup_free) double *sorted = calloc(n ? n : 1, sizeof(*sorted));

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
		if (statistics.n > 1)
			statistics.median_ci95 = median_interval(sorted, statistics.n);
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

	if (statistics->n < 2 || statistics->median == 0.0)
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
		/* All values equal, or all measured at once: 0 / 0. */
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
