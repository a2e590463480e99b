#pragma once

/*
 * A law fitted to trials of several sizes, and how sure it is. The law goes through the medians of the sizes, so
 * that one odd trial does not bend it. Three things keep it from being exact, and every interval here has all
 * of them, each at 95 %, added as squares:
 *
 * - Trials of a size differ. The fit is repeated 2000 times, with as many trials drawn from each size with
 *   replacement (bootstrap; the seed is fixed, so that the same data give the same interval). Each median drawn is
 *   moved by up to half a step of the kernel's counter, 256 KiB (runner/fit/law.h): trials that all say the same are
 *   no more exact than that.
 * - The law is not quite the task's. How far the medians are from it, over as many sizes as there are beyond
 *   the coefficients (the *freedom*), gives the standard errors of least squares, and Student's t for so many.
 *   With little freedom t is large: 12.7 for one size too many, 4.3 for two, 2.8 for four.
 * - Where a single trial is foretold, it differs from its size's median as trials did, and both it and what the
 *   law rests on are counted in steps: two of them on either side.
 *
 * An interval believes the law: that the task goes on as it did is what nobody measured beyond the largest size.
 */

#include "runner/analysis/statistics.h"
#include "runner/fit/law.h"

#include <stddef.h>

/* The trials of one size. */
struct law_size {
	double n;
	double *bytes;
	size_t n_trials; /* 1 at least */
	double median_bytes;
};

struct law_model;

/*
 * Fits `law` to sizes of which each n is another. -EDOM where there are fewer than its coefficients or no
 * numbers come out; -ENOMEM. Keeps nothing of the sizes.
 */
int law_model_new(
	enum law law, const struct law_size *sizes, size_t n_sizes, struct law_model **ret_model);
void law_model_free(struct law_model *model);

const struct fitted_law *law_model_fitted(const struct law_model *model);

/* Sizes less coefficients. With 0 nothing tells how far the law is from the task: intervals are NaN. */
size_t law_model_freedom(const struct law_model *model);

/* 95 %, of a coefficient that the law has. */
struct interval law_model_coefficient(const struct law_model *model, size_t index);

/* 95 %, of the peak of one more trial at n. */
struct interval law_model_prediction(const struct law_model *model, double n);
