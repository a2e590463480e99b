#include "runner/fit/fit.h"

#include "runner/fit/fit_series.h"
#include "runner/fit/size_expression.h"
#include "util/cleanup.h"

#include <math.h>

static int fit_one(struct fit_series *series, const double *predict, size_t n_predict, bool limits);
static int parse_predictions(
	const struct fit_options *options, double **ret_predict, struct error *error);
static int refuse_all(const struct fit *fit, struct error *error);

int fit_make(const struct results *results, const struct fit_options *options, struct fit **ret_fit,
	struct error *error)
{
	CLEANUP(cleanup_free) double *predict = NULL;
	struct fit *fit = calloc(1, sizeof(*fit));
	bool any = false;
	int r = fit ? parse_predictions(options, &predict, error)
		    : error_set_errno(error, ENOMEM, "cannot fit");

	if (r == 0) {
		fit->n_predictions = options->n_predict;
		r = fit_collect(results, options, fit, error);
	}
	for (size_t i = 0; r == 0 && i < fit->n_series; i++) {
		if (fit_one(&fit->series[i], predict, options->n_predict, fit->limits) < 0)
			r = error_set_errno(error, ENOMEM, "cannot fit");
		any = any || fit->series[i].refusal.number == 0;
	}
	if (r == 0 && !any)
		r = refuse_all(fit, error);
	if (r < 0) {
		fit_free(fit);
		return r;
	}
	*ret_fit = fit;
	return 0;
}

void fit_free(struct fit *fit)
{
	if (!fit)
		return;
	for (size_t i = 0; i < fit->n_series; i++) {
		struct fit_series *series = &fit->series[i];

		for (size_t j = 0; j < series->n_sizes; j++)
			free(series->sizes[j].bytes);
		free(series->sizes);
		free(series->task);
		free(series->parameters);
		free(series->label);
		free(series->predictions);
		regression_free(series->regression);
	}
	free(fit->series);
	free(fit->x);
	free(fit);
}

/* "256*256*512" is as good a size as 33554432. */
static int parse_predictions(
	const struct fit_options *options, double **ret_predict, struct error *error)
{
	CLEANUP(cleanup_free) double *predict = calloc(options->n_predict + 1, sizeof(*predict));

	if (!predict)
		return error_set_errno(error, ENOMEM, "cannot fit");
	for (size_t i = 0; i < options->n_predict; i++) {
		struct size_expression *expression;
		int r = size_expression_parse(options->predict[i], &expression, error);

		if (r == 0) {
			r = size_expression_value(expression, NULL, &predict[i], error);
			size_expression_free(expression);
		}
		if (r < 0)
			return error_prefix(error, "--predict");
	}
	*ret_predict = TAKE_PTR(predict);
	return 0;
}

static int refuse_all(const struct fit *fit, struct error *error)
{
	if (fit->n_series == 0)
		return error_set(error, ENODATA, "the run has no trial to fit");
	*error = fit->series[0].refusal;
	if (fit->n_series > 1)
		return error_prefix(
			error, "none of %zu series can be fitted, the first", fit->n_series);
	return -error->number;
}

/* ---- one series */

static int choose_model(
	const struct model_size *sizes, size_t n_sizes, struct model_choice *ret_choice)
{
	CLEANUP(cleanup_free) double *numbers = calloc(2 * n_sizes + 1, sizeof(*numbers));
	struct model_points points = {.n = numbers, .n_points = n_sizes};

	if (!numbers)
		return -ENOMEM;
	points.bytes = numbers + n_sizes;
	for (size_t i = 0; i < n_sizes; i++) {
		numbers[i] = sizes[i].n;
		numbers[n_sizes + i] = sizes[i].median_bytes;
	}
	return model_choose(&points, ret_choice);
}

static struct fit_prediction predict_at(const struct regression *regression, double n, bool limits)
{
	return (struct fit_prediction){
		.n = n,
		.bytes = model_at(regression_fitted(regression), n),
		.interval = regression_prediction(regression, n),
		.bound = limits ? regression_bound(regression, n) : NAN,
	};
}

/* A limit that is lower than predicted is no harm: it is bounded from above only. */
static enum fit_verdict check_verdict(
	const struct fit_prediction *prediction, double measured, bool limits)
{
	if (limits)
		return measured <= prediction->bound ? FIT_WITHIN : FIT_OUTSIDE;
	return measured >= prediction->interval.low && measured <= prediction->interval.high
		       ? FIT_WITHIN
		       : FIT_OUTSIDE;
}

/*
 * With at least FIT_LEAST_SIZES remaining sizes, these choose the model again. With fewer the model
 * of all sizes is kept, and only its coefficients are fitted to the rest.
 */
static int check_largest(struct fit_series *series, bool limits)
{
	size_t n_rest = series->n_sizes - 1;
	const struct model_size *largest = &series->sizes[n_rest];
	struct fit_check check = {.model = series->choice.model};
	struct model_choice choice;
	struct regression *regression;
	int r = 0;

	if (n_rest >= FIT_LEAST_SIZES) {
		r = choose_model(series->sizes, n_rest, &choice);
		check.model = choice.model;
	}
	if (r == 0)
		r = regression_new(check.model, series->sizes, n_rest, &regression);
	if (r < 0)
		return r;
	check.prediction = predict_at(regression, largest->n, limits);
	check.verdict = regression_freedom(regression) == 0
				? FIT_UNKNOWN
				: check_verdict(&check.prediction, largest->median_bytes, limits);
	regression_free(regression);
	series->check = check;
	return 0;
}

/* Returns 0 even if the series is refused; -ENOMEM. */
static int fit_one(struct fit_series *series, const double *predict, size_t n_predict, bool limits)
{
	int r;

	if (series->n_trials == 0) {
		(void)error_set(&series->refusal, ENODATA,
			"none of %zu trials ended ok: nothing to fit", series->n_not_ok);
		return 0;
	}
	if (series->n_sizes < FIT_LEAST_SIZES) {
		(void)error_set(&series->refusal, ENODATA,
			"%zu size%s with trials that ended ok; a fit needs at least %d",
			series->n_sizes, series->n_sizes == 1 ? "" : "s", FIT_LEAST_SIZES);
		return 0;
	}
	series->predictions = calloc(n_predict + 1, sizeof(*series->predictions));
	r = series->predictions ? choose_model(series->sizes, series->n_sizes, &series->choice)
				: -ENOMEM;
	if (r == 0)
		r = regression_new(
			series->choice.model, series->sizes, series->n_sizes, &series->regression);
	if (r == 0)
		r = check_largest(series, limits);
	if (r == -EDOM) {
		(void)error_set(&series->refusal, EDOM,
			"no model could be fitted: the numbers are out of range");
		return 0;
	}
	for (size_t i = 0; r == 0 && i < n_predict; i++)
		series->predictions[i] = predict_at(series->regression, predict[i], limits);
	return r;
}
