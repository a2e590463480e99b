#pragma once

/*
 * A model fitted to trials of several sizes, and its uncertainty. The model is fitted to the
 * medians of the sizes, so that one outlier does not bend it. There are three sources of
 * uncertainty; every interval here includes all of them, each at 95 %, added in quadrature:
 *
 * - Trials of a size differ. The fit is repeated 2000 times on trials drawn from each size with
 *   replacement (bootstrap, with a fixed seed: the same data give the same interval). Each drawn median
 *   is shifted by up to half a step of the kernel's counter, 256 KiB (runner/fit/model.h): identical
 *   trials are no more exact than that.
 * - The model only approximates the task. The distance of the medians from it, over as many sizes
 * as
 *   exceed the coefficients (the *freedom*), gives the standard errors of least squares, multiplied by
 *   Student's t. With little freedom t is large: 12.7 for 1, 4.3 for 2, 2.8 for 4.
 * - A predicted single trial differs from its size's median as the trials did, and both it and the
 *   model's data are counted in steps: two steps on either side.
 *
 * An interval assumes that the model holds: nobody measured the task beyond the largest size.
 */

#include "runner/analysis/statistics.h"
#include "runner/fit/model.h"

#include <stddef.h>

/* The trials of one size. */
struct model_size {
	double n;
	double *bytes;
	size_t n_trials; /* >= 1 */
	double median_bytes;
};

struct regression;

/*
 * Fits `model` to sizes with distinct n. -EDOM if there are fewer sizes than coefficients or the
 * result is not finite; -ENOMEM. Keeps no reference to the sizes.
 */
int regression_new(enum model model, const struct model_size *sizes, size_t n_sizes,
	struct regression **ret_regression);
void regression_free(struct regression *regression);

const struct fitted_model *regression_fitted(const struct regression *regression);

/*
 * Number of sizes less number of coefficients. With 0, the distance of the model from the task is
 * unknown: intervals are NaN.
 */
size_t regression_freedom(const struct regression *regression);

/* 95 % interval of a coefficient that the model has. */
struct interval regression_coefficient(const struct regression *regression, size_t index);

/* 95 % interval of the peak of one more trial at n. */
struct interval regression_prediction(const struct regression *regression, double n);

/*
 * A one-sided tolerance bound (runner/fit/tolerance.h): at least 95 % of sizes like n have their median below it, with 95 %
 * confidence, if the medians scatter normally around the model. NaN without freedom.
 */
double regression_bound(const struct regression *regression, double n);
