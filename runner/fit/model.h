#pragma once

/*
 * Models of the form a + b*f(n) for a task's peak in bytes over a size n > 0, and their fit to
 * points.
 *
 * A point is weighted by its *scale*, the precision to which a peak can be known: 256 KiB, the step
 * of the kernel's counter (docs/method.md), and 1 % of the peak, added in quadrature. So the step
 * dominates at a peak of 2 MiB, while a peak of 2 GiB does not drown the others.
 */

#include <stddef.h>

/* Simplest first: by number of coefficients, then by growth. */
enum model {
	MODEL_CONSTANT,	    /* a */
	MODEL_LINEAR,	    /* a + b*n */
	MODEL_LINEARITHMIC, /* a + b*n*log2(n) */
	MODEL_QUADRATIC,    /* a + b*n^2 */
	MODEL_POWER,	    /* a + b*n^c, c from 0.1 to 4 */
	N_MODELS,
};

#define MODEL_MAX_COEFFICIENTS 3
#define MODEL_POWER_LEAST 0.1
#define MODEL_POWER_MOST 4.0

/* The step of the kernel's counter per CPU, and the noise as a fraction of a peak. */
#define MODEL_STEP_BYTES 262144.0
#define MODEL_PART 0.01

/* "a + b*n" */
const char *model_formula(enum model model);
size_t model_n_coefficients(enum model model);

/* See above; defined for negative values too. */
double model_scale(double bytes);

struct model_points {
	const double *n; /* > 0; at least as many different values as coefficients */
	const double *bytes;
	size_t n_points;
};

/* a and b in bytes; c has no unit. Coefficients that a model lacks are 0. */
struct fitted_model {
	enum model model;
	double coefficient[MODEL_MAX_COEFFICIENTS];
};

/*
 * Least squares of (bytes - model) / scale. -EDOM if there are fewer points than coefficients or
 * the result is not finite.
 */
int model_fit(enum model model, const struct model_points *points, struct fitted_model *ret_fitted);

/* In bytes. */
double model_at(const struct fitted_model *fitted, double n);

/* The derivative of the value at n with respect to each coefficient. */
void model_gradient(
	const struct fitted_model *fitted, double n, double gradient[MODEL_MAX_COEFFICIENTS]);
