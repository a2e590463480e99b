#pragma once

/*
 * Which model: by how well each tells the peak of a size that it was not fitted to.
 *
 * Each size is left out in turn, the model fitted to the others, and its miss at the one left out divided by the
 * scale there (runner/fit/model.h). A model's *error* is the root of the mean of the squares. Chosen is the simplest
 * model whose mean is not above the least one by more than the standard error of that, or by 0.1: one that is better
 * by no more than chance, or than can be known, has not earned its complication.
 *
 * A model is tried where one size fewer still gives all its coefficients, the power model where it still gives one
 * more than that: from 2 sizes the constant, from 3 those with two coefficients, from 5 the power model.
 */

#include "runner/fit/model.h"

#include <stdbool.h>

struct model_score {
	bool tried;
	double error; /* 1: as much as a peak can be known to */
};

struct model_choice {
	enum model model;
	struct model_score scores[N_MODELS];
};

/* One point a size, 2 at least. -EDOM where not even a constant can be fitted, -ENOMEM. */
int model_choose(const struct model_points *points, struct model_choice *ret_choice);
