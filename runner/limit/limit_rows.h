#pragma once

/* Private to the answer: what each limit of a point cost. */

#include "runner/limit/answer.h"

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
