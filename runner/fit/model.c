#include "runner/fit/model.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>

/* The exponents of the initial grid search: 0.1, 0.2, ... 4.0. */
#define N_EXPONENTS 40
#define MAX_STEPS 60
#define EXPONENT_PRECISION 1e-6

/*
 * Points with f(n) / f(largest n) instead of n: powers of large sizes exceed a double's precision.
 */
struct shape {
	const struct model_points *points;
	enum model model;
	double *x;
	double *weight;
	double largest_n;
};

static int shape_init(struct shape *shape, enum model model, const struct model_points *points);
static void shape_release(struct shape *shape);
static double fit_straight(const struct shape *shape, double exponent, struct fitted_model *fitted);
static double best_exponent(const struct shape *shape);

const char *model_formula(enum model model)
{
	static const char *const formulas[N_MODELS] = {
		"a", "a + b*n", "a + b*n*log2(n)", "a + b*n^2", "a + b*n^c"};

	return formulas[model];
}

size_t model_n_coefficients(enum model model)
{
	switch (model) {
	case MODEL_CONSTANT:
		return 1;
	case MODEL_POWER:
		return 3;
	default:
		return 2;
	}
}

double model_scale(double bytes)
{
	return hypot(MODEL_STEP_BYTES, MODEL_PART * bytes);
}

static double growth(enum model model, double n, double exponent)
{
	switch (model) {
	case MODEL_LINEAR:
		return n;
	case MODEL_LINEARITHMIC:
		return n * log2(n);
	case MODEL_QUADRATIC:
		return n * n;
	case MODEL_POWER:
		return pow(n, exponent);
	default:
		return 0.0;
	}
}

int model_fit(enum model model, const struct model_points *points, struct fitted_model *ret_fitted)
{
	struct fitted_model fitted;
	struct shape shape;
	int r;

	if (points->n_points < model_n_coefficients(model))
		return -EDOM;
	r = shape_init(&shape, model, points);
	if (r == 0 && !isfinite(fit_straight(
			      &shape, model == MODEL_POWER ? best_exponent(&shape) : 1.0, &fitted)))
		r = -EDOM;
	shape_release(&shape);
	if (r == 0)
		*ret_fitted = fitted;
	return r;
}

double model_at(const struct fitted_model *fitted, double n)
{
	const double *coefficient = fitted->coefficient;

	return coefficient[0] + coefficient[1] * growth(fitted->model, n, coefficient[2]);
}

void model_gradient(
	const struct fitted_model *fitted, double n, double gradient[MODEL_MAX_COEFFICIENTS])
{
	double grown = growth(fitted->model, n, fitted->coefficient[2]);

	gradient[0] = 1.0;
	gradient[1] = grown;
	gradient[2] = fitted->model == MODEL_POWER ? fitted->coefficient[1] * grown * log(n) : 0.0;
}

/* ---- the fit */

static int shape_init(struct shape *shape, enum model model, const struct model_points *points)
{
	size_t n = points->n_points;

	*shape = (struct shape){
		.points = points,
		.model = model,
		.x = calloc(n, sizeof(*shape->x)),
		.weight = calloc(n, sizeof(*shape->weight)),
	};
	if (!shape->x || !shape->weight)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		double scale = model_scale(points->bytes[i]);

		shape->weight[i] = 1.0 / (scale * scale);
		shape->largest_n = fmax(shape->largest_n, points->n[i]);
	}
	return 0;
}

static void shape_release(struct shape *shape)
{
	free(shape->x);
	free(shape->weight);
}

/* The weighted mean and the points' distance from it. */
static double fit_constant(const struct shape *shape, struct fitted_model *fitted)
{
	const struct model_points *points = shape->points;
	double sum = 0.0, weights = 0.0, squares = 0.0;

	for (size_t i = 0; i < points->n_points; i++) {
		sum += shape->weight[i] * points->bytes[i];
		weights += shape->weight[i];
	}
	*fitted = (struct fitted_model){.model = MODEL_CONSTANT, .coefficient = {sum / weights}};
	for (size_t i = 0; i < points->n_points; i++) {
		double miss = points->bytes[i] - fitted->coefficient[0];

		squares += shape->weight[i] * miss * miss;
	}
	return squares;
}

/*
 * At a fixed exponent the model is a straight line over f(n). Returns the weighted sum of squares.
 */
static double fit_straight(const struct shape *shape, double exponent, struct fitted_model *fitted)
{
	const struct model_points *points = shape->points;
	double largest = growth(shape->model, shape->largest_n, exponent);
	double a, b, variance_a, covariance, variance_b, squares;

	if (shape->model == MODEL_CONSTANT)
		return fit_constant(shape, fitted);
	/* n*log2(n) is 0 for a size of 1. */
	if (largest <= 0.0)
		return NAN;
	for (size_t i = 0; i < points->n_points; i++)
		shape->x[i] = growth(shape->model, points->n[i], exponent) / largest;
	gsl_fit_wlinear(shape->x, 1, shape->weight, 1, points->bytes, 1, points->n_points, &a, &b,
		&variance_a, &covariance, &variance_b, &squares);
	*fitted = (struct fitted_model){
		.model = shape->model,
		.coefficient = {a, b / largest, shape->model == MODEL_POWER ? exponent : 0.0},
	};
	return isfinite(a) && isfinite(b) ? squares : NAN;
}

static double squares_at(double exponent, void *context)
{
	struct fitted_model ignored;

	return fit_straight(context, exponent, &ignored);
}

/* Refines a minimum known to be between low and high (Brent). */
static double follow(const struct shape *shape, double low, double middle, double high)
{
	gsl_function minimized = {.function = squares_at, .params = (void *)shape};
	/* GSL's default handler aborts the program. */
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);

	/* Fails if the three are equal to the last digit: then the middle is as good. */
	if (minimizer && gsl_min_fminimizer_set(minimizer, &minimized, middle, low, high) == 0) {
		for (int i = 0; i < MAX_STEPS && high - low > EXPONENT_PRECISION; i++) {
			if (gsl_min_fminimizer_iterate(minimizer) != 0)
				break;
			middle = gsl_min_fminimizer_x_minimum(minimizer);
			low = gsl_min_fminimizer_x_lower(minimizer);
			high = gsl_min_fminimizer_x_upper(minimizer);
		}
	}
	if (minimizer)
		gsl_min_fminimizer_free(minimizer);
	gsl_set_error_handler(handler);
	return middle;
}

static double best_exponent(const struct shape *shape)
{
	const double step = (MODEL_POWER_MOST - MODEL_POWER_LEAST) / (double)(N_EXPONENTS - 1);
	double best = MODEL_POWER_LEAST, least = INFINITY;

	for (int i = 0; i < N_EXPONENTS; i++) {
		double exponent = MODEL_POWER_LEAST + (double)i * step;
		double squares = squares_at(exponent, (void *)shape);

		if (squares < least) {
			least = squares;
			best = exponent;
		}
	}
	if (best <= MODEL_POWER_LEAST || best >= MODEL_POWER_MOST - 0.5 * step)
		return best;
	return follow(shape, best - step, best, best + step);
}
