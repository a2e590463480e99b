#pragma once

/*
 * What the numbers of a point say, in a line each, and only what they say: which backends come closest
 * to the truth, what asking them costs, and how many repetitions would tell it precisely. Nothing where there is nothing to compare.
 */

#include "runner/report/comparison.h"

#include <stdio.h>

/* -ENOMEM. */
int verdict_print(const struct comparison *comparison, size_t point, FILE *stream);
