#pragma once

/*
 * Models of the form a + b*f(n), for the peak in bytes of a task over a size n above 0, and their fit to points.
 *
 * A point counts by how well a peak can be known there, its *scale*: 256 KiB, the step of the kernel's counter
 * (docs/method.md), and 1 % of the peak, the two added as squares. So a peak of 2 MiB is fitted to the step, and
 * one of 2 GiB, beside which a step is nothing, does not drown it.
 */

#include <stddef.h>

/* From the simplest: by the number of coefficients, then by how fast they grow. */
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

/* The step in which the kernel's counter moves on a CPU, and the part of a peak that is noise. */
#define MODEL_STEP_BYTES 262144.0
#define MODEL_PART 0.01

/* "a + b*n" */
const char *model_formula(enum model model);
size_t model_n_coefficients(enum model model);

/* See above; of a negative value too. */
double model_scale(double bytes);

struct model_points {
	const double *n; /* above 0; at least as many different ones as there are coefficients */
	const double *bytes;
	size_t n_points;
};

/* a and b in bytes; c without a unit. Those that a model does not have are 0. */
struct fitted_model {
	enum model model;
	double coefficient[MODEL_MAX_COEFFICIENTS];
};

/*
 * Least squares of (bytes - model) / scale. -EDOM where there are fewer points than coefficients, or no numbers
 * come out.
 */
int model_fit(enum model model, const struct model_points *points, struct fitted_model *ret_fitted);

/* Bytes. */
double model_at(const struct fitted_model *fitted, double n);

/* What the value at n changes by with each coefficient. */
void model_gradient(
	const struct fitted_model *fitted, double n, double gradient[MODEL_MAX_COEFFICIENTS]);
