#pragma once

/*
 * A row of doubles that grows: what is collected over trials before it becomes a statistic.
 */

#include "runner/analysis/statistics.h"

#include <stddef.h>

struct numbers {
	double *values; /* NULL: none yet */
	size_t n;
	size_t capacity;
};

/* -ENOMEM. NaN is kept: statistics leave it out. */
int numbers_add(struct numbers *numbers, double value);
void numbers_release(struct numbers *numbers);

/* NaN of none; NaNs among them are left out. Sorts them. */
double numbers_median(struct numbers *numbers);
