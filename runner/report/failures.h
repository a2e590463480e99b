#pragma once

/*
 * The trials of a run that did not end ok: how many, of what status, and why.
 */

#include "runner/analysis/comparison.h"
#include "runner/store/failure_kinds.h"

#include <stdio.h>

#define FAILURE_STATUSES 4

struct failure_counts {
	size_t n[FAILURE_STATUSES + 1]; /* the last: of a status unknown to this version */
};

/* "failed", "oom", "timeout" and "interrupted", in this order. */
const char *failure_status(size_t place);

/* Adds the trials of a cell that are not ok. */
void failures_count(const struct comparison_cell *cell, struct failure_counts *counts);

/*
 * The trials of a cell that are not ok, counted by status: "2 oom, 1 timeout"; "" if there are
 * none. NULL on ENOMEM; the caller frees.
 */
char *failures_of_cell(const struct comparison_cell *cell);

/* "1 of 3 trials not ok and left out: 1 failed". Likewise. */
char *failures_sentence(const struct comparison_cell *cell);

/* failures_of_cell for all cells of a point. */
char *failures_of_point(const struct comparison *comparison, size_t point);

/*
 * Each kind of failure, with the last lines of what its first trial printed below it:
 *
 *     failed: exited with code 1 (2 trials, the first 000003); its stderr ends:
 *       ValueError: no such luck
 *
 * failures_print for a terminal, failures_html as a section of report.html. Neither writes anything where there are
 * none.
 */
void failures_print(const struct failure_kinds *failures, FILE *stream);
void failures_html(const struct failure_kinds *failures, FILE *stream);
