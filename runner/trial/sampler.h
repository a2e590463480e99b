#pragma once

/*
 * The sampler: a thread that reads one number (memory.current) on a schedule of absolute deadlines
 * and puts it into a ring. It never blocks on storage.
 *
 *   sleep   a futex wait with an absolute deadline and 1 ns timer slack, so that stopping ends it at
 *           once even at 1 Hz; SCHED_FIFO where allowed and the rate is no more than
 *           SAMPLER_SLEEP_MAX_HZ
 *   spin    reads the clock until the deadline; with rate "max" there are no deadlines. Never
 *           SCHED_FIFO: a real-time thread that does not sleep starves whatever else has to run on its
 *           CPU (the task itself, kernel threads), and the kernel would throttle it for 50 ms of each
 *           second
 *   auto    spin where the rate is above SAMPLER_SLEEP_MAX_HZ and there are two CPUs, else sleep;
 *           rate "max" always spins
 *
 * A deadline that has passed when it is reached is missed and counted, never made up for: the next one
 * is the next multiple of the period after now.
 *
 * A sample's time is the middle between the clock before and after its read, in steps of SAMPLER_GRAIN_NS
 * where such a step lies within the read: so it is never outside of it, and wrong by half the read's duration
 * and half a step at most, either way. Times are strictly increasing.
 */

#include "backends/backend.h"
#include "runner/experiment/experiment.h"
#include "runner/trial/watch_cost.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Above this sleeping cannot hold the schedule: measured, see docs/design.md. */
#define SAMPLER_SLEEP_MAX_HZ 20000.0

/*
 * A read takes 500 ns here, and when in it the kernel looked is not known: the last digits of its middle are
 * noise, which no compressor makes smaller. Without them a sample of experiments/ramp.toml at 10 kHz took
 * 2.1 bytes on disk instead of 2.6. A power of two.
 */
#define SAMPLER_GRAIN_NS UINT64_C(64)

/* Reads the value to be sampled: 0, or -errno, which ends the sampling with that cause. */
typedef int (*sampler_read)(const void *context, uint64_t *ret_value);

struct sampler_options {
	sampler_read read;
	const void *context;
	double rate_hz; /* from 1e-6 to 1e9, unless rate_max */
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
	/* Deadlines between arming and stopping = n_samples + n_missed. With rate "max" = n_samples. */
	uint64_t n_scheduled;
	uint64_t n_missed;  /* deadlines that passed before they were reached */
	uint64_t n_dropped; /* taken, but the ring was full */
	/* Of a read's begin after its deadline; percentiles at most 1.6 % too high (histogram.h), the
	 * largest exact. 0 with rate "max". */
	uint64_t late_p50_ns;
	uint64_t late_p99_ns;
	uint64_t late_max_ns;
	struct cpu_usage usage; /* of the thread, from the wait before its arming on */
	int read_error; /* a positive errno when reading failed and ended sampling and schedule */
};

/*
 * Whether so much is missing that a reader has to know: any sample was dropped, or more than 1 % of the
 * deadlines missed and 10 of them at least. A trial of 50 ms at 1 kHz that misses one has missed 2 %, and
 * nothing is wrong with its trace.
 */
bool sampler_fell_short(const struct sampler_stats *stats);

/* "220 of 2038 samples missed, 3 dropped" where it fell short; else "". */
void sampler_describe_shortfall(const struct sampler_stats *stats, char *ret_text, size_t size);

struct sampler;

/*
 * Starts the thread and returns once it runs, is placed, and its memory is touched; it waits. All
 * signals are blocked in it. A CPU that it cannot be pinned to is an error.
 */
int sampler_start(
	const struct sampler_options *options, struct sampler **ret_sampler, struct error *error);

/* The first deadline is now. */
void sampler_arm(struct sampler *sampler);

/* Takes samples out, from the one reading thread. Returns how many; 0 when there are none now. */
size_t sampler_drain(struct sampler *sampler, struct sample *ret_samples, size_t n);

/* Ends the thread. What is in the ring can still be drained. Once more gives the same again. */
void sampler_stop(struct sampler *sampler, struct sampler_stats *ret_stats);

/* Stops it where that was not done. */
void sampler_free(struct sampler *sampler);
