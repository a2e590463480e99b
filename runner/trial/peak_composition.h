#pragma once

/*
 * What the peak of a trial was made of: the row of SLOW_COMPOSITION that was read at the largest use of the
 * interval. It is one that was read, never a mixture: a little before the peak, at 99 % of it at least where the
 * sampler saw the peak, and `bytes` says how far.
 */

#include "runner/trial/trial.h"
#include "util/error.h"

struct peak_composition {
	bool present;
	uint64_t row;	  /* in the columns, from 0 */
	uint64_t time_ns; /* when it was read */
	struct composition composition;
};

/* From the spool's series, of a trial that was run or recovered. Not present where the trial has no such row. */
int peak_composition_find(
	const struct trial_result *result, struct peak_composition *ret_found, struct error *error);
