#pragma once

/*
 * How reliable a run's figures are: whether they drifted during the run, and how many repetitions
 * would make them precise.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/*
 * "Drift over the repetitions: wall times +4.1 % (rho +0.83, p < 0.001); peaks none (rho +0.02, p =
 * 0.81)."
 *
 * Divides each trial's value by its cell's median and ranks all of them together against their
 * repetition (Spearman). "none" unless p < 0.01. The percentage is the median of the later half of
 * the repetitions relative to that of the earlier half. Peaks are the reference's. NULL on ENOMEM;
 * "" if no cell has COMPARISON_ENOUGH_TRIALS. The caller frees.
 */
char *stability_drift(const struct comparison *comparison);

/*
 * Prints a line: "for medians within 1 %: about 43 repetitions (ratio of tracemalloc)". The number
 * is the largest that any ratio or peak of the point needs, rounded up to two digits. Prints
 * nothing if none has COMPARISON_ENOUGH_TRIALS. -ENOMEM.
 */
int stability_print_repetitions(const struct comparison *comparison, size_t point, FILE *stream);
