#pragma once

/*
 * How far a run's figures can be relied on: whether they moved while it went on, and how many repetitions
 * would make them precise.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/*
 * "Drift over the repetitions: wall times +4.1 % (rho +0.83, p < 0.001); peaks none (rho +0.02, p = 0.81)."
 *
 * Every trial's value is divided by its cell's median, and all are ranked together against the number of
 * their repetition (Spearman); what p < 0.01 leaves to chance is called none. The percentage is the median of
 * the later half of the repetitions against that of the earlier. Peaks are the reference's. NULL on
 * ENOMEM; "" where no cell has COMPARISON_ENOUGH_TRIALS. The caller frees.
 */
char *stability_drift(const struct comparison *comparison);

/*
 * A line: "for medians within 1 %: about 43 repetitions (ratio of tracemalloc)", the most that any ratio or
 * peak of the point needs, rounded up to two digits; nothing where none has COMPARISON_ENOUGH_TRIALS. -ENOMEM.
 */
int stability_print_repetitions(const struct comparison *comparison, size_t point, FILE *stream);
