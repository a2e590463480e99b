#pragma once

/* Private to the answer: what each limit of a point cost. */

#include "runner/limit/answer.h"

/* What a trial has; NaN if it is not known. */
typedef double limit_value(const struct limit_trial *trial);

/*
 * Of the trials of a point that survived at a limit, 0: without one; of one stage, or of LIMIT_STAGE_NONE: all. `values`
 * has room for all trials of the run. -ENOMEM.
 */
int limit_survivors(const struct limit_run *run, size_t point, enum limit_stage stage,
	uint64_t limit_bytes, limit_value *value, double *values,
	struct statistics *ret_statistics);

/*
 * The rows of the point with this index, from the smallest limit; `ret_rows` is the caller's to free. -ENOMEM.
 * NULL and 0 for a point without trials.
 */
int limit_rows_make(
	const struct limit_run *run, size_t point, struct limit_row **ret_rows, size_t *ret_n_rows);

/* The row without a limit; NULL if there is none. */
const struct limit_row *limit_rows_free(const struct limit_row *rows, size_t n_rows);

/* Sets dies_bytes, unharmed_bytes, unharmed_interval and knee_bytes from the rows, the peak and the finding. */
void limit_rows_evaluate(const struct limit_run *run, struct limit_answer_point *answer);
