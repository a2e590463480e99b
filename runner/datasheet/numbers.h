#pragma once

/* A growing array of doubles: values collected over trials, for statistics. */

#include "runner/analysis/statistics.h"

#include <stddef.h>

struct numbers {
	double *values; /* NULL: empty */
	size_t n;
	size_t capacity;
};

/* -ENOMEM. NaN is stored; statistics ignore it. */
int numbers_add(struct numbers *numbers, double value);
void numbers_release(struct numbers *numbers);

/* Ignores NaNs; NaN if there are no values. Sorts the array. */
double numbers_median(struct numbers *numbers);
