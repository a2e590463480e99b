#pragma once

/*
 * Which law: by how well each tells the peak of a size that it was not fitted to.
 *
 * Each size is left out in turn, the law fitted to the others, and its miss at the one left out divided by the
 * scale there (runner/fit/law.h). A law's *error* is the root of the mean of the squares. Chosen is the simplest
 * law whose mean is not above the least one by more than the standard error of that, or by 0.1: one that is better
 * by no more than chance, or than can be known, has not earned its complication.
 *
 * A law is tried where one size fewer still gives all its coefficients, the power law where it still gives one
 * more than that: from 2 sizes the constant, from 3 those with two coefficients, from 5 the power law.
 */

#include "runner/fit/law.h"

#include <stdbool.h>

struct law_score {
	bool tried;
	double error; /* 1: as much as a peak can be known to */
};

struct law_choice {
	enum law law;
	struct law_score scores[N_LAWS];
};

/* One point a size, 2 at least. -EDOM where not even a constant can be told, -ENOMEM. */
int law_choose(const struct law_points *points, struct law_choice *ret_choice);
