#pragma once

/*
 * What is remarked below a point's table, a line each: which backends come closest to the truth, what asking
 * them costs, and how many repetitions would tell it precisely. Nothing where there is nothing to compare.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/* -ENOMEM. */
int remarks_print(const struct comparison *comparison, size_t point, FILE *stream);
