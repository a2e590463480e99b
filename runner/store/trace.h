#pragma once

/* Reads a trace from a trial's group chunk by chunk, thinning it on the way. */

#include "backends/backend.h"
#include "util/error.h"

#include <hdf5.h>
#include <stddef.h>

/*
 * "reference", "truth" (touched), "truth/charged" and so on, or a metric's name; at most
 * `max_samples` >= THINNING_MIN_SAMPLES, in order of time. *ret_n is 0 if the trial has no such
 * trace. The caller frees.
 */
int trace_read(hid_t trial, const char *name, size_t max_samples, struct sample **ret_samples,
	size_t *ret_n, struct error *error);

/* How many samples such a trace has; 0 if there is none. */
int trace_count(hid_t trial, const char *name, uint64_t *ret_n, struct error *error);

/*
 * Up to `max_samples` consecutive samples, each as it is, around the first at or after a time; fewer only if the trace
 * has no more. *ret_n is 0 also where these are not in order of time, as those of several processes may be: what is
 * missing between them would not be known.
 */
int trace_read_around(hid_t trial, const char *name, uint64_t time_ns, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error);
