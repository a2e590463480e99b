#include "runner/fit/model_choice.h"

#include "util/cleanup.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Of mean squares: about a third of the precision of a peak. */
#define LEAST_DIFFERENCE 0.1

/* The squared residuals of a model, one per size, and their summary. */
struct trial_of_model {
	double mean;
	double standard_error;
};

static bool is_tried(enum model model, size_t n_sizes)
{
	return n_sizes >= 1 + model_n_coefficients(model) + (model == MODEL_POWER);
}

/* The residual of the model fitted to the other points, in scales. */
static int miss_at(enum model model, const struct model_points *points, size_t left_out, double *n,
	double *bytes, double *ret_miss)
{
	struct model_points others = {.n = n, .bytes = bytes};
	struct fitted_model fitted;
	int r;

	for (size_t i = 0; i < points->n_points; i++)
		if (i != left_out) {
			n[others.n_points] = points->n[i];
			bytes[others.n_points++] = points->bytes[i];
		}
	r = model_fit(model, &others, &fitted);
	if (r == 0)
		*ret_miss = (model_at(&fitted, points->n[left_out]) - points->bytes[left_out]) /
			    model_scale(points->bytes[left_out]);
	return r;
}

static int try_model(
	enum model model, const struct model_points *points, struct trial_of_model *ret_trial)
{
	size_t n_points = points->n_points;
	CLEANUP(cleanup_free) double *n = calloc(n_points, sizeof(*n));
	CLEANUP(cleanup_free) double *bytes = calloc(n_points, sizeof(*bytes));
	CLEANUP(cleanup_free) double *squares = calloc(n_points, sizeof(*squares));

	if (!n || !bytes || !squares)
		return -ENOMEM;
	for (size_t i = 0; i < n_points; i++) {
		double miss = NAN;
		int r = miss_at(model, points, i, n, bytes, &miss);

		if (r < 0)
			return r;
		squares[i] = miss * miss;
	}
	ret_trial->mean = gsl_stats_mean(squares, 1, n_points);
	ret_trial->standard_error = gsl_stats_sd(squares, 1, n_points) / sqrt((double)n_points);
	return isfinite(ret_trial->mean) ? 0 : -EDOM;
}

int model_choose(const struct model_points *points, struct model_choice *ret_choice)
{
	struct model_choice choice = {.model = N_MODELS};
	struct trial_of_model trials[N_MODELS];
	enum model best = N_MODELS;
	double limit;

	for (enum model model = 0; model < N_MODELS; model++) {
		int r = is_tried(model, points->n_points) ? try_model(model, points, &trials[model])
							  : -EDOM;

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			continue;
		choice.scores[model].tried = true;
		choice.scores[model].error = sqrt(trials[model].mean);
		if (best == N_MODELS || trials[model].mean < trials[best].mean)
			best = model;
	}
	if (best == N_MODELS)
		return -EDOM;
	limit = trials[best].mean + fmax(trials[best].standard_error, LEAST_DIFFERENCE);
	for (enum model model = 0; model < N_MODELS && choice.model == N_MODELS; model++)
		if (choice.scores[model].tried && trials[model].mean <= limit)
			choice.model = model;
	*ret_choice = choice;
	return 0;
}
