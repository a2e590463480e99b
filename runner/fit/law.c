#include "runner/fit/law.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The exponents at which a minimum is looked for before it is followed: 0.1, 0.2, ... 4.0. */
#define N_EXPONENTS 40
#define MAX_STEPS 60
#define EXPONENT_PRECISION 1e-6

/* Points with f(n) / f(largest n) in the place of n: powers of large sizes leave the range of a double's digits. */
struct shape {
	const struct law_points *points;
	enum law law;
	double *x;
	double *weight;
	double largest_n;
};

static int shape_init(struct shape *shape, enum law law, const struct law_points *points);
static void shape_release(struct shape *shape);
static double fit_straight(const struct shape *shape, double exponent, struct fitted_law *fitted);
static double best_exponent(const struct shape *shape);

const char *law_formula(enum law law)
{
	static const char *const formulas[N_LAWS] = {
		"a", "a + b*n", "a + b*n*log2(n)", "a + b*n^2", "a + b*n^c"};

	return formulas[law];
}

size_t law_n_coefficients(enum law law)
{
	switch (law) {
	case LAW_CONSTANT:
		return 1;
	case LAW_POWER:
		return 3;
	default:
		return 2;
	}
}

double law_scale(double bytes)
{
	return hypot(LAW_STEP_BYTES, LAW_PART * bytes);
}

static double growth(enum law law, double n, double exponent)
{
	switch (law) {
	case LAW_LINEAR:
		return n;
	case LAW_LINEARITHMIC:
		return n * log2(n);
	case LAW_QUADRATIC:
		return n * n;
	case LAW_POWER:
		return pow(n, exponent);
	default:
		return 0.0;
	}
}

int law_fit(enum law law, const struct law_points *points, struct fitted_law *ret_fitted)
{
	struct fitted_law fitted;
	struct shape shape;
	int r;

	if (points->n_points < law_n_coefficients(law))
		return -EDOM;
	r = shape_init(&shape, law, points);
	if (r == 0 && !isfinite(fit_straight(
			      &shape, law == LAW_POWER ? best_exponent(&shape) : 1.0, &fitted)))
		r = -EDOM;
	shape_release(&shape);
	if (r == 0)
		*ret_fitted = fitted;
	return r;
}

double law_at(const struct fitted_law *fitted, double n)
{
	const double *coefficient = fitted->coefficient;

	return coefficient[0] + coefficient[1] * growth(fitted->law, n, coefficient[2]);
}

void law_gradient(const struct fitted_law *fitted, double n, double gradient[LAW_MAX_COEFFICIENTS])
{
	double grown = growth(fitted->law, n, fitted->coefficient[2]);

	gradient[0] = 1.0;
	gradient[1] = grown;
	gradient[2] = fitted->law == LAW_POWER ? fitted->coefficient[1] * grown * log(n) : 0.0;
}

/* ---- the fit */

static int shape_init(struct shape *shape, enum law law, const struct law_points *points)
{
	size_t n = points->n_points;

	*shape = (struct shape){
		.points = points,
		.law = law,
		.x = calloc(n, sizeof(*shape->x)),
		.weight = calloc(n, sizeof(*shape->weight)),
	};
	if (!shape->x || !shape->weight)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		double scale = law_scale(points->bytes[i]);

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

/* The weighted mean and how far the points are from it. */
static double fit_constant(const struct shape *shape, struct fitted_law *fitted)
{
	const struct law_points *points = shape->points;
	double sum = 0.0, weights = 0.0, squares = 0.0;

	for (size_t i = 0; i < points->n_points; i++) {
		sum += shape->weight[i] * points->bytes[i];
		weights += shape->weight[i];
	}
	*fitted = (struct fitted_law){.law = LAW_CONSTANT, .coefficient = {sum / weights}};
	for (size_t i = 0; i < points->n_points; i++) {
		double miss = points->bytes[i] - fitted->coefficient[0];

		squares += shape->weight[i] * miss * miss;
	}
	return squares;
}

/* The law at an exponent is a straight line over f(n). Returns the weighted sum of squares. */
static double fit_straight(const struct shape *shape, double exponent, struct fitted_law *fitted)
{
	const struct law_points *points = shape->points;
	double largest = growth(shape->law, shape->largest_n, exponent);
	double a, b, variance_a, covariance, variance_b, squares;

	if (shape->law == LAW_CONSTANT)
		return fit_constant(shape, fitted);
	/* n*log2(n) is 0 for a size of 1. */
	if (largest <= 0.0)
		return NAN;
	for (size_t i = 0; i < points->n_points; i++)
		shape->x[i] = growth(shape->law, points->n[i], exponent) / largest;
	gsl_fit_wlinear(shape->x, 1, shape->weight, 1, points->bytes, 1, points->n_points, &a, &b,
		&variance_a, &covariance, &variance_b, &squares);
	*fitted = (struct fitted_law){
		.law = shape->law,
		.coefficient = {a, b / largest, shape->law == LAW_POWER ? exponent : 0.0},
	};
	return isfinite(a) && isfinite(b) ? squares : NAN;
}

static double squares_at(double exponent, void *context)
{
	struct fitted_law ignored;

	return fit_straight(context, exponent, &ignored);
}

/* Follows a minimum that is known to lie between low and high (Brent). */
static double follow(const struct shape *shape, double low, double middle, double high)
{
	gsl_function minimized = {.function = squares_at, .params = (void *)shape};
	/* GSL's own handler ends the program. */
	gsl_error_handler_t *handler = gsl_set_error_handler_off();
	gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);

	/* Refused where the three are alike to the last digit: then the middle is as good. */
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
	const double step = (LAW_POWER_MOST - LAW_POWER_LEAST) / (double)(N_EXPONENTS - 1);
	double best = LAW_POWER_LEAST, least = INFINITY;

	for (int i = 0; i < N_EXPONENTS; i++) {
		double exponent = LAW_POWER_LEAST + (double)i * step;
		double squares = squares_at(exponent, (void *)shape);

		if (squares < least) {
			least = squares;
			best = exponent;
		}
	}
	if (best <= LAW_POWER_LEAST || best >= LAW_POWER_MOST - 0.5 * step)
		return best;
	return follow(shape, best - step, best, best + step);
}
