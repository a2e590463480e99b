#include "runner/datasheet/traces.h"

#include "runner/datasheet/numbers.h"

#include <math.h>
#include <stdlib.h>

#define MAX_SAMPLES 65536

static size_t first_after(const struct trace *trace, uint64_t time_ns);

int trace_init(struct trace *trace, struct results *results, uint64_t trial, const char *name,
	struct error *error)
{
	*trace = (struct trace){0};
	return results_trace(results, trial, name, MAX_SAMPLES, &trace->samples, &trace->n, error);
}

void trace_release(struct trace *trace)
{
	free(trace->samples);
	*trace = (struct trace){0};
}

double trace_at(const struct trace *trace, uint64_t time_ns)
{
	size_t after = first_after(trace, time_ns);

	return after > 0 ? (double)trace->samples[after - 1].value : NAN;
}

double trace_largest(const struct trace *trace, uint64_t from_ns, uint64_t to_ns)
{
	double largest = NAN;

	for (size_t i = 0; i < trace->n; i++)
		if (trace->samples[i].time_ns >= from_ns && trace->samples[i].time_ns <= to_ns)
			largest = fmax(largest, (double)trace->samples[i].value);
	return largest;
}

double trace_last(const struct trace *trace, uint64_t from_ns, uint64_t to_ns)
{
	size_t after = first_after(trace, to_ns);

	if (after == 0 || trace->samples[after - 1].time_ns < from_ns)
		return NAN;
	return (double)trace->samples[after - 1].value;
}

int trace_median(const struct trace *trace, uint64_t from_ns, uint64_t to_ns, double *ret_median)
{
	struct numbers inside = {0};
	int r = 0;

	for (size_t i = 0; i < trace->n && r == 0; i++)
		if (trace->samples[i].time_ns >= from_ns && trace->samples[i].time_ns <= to_ns)
			r = numbers_add(&inside, (double)trace->samples[i].value);
	if (r == 0)
		*ret_median = numbers_median(&inside);
	numbers_release(&inside);
	return r;
}

double trace_smallest_rise(const struct trace *trace, uint64_t from_ns, uint64_t to_ns)
{
	double smallest = NAN;

	for (size_t i = 1; i < trace->n; i++) {
		const struct sample *before = &trace->samples[i - 1], *sample = &trace->samples[i];

		if (before->time_ns >= from_ns && sample->time_ns <= to_ns &&
			sample->value > before->value)
			smallest = fmin(smallest, (double)(sample->value - before->value));
	}
	return smallest;
}

/* The truth at a time; 0 before its first declaration. */
static double truth_at(const struct trace *truth, uint64_t time_ns)
{
	double bytes = trace_at(truth, time_ns);

	return isnan(bytes) ? 0.0 : bytes;
}

/* The next change of either after a time; `to_ns` if there is none before. */
static uint64_t next_change(
	const struct trace *trace, const struct trace *truth, uint64_t time_ns, uint64_t to_ns)
{
	size_t i = first_after(trace, time_ns), j = first_after(truth, time_ns);
	uint64_t next_ns = to_ns;

	if (i < trace->n && trace->samples[i].time_ns < next_ns)
		next_ns = trace->samples[i].time_ns;
	if (j < truth->n && truth->samples[j].time_ns < next_ns)
		next_ns = truth->samples[j].time_ns;
	return next_ns;
}

double trace_rmse(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns)
{
	double squares = 0.0, known_ns = 0.0;
	uint64_t time_ns = from_ns;

	while (time_ns < to_ns) {
		uint64_t next_ns = next_change(trace, truth, time_ns, to_ns);
		double error = trace_at(trace, time_ns) - initial - truth_at(truth, time_ns);

		if (!isnan(error)) {
			squares += error * error * (double)(next_ns - time_ns);
			known_ns += (double)(next_ns - time_ns);
		}
		time_ns = next_ns;
	}
	return known_ns > 0.0 ? sqrt(squares / known_ns) : NAN;
}

double trace_delay_ns(const struct trace *trace, double initial, const struct trace *truth,
	uint64_t from_ns, uint64_t to_ns)
{
	double step = 0.0, shown = NAN;
	uint64_t step_ns = 0;

	for (size_t i = 0; i < truth->n; i++) {
		double before = i > 0 ? (double)truth->samples[i - 1].value : 0.0;
		double rise = (double)truth->samples[i].value - before;

		if (truth->samples[i].time_ns < from_ns || rise <= step)
			continue;
		step = rise;
		step_ns = truth->samples[i].time_ns;
		shown = initial + before + rise / 2.0;
	}
	if (isnan(shown))
		return NAN;
	if (trace_at(trace, step_ns) >= shown)
		return 0.0;
	for (size_t i = first_after(trace, step_ns); i < trace->n; i++)
		if (trace->samples[i].time_ns <= to_ns && (double)trace->samples[i].value >= shown)
			return (double)(trace->samples[i].time_ns - step_ns);
	return NAN;
}

/* The first sample later than a time, by bisection. */
static size_t first_after(const struct trace *trace, uint64_t time_ns)
{
	size_t low = 0, high = trace->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (trace->samples[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
