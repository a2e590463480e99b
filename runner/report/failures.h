#pragma once

#include "runner/analysis/comparison.h"

/*
 * The trials of a cell that did not end ok, counted and named: "2 oom, 1 timeout"; "" where there are
 * none. NULL on ENOMEM; the caller frees.
 */
char *failures_of_cell(const struct comparison_cell *cell);

/* The same of all cells of a point. */
char *failures_of_point(const struct comparison *comparison, size_t point);
