#include "runner/analysis/stability.h"

#include "runner/analysis/units.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>

/* Two tests per run: one run in fifty reports drift by chance. */
#define DRIFT_P 0.01
#define PRECISION 0.01

/* The values of one field in all cells, each divided by its cell's median. */
struct series {
	double *repetition;
	double *relative;
	size_t n;
	size_t n_groups;
};

static void series_release(struct series *series);
static int series_collect(
	const struct comparison *comparison, enum comparison_field field, struct series *series);
static int series_drift(const struct series *series, struct stability_drift *ret_drift);
static char *drift_text(const struct stability_drift *drift);

static int drift_of(const struct comparison *comparison, enum comparison_field field,
	struct stability_drift *ret_drift)
{
	CLEANUP(series_release) struct series series = {.n = 0};
	int r = series_collect(comparison, field, &series);

	return r == 0 ? series_drift(&series, ret_drift) : r;
}

int stability_drifts(const struct comparison *comparison, struct stability_drift *ret_wall,
	struct stability_drift *ret_peak)
{
	int r;

	*ret_wall = *ret_peak = (struct stability_drift){.change = NAN};
	if (comparison_is_small(comparison))
		return 0;
	r = drift_of(comparison, COMPARISON_WALL_NS, ret_wall);
	return r == 0 ? drift_of(comparison, COMPARISON_REFERENCE_PEAK, ret_peak) : r;
}

char *stability_sentence(const struct comparison *comparison)
{
	CLEANUP(cleanup_free) char *wall_text = NULL;
	CLEANUP(cleanup_free) char *peak_text = NULL;
	struct stability_drift wall, peak;

	if (comparison_is_small(comparison))
		return string_format("%s", "");
	if (stability_drifts(comparison, &wall, &peak) < 0)
		return NULL;
	wall_text = drift_text(&wall);
	peak_text = drift_text(&peak);
	if (!wall_text || !peak_text)
		return NULL;
	return string_format(
		"Drift over the repetitions: wall times %s; peaks %s.", wall_text, peak_text);
}

static void series_release(struct series *series)
{
	free(series->repetition);
	free(series->relative);
}

static int add_cell(
	const struct comparison_cell *cell, enum comparison_field field, struct series *series)
{
	struct statistics statistics;
	int r;

	if (cell->n_ok < COMPARISON_ENOUGH_TRIALS)
		return 0;
	r = comparison_statistics(cell, field, &statistics);
	if (r < 0 || statistics.n < COMPARISON_ENOUGH_TRIALS || !(statistics.median > 0.0))
		return r;
	for (size_t i = 0; i < cell->n_trials; i++) {
		double value = cell->trials[i].value[field];

		if (isnan(value))
			continue;
		series->repetition[series->n] = (double)cell->trials[i].repetition;
		series->relative[series->n++] = value / statistics.median;
	}
	series->n_groups++;
	return 0;
}

static int series_collect(
	const struct comparison *comparison, enum comparison_field field, struct series *series)
{
	size_t n_cells = comparison->n_points * comparison->n_backends;
	size_t n_trials = 0;
	int r = 0;

	for (size_t i = 0; i < n_cells; i++)
		n_trials += comparison->cells[i].n_trials;
	series->repetition = calloc(n_trials + 1, sizeof(*series->repetition));
	series->relative = calloc(n_trials + 1, sizeof(*series->relative));
	if (!series->repetition || !series->relative)
		return -ENOMEM;
	for (size_t i = 0; i < n_cells && r == 0; i++)
		r = add_cell(&comparison->cells[i], field, series);
	return r;
}

/* The median of the relative values of the repetitions above `middle`, or of the others. */
static int median_of_half(
	const struct series *series, double middle, bool later, double *ret_median)
{
	CLEANUP(cleanup_free) double *half = calloc(series->n + 1, sizeof(*half));
	struct statistics statistics;
	size_t n = 0;
	int r;

	if (!half)
		return -ENOMEM;
	for (size_t i = 0; i < series->n; i++)
		if ((series->repetition[i] > middle) == later)
			half[n++] = series->relative[i];
	r = statistics_of(half, n, &statistics);
	if (r == 0)
		*ret_median = statistics.median;
	return r;
}

static int relative_change(const struct series *series, double *ret_change)
{
	struct statistics repetitions;
	double earlier = NAN;
	double later = NAN;
	int r = statistics_of(series->repetition, series->n, &repetitions);

	if (r == 0)
		r = median_of_half(series, repetitions.median, false, &earlier);
	if (r == 0)
		r = median_of_half(series, repetitions.median, true, &later);
	if (r == 0)
		*ret_change = later / earlier - 1.0;
	return r;
}

static int series_drift(const struct series *series, struct stability_drift *ret_drift)
{
	struct stability_drift drift = {.change = NAN};
	int r = statistics_drift(series->repetition, series->relative, series->n, series->n_groups,
		&drift.correlation);

	if (r == 0 && drift.correlation.n > 0 && drift.correlation.p < DRIFT_P)
		r = relative_change(series, &drift.change);
	if (r == 0)
		*ret_drift = drift;
	return r;
}

static char *drift_text(const struct stability_drift *drift)
{
	char p[16] = "p < 0.001";

	if (drift->correlation.n == 0)
		return string_format("not known");
	if (drift->correlation.p >= 0.001)
		snprintf(p, sizeof(p), "p = %.2g", drift->correlation.p);
	return string_format("%s (rho %+.2f, %s)",
		isnan(drift->change) ? "none" : format_percent(drift->change).text,
		drift->correlation.spearman, p);
}

/* ---- repetitions */

static void take_need(const struct statistics *statistics, const char *what, const char *backend,
	struct repetitions_needed *most)
{
	double n = statistics->n < COMPARISON_ENOUGH_TRIALS
			   ? NAN
			   : statistics_n_for(statistics, PRECISION);

	if (n > most->n)
		*most = (struct repetitions_needed){.n = n, .what = what, .backend = backend};
}

/* 1437 becomes 1500: an estimate has no more precision. */
static double two_digits(double n)
{
	double step = fmax(1.0, pow(10.0, floor(log10(n)) - 1.0));

	return ceil(n / step) * step;
}

int stability_repetitions(
	const struct comparison *comparison, size_t point, struct repetitions_needed *ret_needed)
{
	struct repetitions_needed most = {.n = 0.0};
	struct statistics statistics;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);
		const char *backend = comparison->backends[i].name;
		bool reports = comparison_has(cell, COMPARISON_PEAK);
		int r;

		if (cell->n_ok < COMPARISON_ENOUGH_TRIALS)
			continue;
		r = comparison_statistics(
			cell, reports ? COMPARISON_PEAK : COMPARISON_REFERENCE_PEAK, &statistics);

		if (r < 0)
			return r;
		take_need(&statistics, "peak", backend, &most);
		r = comparison_ratio(comparison, point, i, &statistics);
		if (r < 0)
			return r;
		take_need(&statistics, "ratio", backend, &most);
	}
	if (most.n > COMPARISON_ENOUGH_TRIALS)
		most.n = two_digits(most.n);
	else if (most.n > 0.0)
		most.n = COMPARISON_ENOUGH_TRIALS;
	*ret_needed = most;
	return 0;
}
