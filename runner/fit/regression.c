#include "runner/fit/regression.h"

#include "runner/analysis/generator.h"
#include "runner/fit/tolerance.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#define N_RESAMPLES 2000
/* Both the model and the predicted trial may be off by a step of the counter. */
#define N_STEPS 2.0
/* Of a bound: what it covers, and how surely. */
#define CONTENT 0.95
#define CONFIDENCE 0.95

/* The model of a resample, and a trial's distance from its size's median, in scales. */
struct replicate {
	struct fitted_model fitted;
	double deviation;
};

struct regression {
	struct fitted_model fitted;
	size_t freedom;
	double residual; /* standard deviation of the medians from the model, in scales */
	double covariance[MODEL_MAX_COEFFICIENTS][MODEL_MAX_COEFFICIENTS]; /* for a residual of 1 */
	struct replicate *replicates;
	size_t n_replicates;
	double *work; /* one number per replicate */
};

struct sample {
	const struct model_size *sizes;
	size_t n_sizes;
	double *n;
	double *bytes; /* medians */
	double *drawn;
};

static int sample_init(struct sample *sample, const struct model_size *sizes, size_t n_sizes);
static void sample_release(struct sample *sample);
static int find_covariance(
	struct regression *regression, const struct model_size *sizes, size_t n_sizes);
static int resample(struct regression *regression, struct sample *sample);

int regression_new(enum model model, const struct model_size *sizes, size_t n_sizes,
	struct regression **ret_regression)
{
	struct regression *regression = calloc(1, sizeof(*regression));
	struct sample sample;
	int r = sample_init(&sample, sizes, n_sizes);

	if (r == 0 && !regression)
		r = -ENOMEM;
	if (r == 0) {
		const struct model_points points = {
			.n = sample.n, .bytes = sample.bytes, .n_points = n_sizes};

		r = model_fit(model, &points, &regression->fitted);
	}
	if (r == 0) {
		regression->freedom = n_sizes - model_n_coefficients(model);
		r = find_covariance(regression, sizes, n_sizes);
	}
	if (r == 0)
		r = resample(regression, &sample);
	sample_release(&sample);
	if (r < 0) {
		regression_free(regression);
		return r;
	}
	*ret_regression = regression;
	return 0;
}

void regression_free(struct regression *regression)
{
	if (!regression)
		return;
	free(regression->replicates);
	free(regression->work);
	free(regression);
}

const struct fitted_model *regression_fitted(const struct regression *regression)
{
	return &regression->fitted;
}

size_t regression_freedom(const struct regression *regression)
{
	return regression->freedom;
}

/* ---- least squares */

/*
 * The rows of the system are the derivatives of each size's value by the coefficients; the
 * right-hand side is the model's residuals.
 */
static int solve(struct regression *regression, const struct model_size *sizes,
	gsl_matrix *gradients, gsl_vector *weights, gsl_vector *misses)
{
	size_t n = gradients->size1, p = gradients->size2;
	gsl_multifit_linear_workspace *workspace = gsl_multifit_linear_alloc(n, p);
	gsl_vector *change = gsl_vector_alloc(p);
	gsl_matrix *covariance = gsl_matrix_alloc(p, p);
	double squares = NAN;
	int r = workspace && change && covariance ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++) {
		double gradient[MODEL_MAX_COEFFICIENTS];
		double scale = model_scale(sizes[i].median_bytes);

		model_gradient(&regression->fitted, sizes[i].n, gradient);
		for (size_t j = 0; j < p; j++)
			gsl_matrix_set(gradients, i, j, gradient[j]);
		gsl_vector_set(weights, i, 1.0 / (scale * scale));
		gsl_vector_set(misses, i,
			sizes[i].median_bytes - model_at(&regression->fitted, sizes[i].n));
	}
	if (r == 0 && gsl_multifit_wlinear(gradients, weights, misses, change, covariance, &squares,
			      workspace) != 0)
		r = -EDOM;
	if (r == 0) {
		regression->residual =
			regression->freedom ? sqrt(squares / (double)regression->freedom) : NAN;
		for (size_t i = 0; i < p; i++)
			for (size_t j = 0; j < p; j++)
				regression->covariance[i][j] = gsl_matrix_get(covariance, i, j);
	}
	gsl_matrix_free(covariance);
	gsl_vector_free(change);
	gsl_multifit_linear_free(workspace);
	return r;
}

