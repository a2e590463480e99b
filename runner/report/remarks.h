#pragma once

/* Remarks on a run's figures, one line each. */

#include "runner/analysis/comparison.h"
#include "runner/store/results.h"

#include <stdio.h>

/*
 * Below a point's table: which backends come closest to the truth, what they cost, and how many repetitions would make
 * that precise. Prints nothing if there is nothing to compare. -ENOMEM.
 */
int remarks_print(const struct comparison *comparison, size_t point, FILE *stream);

/* That it was quick or ended early, and what its trials warn of. */
void remarks_print_warnings(struct results *results, FILE *stream);

/* How the figures drifted, with `watching` what watching cost, and which CPUs the task lacked. -ENOMEM. */
int remarks_print_conditions(
	struct results *results, const struct comparison *comparison, bool watching, FILE *stream);
