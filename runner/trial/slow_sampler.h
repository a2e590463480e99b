#pragma once

/*
 * The slow sampler: what is read of the task leaf beside memory.current (runner/trial/slow_channel.h), each
 * channel at a rate of its own. A read of memory.stat takes 7 us and more where one of memory.current takes
 * 0.5 (docs/design.md), so they are read by the thread that watches the trial, beside the marks.
 *
 * One read is a *row*: a sample of each of the channel's keys, all with the same time, in a series of the
 * spool a key. The series are made with the sampler, so that a task that invents names without end finds
 * them taken.
 *
 * A row's time is the middle between the clock before and after its read. Times are strictly increasing.
 * A deadline that has passed when it is reached is missed and counted, never made up for. Channels of the
 * same rate have the same deadlines.
 */

#include "cgroup/slice.h"
#include "runner/trial/slow_channel.h"
#include "runner/trial/spool.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct slow_sampler;

struct slow_channel_options {
	bool enabled;
	double rate_hz; /* at least 0.001; 0: there are no deadlines, rows at marks alone */
};

struct slow_sampler_options {
	const struct slice *slice; /* borrowed, as is the spool */
	struct spool *spool;
	struct slow_channel_options channels[SLOW_N_CHANNELS];
};

struct slow_channel_stats {
	/* Deadlines between arming and stopping, each a row or missed. Rows at marks are not among them. */
	uint64_t n_scheduled;
	uint64_t n_missed;
	/* What all rows took to read, and the one that took longest. */
	uint64_t read_ns;
	uint64_t read_max_ns;
};

struct slow_sampler_stats {
	struct slow_channel_stats channels[SLOW_N_CHANNELS];
};

/* The number of a row of each channel, from 0. */
struct slow_row_numbers {
	uint64_t row[SLOW_N_CHANNELS];
};

/* -EOPNOTSUPP where the pressure is asked for and the leaf has none. */
int slow_sampler_new(const struct slow_sampler_options *options, struct slow_sampler **ret_sampler,
	struct error *error);

/* Each channel's first deadline is one period from now: the caller takes rows at the same time. */
void slow_sampler_arm(struct slow_sampler *sampler, uint64_t now_ns);

/* When the next row is due; UINT64_MAX: never, as it is not armed, stopped, or has no deadlines. */
uint64_t slow_sampler_due_ns(const struct slow_sampler *sampler);

/* Takes the rows that are due, if any are. */
int slow_sampler_serve(struct slow_sampler *sampler, struct error *error);

/* Takes a row of every channel now, at a mark. */
int slow_sampler_take(
	struct slow_sampler *sampler, struct slow_row_numbers *ret_numbers, struct error *error);

/* No deadline comes after `now_ns`. Rows at marks can still be taken. Once more changes nothing. */
void slow_sampler_stop(struct slow_sampler *sampler, uint64_t now_ns);

struct slow_sampler_stats slow_sampler_stats(const struct slow_sampler *sampler);

/* NULL is fine. */
void slow_sampler_free(struct slow_sampler *sampler);
