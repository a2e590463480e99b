#pragma once

#include "runner/analysis/comparison.h"

/*
 * The trials of a cell that are not ok, counted by status: "2 oom, 1 timeout"; "" if there are
 * none. NULL on ENOMEM; the caller frees.
 */
char *failures_of_cell(const struct comparison_cell *cell);

/* The same for all cells of a point. */
char *failures_of_point(const struct comparison *comparison, size_t point);