/* GSL's free functions accept NULL; its default error handler aborts the program. */
static int find_covariance(
	struct regression *regression, const struct model_size *sizes, size_t n_sizes)
{
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_matrix *gradients =
		gsl_matrix_alloc(n_sizes, model_n_coefficients(regression->fitted.model));
	gsl_vector *weights = gsl_vector_alloc(n_sizes);
	gsl_vector *misses = gsl_vector_alloc(n_sizes);
	int r = -ENOMEM;

	if (gradients && weights && misses)
		r = solve(regression, sizes, gradients, weights, misses);
	gsl_vector_free(misses);
	gsl_vector_free(weights);
	gsl_matrix_free(gradients);
	gsl_set_error_handler(handler);
	return r;
}

/* The variance of a value with this gradient, for a residual of 1. */
static double value_variance(
	const struct regression *regression, const double gradient[MODEL_MAX_COEFFICIENTS])
{
	size_t p = model_n_coefficients(regression->fitted.model);
	double variance = 0.0;

	for (size_t i = 0; i < p; i++)
		for (size_t j = 0; j < p; j++)
			variance += gradient[i] * gradient[j] * regression->covariance[i][j];
	return fmax(0.0, variance);
}

/* Half of the least squares interval of a value with this gradient. */
static double half_width(const struct regression *regression,
	const double gradient[MODEL_MAX_COEFFICIENTS], double own)
{
	if (regression->freedom == 0)
		return NAN;
	return gsl_cdf_tdist_Pinv(0.975, (double)regression->freedom) * regression->residual *
	       sqrt(own * own + value_variance(regression, gradient));
}

/* ---- bootstrap */

static int sample_init(struct sample *sample, const struct model_size *sizes, size_t n_sizes)
{
	size_t most = 1;

	for (size_t i = 0; i < n_sizes; i++)
		most = sizes[i].n_trials > most ? sizes[i].n_trials : most;
	*sample = (struct sample){
		.sizes = sizes,
		.n_sizes = n_sizes,
		.n = calloc(n_sizes + 1, sizeof(*sample->n)),
		.bytes = calloc(n_sizes + 1, sizeof(*sample->bytes)),
		.drawn = calloc(most, sizeof(*sample->drawn)),
	};
	if (!sample->n || !sample->bytes || !sample->drawn)
		return -ENOMEM;
	for (size_t i = 0; i < n_sizes; i++) {
		sample->n[i] = sizes[i].n;
		sample->bytes[i] = sizes[i].median_bytes;
	}
	return 0;
}

static void sample_release(struct sample *sample)
{
	free(sample->n);
	free(sample->bytes);
	free(sample->drawn);
}

/* Shifts each by at most half a step: the counter is no more precise. */
static void draw_medians(struct sample *sample, gsl_rng *generator)
{
	for (size_t i = 0; i < sample->n_sizes; i++) {
		const struct model_size *size = &sample->sizes[i];

		for (size_t j = 0; j < size->n_trials; j++)
			sample->drawn[j] =
				size->bytes[gsl_rng_uniform_int(generator, size->n_trials)];
		gsl_sort(sample->drawn, 1, size->n_trials);
		sample->bytes[i] =
			gsl_stats_median_from_sorted_data(sample->drawn, 1, size->n_trials) +
			MODEL_STEP_BYTES * (gsl_rng_uniform(generator) - 0.5);
	}
}

