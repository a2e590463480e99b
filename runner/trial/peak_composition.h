#pragma once

/*
 * The composition of a trial's peak: the row of SLOW_COMPOSITION read at the largest usage of the
 * interval. It is a row that was read, never a mixture: shortly before the peak, at no less than 99
 * % of it if the sampler saw the peak; `bytes` is its usage. What was read after the interval is no part of it.
 */

#include "runner/trial/trial.h"
#include "util/error.h"

struct peak_composition {
	bool present;
	uint64_t row;	  /* in the columns, from 0 */
	uint64_t time_ns; /* when it was read; at task_end, where the task is held: end_ns */
	struct composition composition;
};

/*
 * From the spool's series, for a trial that was run or recovered. Not present if the trial has no
 * such row.
 */
int peak_composition_find(
	const struct trial_result *result, struct peak_composition *ret_found, struct error *error);
