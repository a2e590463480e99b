#pragma once

/*
 * Remarks below a point's table, one line each: which backends come closest to the truth, what they
 * cost, and how many repetitions would make that precise. Prints nothing if there is nothing to
 * compare.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/* -ENOMEM. */
int remarks_print(const struct comparison *comparison, size_t point, FILE *stream);