/*
 * The deviation of a random trial, scaled up because its median comes from the same few trials; 0
 * if a size has only one.
 */
static double draw_deviation(const struct sample *sample, gsl_rng *generator)
{
	const struct model_size *size =
		&sample->sizes[gsl_rng_uniform_int(generator, sample->n_sizes)];
	double n = (double)size->n_trials;
	double bytes = size->bytes[gsl_rng_uniform_int(generator, size->n_trials)];

	if (size->n_trials < 2)
		return 0.0;
	return sqrt(n / (n - 1.0)) * (bytes - size->median_bytes) / model_scale(size->median_bytes);
}

static int resample(struct regression *regression, struct sample *sample)
{
	const struct model_points points = {
		.n = sample->n, .bytes = sample->bytes, .n_points = sample->n_sizes};
	gsl_rng *generator = generator_new();
	int r = 0;

	regression->replicates = calloc(N_RESAMPLES, sizeof(*regression->replicates));
	regression->work = calloc(N_RESAMPLES, sizeof(*regression->work));
	if (!generator || !regression->replicates || !regression->work)
		r = -ENOMEM;
	for (size_t i = 0; i < N_RESAMPLES && r == 0; i++) {
		struct replicate *replicate = &regression->replicates[i];

		draw_medians(sample, generator);
		r = model_fit(regression->fitted.model, &points, &replicate->fitted);
		if (r == 0) {
			replicate->deviation = draw_deviation(sample, generator);
			regression->n_replicates++;
		}
	}
	if (generator)
		gsl_rng_free(generator);
	return r;
}

/* 2.5 and 97.5 % quantiles of `work`. */
static struct interval middle_of_work(const struct regression *regression)
{
	gsl_sort(regression->work, 1, regression->n_replicates);
	return (struct interval){
		.low = gsl_stats_quantile_from_sorted_data(
			regression->work, 1, regression->n_replicates, 0.025),
		.high = gsl_stats_quantile_from_sorted_data(
			regression->work, 1, regression->n_replicates, 0.975),
	};
}

/* ---- both */

/* The resamples' interval, widened on either side in quadrature. */
static struct interval widen(struct interval resampled, double value, double more)
{
	return (struct interval){
		.low = value - hypot(fmax(0.0, value - resampled.low), more),
		.high = value + hypot(fmax(0.0, resampled.high - value), more),
	};
}

struct interval regression_coefficient(const struct regression *regression, size_t index)
{
	double gradient[MODEL_MAX_COEFFICIENTS] = {0.0};

	gradient[index] = 1.0;
	for (size_t i = 0; i < regression->n_replicates; i++)
		regression->work[i] = regression->replicates[i].fitted.coefficient[index];
	return widen(middle_of_work(regression), regression->fitted.coefficient[index],
		half_width(regression, gradient, 0.0));
}

struct interval regression_prediction(const struct regression *regression, double n)
{
	double value = model_at(&regression->fitted, n);
	double gradient[MODEL_MAX_COEFFICIENTS];

	for (size_t i = 0; i < regression->n_replicates; i++) {
		const struct replicate *replicate = &regression->replicates[i];
		double bytes = model_at(&replicate->fitted, n);

		regression->work[i] = bytes + replicate->deviation * model_scale(bytes);
	}
	model_gradient(&regression->fitted, n, gradient);
	return widen(middle_of_work(regression), value,
		hypot(half_width(regression, gradient, model_scale(value)),
			N_STEPS * MODEL_STEP_BYTES));
}

double regression_bound(const struct regression *regression, double n)
{
	const double value = model_at(&regression->fitted, n);
	const double own = model_scale(value);
	double gradient[MODEL_MAX_COEFFICIENTS];

	model_gradient(&regression->fitted, n, gradient);
	return value + regression->residual * own *
			       tolerance_factor((double)regression->freedom,
				       value_variance(regression, gradient) / (own * own), CONTENT,
				       CONFIDENCE);
}
