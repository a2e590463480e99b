#pragma once

/*
 * Model selection by cross-validation: how well each model predicts a size that it was not fitted
 * to.
 *
 * Each size is left out in turn, the model is fitted to the others, and its residual at the omitted
 * size is divided by the scale there (runner/fit/model.h). A model's *error* is the root of the
 * mean square. The simplest model is chosen whose mean square exceeds the smallest one by no more
 * than the standard error of that, or by no more than 0.1: an improvement within chance, or below
 * what can be known, does not justify a more complex model.
 *
 * A model is tried if one size fewer still determines all its coefficients; the power model needs
 * one more. From 2 sizes the constant, from 3 the models with two coefficients, from 5 the power
 * model.
 */

#include "runner/fit/model.h"

#include <stdbool.h>

struct model_score {
	bool tried;
	double error; /* 1: as precise as a peak can be known */
};

struct model_choice {
	enum model model;
	struct model_score scores[N_MODELS];
};

/* One point per size, at least 2. -EDOM if not even a constant can be fitted, -ENOMEM. */
int model_choose(const struct model_points *points, struct model_choice *ret_choice);
