#pragma once

/*
 * A trace: samples in order of time; each value holds until the next sample. Times are ns, values
 * in the trace's unit, NaN if missing.
 */

#include "runner/store/results.h"

struct trace {
	struct sample *samples; /* owned; NULL: none */
	size_t n;
};

/*
 * `name` as for results_trace; empty if the trial has no such trace. Thinned only above 65536
 * samples.
 */
int trace_init(struct trace *trace, struct results *results, uint64_t trial, const char *name,
	struct error *error);
void trace_release(struct trace *trace);

/* The last sample at or before a time. */
double trace_at(const struct trace *trace, uint64_t time_ns);

/* Over the samples in [from, to], both ends included. */
double trace_largest(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);
double trace_last(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);
/* -ENOMEM. */
int trace_median(const struct trace *trace, uint64_t from_ns, uint64_t to_ns, double *ret_median);

/* The smallest rise between consecutive samples. */
double trace_smallest_rise(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);

/*
 * Root mean square of (trace - initial - truth), over the time in [from, to] that has a value: the
 * expected error of reading the trace at a random instant. The truth is 0 before its first
 * declaration.
 */
double trace_rmse(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns);

/*
 * Time from the truth's largest upward step (the first of equal ones) until the trace shows half of
 * it. 0 if it already does; NaN if it does not before `to_ns`.
 */
double trace_delay_ns(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns);
