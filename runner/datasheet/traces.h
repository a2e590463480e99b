#pragma once

/*
 * What a trace says: samples in order of time, each of which holds until the next. Times are ns, values as they
 * come, NaN where there is none.
 */

#include "runner/store/results.h"

struct trace {
	struct sample *samples; /* owned; NULL: none */
	size_t n;
};

/* As results_trace names it; empty where the trial has none. Thinned only where it has more than 65536 samples. */
int trace_init(struct trace *trace, struct results *results, uint64_t trial, const char *name,
	struct error *error);
void trace_release(struct trace *trace);

/* The last sample at or before a time. */
double trace_at(const struct trace *trace, uint64_t time_ns);

/* Over the samples at [from, to], both ends included. */
double trace_largest(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);
double trace_last(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);
/* -ENOMEM. */
int trace_median(const struct trace *trace, uint64_t from_ns, uint64_t to_ns, double *ret_median);

/* The smallest rise from one sample to the next. */
double trace_smallest_rise(const struct trace *trace, uint64_t from_ns, uint64_t to_ns);

/*
 * Root of the mean square of (trace - initial - truth), over the time in [from, to] in which there is a value:
 * how wrong somebody is who asks the trace about any instant. Before its first declaration the truth is 0.
 */
double trace_rmse(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns);

/*
 * From the truth's largest step upwards, the first of several, until the trace shows half of it; 0 where it
 * does by then, NaN where it never does before `to_ns`.
 */
double trace_delay_ns(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns);
