#pragma once

/*
 * A model fitted to trials of several sizes, and how sure it is. The model goes through the medians of the sizes, so
 * that one odd trial does not bend it. Three things keep it from being exact, and every interval here has all
 * of them, each at 95 %, added as squares:
 *
 * - Trials of a size differ. The fit is repeated 2000 times, with as many trials drawn from each size with
 *   replacement (bootstrap; the seed is fixed, so that the same data give the same interval). Each median drawn is
 *   moved by up to half a step of the kernel's counter, 256 KiB (runner/fit/model.h): trials that all say the same are
 *   no more exact than that.
 * - The model is not quite the task's. How far the medians are from it, over as many sizes as there are beyond
 *   the coefficients (the *freedom*), gives the standard errors of least squares, and Student's t for so many.
 *   With little freedom t is large: 12.7 for one size too many, 4.3 for two, 2.8 for four.
 * - Where a single trial is predicted, it differs from its size's median as trials did, and both it and what the
 *   model rests on are counted in steps: two of them on either side.
 *
 * An interval believes the model: that the task goes on as it did is what nobody measured beyond the largest size.
 */

#include "runner/analysis/statistics.h"
#include "runner/fit/model.h"

#include <stddef.h>

/* The trials of one size. */
struct model_size {
	double n;
	double *bytes;
	size_t n_trials; /* 1 at least */
	double median_bytes;
};

struct regression;

/*
 * Fits `model` to sizes of which each n is another. -EDOM where there are fewer than its coefficients or no
 * numbers come out; -ENOMEM. Keeps nothing of the sizes.
 */
int regression_new(enum model model, const struct model_size *sizes, size_t n_sizes,
	struct regression **ret_regression);
void regression_free(struct regression *regression);

const struct fitted_model *regression_fitted(const struct regression *regression);

/* Sizes less coefficients. With 0 nothing tells how far the model is from the task: intervals are NaN. */
size_t regression_freedom(const struct regression *regression);

/* 95 %, of a coefficient that the model has. */
struct interval regression_coefficient(const struct regression *regression, size_t index);

/* 95 %, of the peak of one more trial at n. */
struct interval regression_prediction(const struct regression *regression, double n);
