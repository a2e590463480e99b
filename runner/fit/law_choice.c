#include "runner/fit/law_choice.h"

#include "util/cleanup.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Of means: about a third of what a peak can be known to. */
#define LEAST_DIFFERENCE 0.1

/* The squares of the misses, one a size, and what they come to. */
struct trial_of_law {
	double mean;
	double standard_error;
};

static bool is_tried(enum law law, size_t n_sizes)
{
	return n_sizes >= 1 + law_n_coefficients(law) + (law == LAW_POWER);
}

/* How far the law of the others is from a point, in its scales. */
static int miss_at(enum law law, const struct law_points *points, size_t left_out, double *n,
	double *bytes, double *ret_miss)
{
	struct law_points others = {.n = n, .bytes = bytes};
	struct fitted_law fitted;
	int r;

	for (size_t i = 0; i < points->n_points; i++)
		if (i != left_out) {
			n[others.n_points] = points->n[i];
			bytes[others.n_points++] = points->bytes[i];
		}
	r = law_fit(law, &others, &fitted);
	if (r == 0)
		*ret_miss = (law_at(&fitted, points->n[left_out]) - points->bytes[left_out]) /
			    law_scale(points->bytes[left_out]);
	return r;
}

static int try_law(enum law law, const struct law_points *points, struct trial_of_law *ret_trial)
{
	size_t n_points = points->n_points;
	CLEANUP(cleanup_free) double *n = calloc(n_points, sizeof(*n));
	CLEANUP(cleanup_free) double *bytes = calloc(n_points, sizeof(*bytes));
	CLEANUP(cleanup_free) double *squares = calloc(n_points, sizeof(*squares));

	if (!n || !bytes || !squares)
		return -ENOMEM;
	for (size_t i = 0; i < n_points; i++) {
		double miss = NAN;
		int r = miss_at(law, points, i, n, bytes, &miss);

		if (r < 0)
			return r;
		squares[i] = miss * miss;
	}
	ret_trial->mean = gsl_stats_mean(squares, 1, n_points);
	ret_trial->standard_error = gsl_stats_sd(squares, 1, n_points) / sqrt((double)n_points);
	return isfinite(ret_trial->mean) ? 0 : -EDOM;
}

int law_choose(const struct law_points *points, struct law_choice *ret_choice)
{
	struct law_choice choice = {.law = N_LAWS};
	struct trial_of_law trials[N_LAWS];
	enum law best = N_LAWS;
	double limit;

	for (enum law law = 0; law < N_LAWS; law++) {
		int r = is_tried(law, points->n_points) ? try_law(law, points, &trials[law])
							: -EDOM;

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			continue;
		choice.scores[law].tried = true;
		choice.scores[law].error = sqrt(trials[law].mean);
		if (best == N_LAWS || trials[law].mean < trials[best].mean)
			best = law;
	}
	if (best == N_LAWS)
		return -EDOM;
	limit = trials[best].mean + fmax(trials[best].standard_error, LEAST_DIFFERENCE);
	for (enum law law = 0; law < N_LAWS && choice.law == N_LAWS; law++)
		if (choice.scores[law].tried && trials[law].mean <= limit)
			choice.law = law;
	*ret_choice = choice;
	return 0;
}
