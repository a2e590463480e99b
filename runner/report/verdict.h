#pragma once

/*
 * What the numbers of a point say, in a line each, and only what they say: which backends come closest
 * to the truth, and what asking them costs. Nothing where there is nothing to compare.
 */

#include "runner/report/comparison.h"

#include <stdio.h>

/* -ENOMEM. */
int verdict_print(const struct comparison *comparison, size_t point, FILE *stream);
