#pragma once

/*
 * Laws of the form a + b*f(n), for the peak in bytes of a task over a size n above 0, and their fit to points.
 *
 * A point counts by how well a peak can be known there, its *scale*: 256 KiB, the step of the kernel's counter
 * (docs/method.md), and 1 % of the peak, the two added as squares. So a peak of 2 MiB is fitted to the step, and
 * one of 2 GiB, beside which a step is nothing, does not drown it.
 */

#include <stddef.h>

/* From the simplest: by the number of coefficients, then by how fast they grow. */
enum law {
	LAW_CONSTANT,	  /* a */
	LAW_LINEAR,	  /* a + b*n */
	LAW_LINEARITHMIC, /* a + b*n*log2(n) */
	LAW_QUADRATIC,	  /* a + b*n^2 */
	LAW_POWER,	  /* a + b*n^c, c from 0.1 to 4 */
	N_LAWS,
};

#define LAW_MAX_COEFFICIENTS 3
#define LAW_POWER_LEAST 0.1
#define LAW_POWER_MOST 4.0

/* The step in which the kernel's counter moves on a CPU, and the part of a peak that is noise. */
#define LAW_STEP_BYTES 262144.0
#define LAW_PART 0.01

/* "a + b*n" */
const char *law_formula(enum law law);
size_t law_n_coefficients(enum law law);

/* See above; of a negative value too. */
double law_scale(double bytes);

struct law_points {
	const double *n; /* above 0; at least as many different ones as there are coefficients */
	const double *bytes;
	size_t n_points;
};

/* a and b in bytes; c without a unit. Those that a law does not have are 0. */
struct fitted_law {
	enum law law;
	double coefficient[LAW_MAX_COEFFICIENTS];
};

/*
 * Least squares of (bytes - law) / scale. -EDOM where there are fewer points than coefficients, or no numbers
 * come out.
 */
int law_fit(enum law law, const struct law_points *points, struct fitted_law *ret_fitted);

/* Bytes. */
double law_at(const struct fitted_law *fitted, double n);

/* What the value at n changes by with each coefficient. */
void law_gradient(const struct fitted_law *fitted, double n, double gradient[LAW_MAX_COEFFICIENTS]);
