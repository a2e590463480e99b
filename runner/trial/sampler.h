#pragma once

/*
 * The sampler: a thread that reads one number (memory.current) on a schedule of absolute deadlines
 * and puts it into a ring. It never blocks on storage.
 *
 *   sleep   clock_nanosleep to the next deadline with 1 ns timer slack, SCHED_FIFO where allowed; a
 *           deadline that has passed when it is reached is missed and counted, never made up for
 *   spin    a CPU of its own, reading the clock until the deadline; with rate "max" no deadlines
 *   auto    spin where the rate is above SAMPLER_SLEEP_MAX_HZ and there are two CPUs, else sleep
 */

#include "backends/backend.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Above this sleeping cannot hold the schedule: measured, see docs/design.md. */
#define SAMPLER_SLEEP_MAX_HZ 20000.0

/* Reads the value to be sampled: 0, or -errno, which ends the sampling with that cause. */
typedef int (*sampler_read)(const void *context, uint64_t *ret_value);

struct sampler_options {
	sampler_read read;
	const void *context;
	double rate_hz; /* > 0, unless rate_max */
	bool rate_max;
	enum sampler_mode mode;
	int cpu; /* to pin to; -1: the scheduler's choice */
	size_t ring_capacity;
};

struct sampler_stats {
	enum sampler_mode mode; /* the one chosen: sleep or spin */
	bool realtime;		/* SCHED_FIFO was allowed */
	int cpu;		/* -1: not pinned */
	uint64_t n_samples;	/* taken, those dropped included */
	uint64_t n_scheduled;	/* deadlines between start and stop; with rate "max" = n_samples */
	uint64_t n_missed;	/* deadlines that passed before they were reached */
	uint64_t n_dropped;	/* taken, but the ring was full */
	uint64_t late_p50_ns;	/* of a sample after its deadline */
	uint64_t late_p99_ns;
	uint64_t late_max_ns;
	int read_error; /* a positive errno when reading failed and ended the sampling */
};

struct sampler;

/* Starts the thread and returns once it runs, is placed, and its memory is touched; it waits. */
int sampler_start(
	const struct sampler_options *options, struct sampler **ret_sampler, struct error *error);

/* The first deadline is now. */
void sampler_arm(struct sampler *sampler);

/* Takes samples out, from the one reading thread. Returns how many; 0 when there are none now. */
size_t sampler_drain(struct sampler *sampler, struct sample *ret_samples, size_t n);

/* Ends the thread. What is in the ring can still be drained. */
void sampler_stop(struct sampler *sampler, struct sampler_stats *ret_stats);
void sampler_free(struct sampler *sampler);
