#pragma once

/*
 * The sampler: a thread that reads one number (memory.current) at absolute deadlines and puts it
 * into a ring. It never blocks on storage.
 *
 *   sleep   a futex wait with an absolute deadline and 1 ns timer slack, which can be stopped at once
 *           even at 1 Hz; SCHED_FIFO if allowed and the rate is at most SAMPLER_SLEEP_MAX_HZ
 *   spin    reads the clock until the deadline; rate "max" has no deadlines. Never SCHED_FIFO: a
 *           real-time thread that does not sleep starves everything else on its CPU (the task itself,
 *           kernel threads), and the kernel would throttle it for 50 ms of each second
 *   auto    spin if the rate is above SAMPLER_SLEEP_MAX_HZ and there are two CPUs, else sleep;
 *           rate "max" always spins
 *
 * A deadline that has already passed when it is reached counts as missed and is never made up for:
 * the next one is the next multiple of the period after now.
 *
 * A sample's time is the midpoint of the clock before and after its read, rounded to
 * SAMPLER_GRAIN_NS if that stays within the read: it is never outside the read, and its error is at
 * most half the read's duration plus half a step. Times are strictly increasing.
 */

#include "backends/backend.h"
#include "runner/experiment/experiment.h"
#include "runner/trial/maxima.h"
#include "runner/trial/watch_cost.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Above this rate sleeping cannot keep the schedule: measured, see docs/design.md. */
#define SAMPLER_SLEEP_MAX_HZ 20000.0

/*
 * A read takes 500 ns here, and it is unknown when the kernel took the value: the last digits of
 * the midpoint are noise, which does not compress. Without them a sample of experiments/ramp.toml
 * at 10 kHz took 2.1 bytes on disk instead of 2.6. A power of two.
 */
#define SAMPLER_GRAIN_NS UINT64_C(64)

/* Reads the sampled value. Returns 0, or -errno, which ends sampling with that cause. */
typedef int (*sampler_read)(const void *context, uint64_t *ret_value);

/* Reads the composition of the value. Returns 0, or -errno, which skips this maximum. */
typedef int (*sampler_read_stat)(const void *context, struct memory_stat *ret_stat);

struct sampler_options {
	sampler_read read;
	sampler_read_stat read_stat; /* called at new maxima (runner/trial/maxima.h); NULL: never */
	const void *context;
	double rate_hz; /* from 1e-6 to 1e9, unless rate_max */
	bool rate_max;
	enum sampler_mode mode;
	int cpu; /* to pin to; -1: the scheduler's choice */
	size_t ring_capacity;
};

struct sampler_stats {
	enum sampler_mode mode; /* the effective mode: sleep or spin */
	bool realtime;		/* SCHED_FIFO was allowed */
	int cpu;		/* -1: not pinned */
	uint64_t n_samples;	/* taken, including those dropped */
	/*
	 * Deadlines between arming and stopping = n_samples + n_missed. With rate "max" =
	 * n_samples.
	 */
	uint64_t n_scheduled;
	uint64_t n_missed;    /* deadlines that had passed when they were reached */
	uint64_t n_composing; /* of these, those that passed while a composition was read */
	uint64_t n_dropped;   /* taken, but the ring was full */
	/*
	 * Lateness of the start of a read after its deadline; percentiles are at most 1.6 % too
	 * high (histogram.h), the maximum is exact. 0 with rate "max".
	 */
	uint64_t late_p50_ns;
	uint64_t late_p99_ns;
	uint64_t late_max_ns;
	struct cpu_usage usage; /* of the thread, starting with the wait before its arming */
	int read_error; /* a positive errno of a failed read, which ended sampling and schedule */
};

/*
 * True if so much is missing that readers must know: any dropped sample, or more than 1 % and at
 * least 10 missed deadlines. A trial of 50 ms at 1 kHz that misses one deadline has missed 2 %, but
 * its trace is fine.
 */
bool sampler_fell_short(const struct sampler_stats *stats);

/* "220 of 2038 samples missed, 3 dropped" if sampler_fell_short; else "". */
void sampler_describe_shortfall(const struct sampler_stats *stats, char *ret_text, size_t size);

struct sampler;

/*
 * Starts the thread and returns once it runs, is pinned, and its memory is touched; the thread then
 * waits. It blocks all signals. Failure to pin it to a given CPU is an error.
 */
int sampler_start(
	const struct sampler_options *options, struct sampler **ret_sampler, struct error *error);

/* The first deadline is now. */
void sampler_arm(struct sampler *sampler);

/* Takes samples out; one reading thread only. Returns their number, 0 if there are none. */
size_t sampler_drain(struct sampler *sampler, struct sample *ret_samples, size_t n);

/* Takes out the next maximum that was read. False if there is none. */
bool sampler_take_maximum(struct sampler *sampler, struct maximum *ret_maximum);

/* Drops the largest value so far, as an interval begins. */
void sampler_restart_maxima(struct sampler *sampler);

/*
 * Ends the thread. Samples in the ring can still be drained. Repeated calls give the same result.
 */
void sampler_stop(struct sampler *sampler, struct sampler_stats *ret_stats);

/* Stops it first if necessary. */
void sampler_free(struct sampler *sampler);
