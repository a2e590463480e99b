/*
 * limit_simulation N: simulates N searches for the limit of each kind of boundary, for the default settings and for
 * `quick`. Prints a line of words separated by tabs for each: settings, boundary, and in per cent the searches that found a limit,
 * those of which the claim about its survival is true, those whose interval has the true limit, those said not to be
 * monotone; the median and the 95 % quantile of the excess over the true limit in per cent, of the trials of the stage
 * search, and of those of confirmation.
 */

#include "tests/unit/limit_simulation.h"
#include "util/array.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdio.h>

enum column { EXCESS, SEARCH, CONFIRM, CANDIDATES, N_COLUMNS };

struct counts {
	size_t n_found, n_true, n_within, n_not_monotone;
	size_t n_excess;
	double *values[N_COLUMNS];
};

static void count_one(
	struct counts *counts, const struct simulated_search *done, double survival, size_t i)
{
	const struct limit_finding *finding = &done->finding;

	counts->values[SEARCH][i] = (double)finding->n_search;
	counts->values[CONFIRM][i] = (double)done->n_confirm;
	counts->values[CANDIDATES][i] = (double)finding->n_candidates;
	counts->n_not_monotone += !finding->monotone;
	counts->n_within += (double)finding->lower_bytes <= done->true_bytes;
	if (finding->result != LIMIT_FOUND)
		return;
	counts->n_found++;
	counts->n_true += done->survival >= survival;
	counts->values[EXCESS][counts->n_excess++] =
		100.0 * ((double)finding->upper_bytes / done->true_bytes - 1.0);
}

static void print_quantiles(double *values, size_t n)
{
	gsl_sort(values, 1, n);
	printf("\t%.2f\t%.2f", n ? gsl_stats_median_from_sorted_data(values, 1, n) : NAN,
		n ? gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95) : NAN);
}

static void print_counts(
	const char *settings, const char *boundary, struct counts *counts, size_t n)
{
	const double percent = 100.0 / (double)n;

	printf("%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f", settings, boundary,
		percent * (double)counts->n_found,
		percent * (double)(n - counts->n_found + counts->n_true),
		percent * (double)counts->n_within, percent * (double)counts->n_not_monotone);
	print_quantiles(counts->values[EXCESS], counts->n_excess);
	for (size_t column = SEARCH; column < N_COLUMNS; column++)
		print_quantiles(counts->values[column], n);
	printf("\n");
}

static int simulate(const char *name, const struct limit_settings *settings,
	const struct simulated_boundary *boundary, size_t n)
{
	struct counts counts = {.n_found = 0};
	struct random random;
	int r = 0;

	random_init(&random, 1);
	for (size_t column = 0; column < N_COLUMNS; column++)
		counts.values[column] = calloc(n, sizeof(double));
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct simulated_task task = simulated_task_draw(&random, boundary);
		struct simulated_search done;

		r = simulated_search_run(&task, settings, &random, &done);
		if (r == 0)
			count_one(&counts, &done, settings->survival, i);
	}
	if (r == 0)
		print_counts(name, boundary->name, &counts, n);
	for (size_t column = 0; column < N_COLUMNS; column++)
		free(counts.values[column]);
	return r;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		struct limit_settings settings;
	} settings[] = {
		{"default", {.survival = LIMIT_DEFAULT_SURVIVAL,
				    .confidence = LIMIT_DEFAULT_CONFIDENCE}},
		{"quick", {.survival = LIMIT_QUICK_SURVIVAL,
				  .confidence = LIMIT_DEFAULT_CONFIDENCE,
				  .quick = true}},
	};
	const size_t n = argc == 2 ? (size_t)strtoul(argv[1], NULL, 10) : 0;

	if (n == 0)
		return 2;
	for (size_t i = 0; i < LENGTH(settings); i++)
		for (size_t j = 0; j < LENGTH(simulated_boundaries); j++)
			if (simulate(settings[i].name, &settings[i].settings,
				    &simulated_boundaries[j], n) < 0)
				return 1;
	return 0;
}
