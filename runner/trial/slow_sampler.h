#pragma once

/*
 * The slow sampler: reads everything of the task leaf except memory.current
 * (runner/trial/slow_channel.h), each channel at its own rate. A read of memory.stat takes 7 us or
 * more, one of memory.current 0.5 (docs/design.md), so the thread that watches the trial does this,
 * in addition to handling marks.
 *
 * One read is a *row*: one sample for each of the channel's keys, all with the same time, each in
 * its own series of the spool. The series are created with the sampler, so that a task that invents
 * names endlessly cannot take them.
 *
 * A row's time is the midpoint of the clock before and after its read. Times are strictly
 * increasing. A deadline that has passed when it is reached counts as missed and is never made up
 * for. Channels with the same rate have the same deadlines.
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
	double rate_hz; /* at least 0.001; 0: no deadlines, rows only at marks */
};

struct slow_sampler_options {
	const struct slice *slice; /* borrowed, like the spool */
	struct spool *spool;
	struct slow_channel_options channels[SLOW_N_CHANNELS];
};

struct slow_channel_stats {
	/* Deadlines between arming and stopping, each a row or missed. Excludes rows at marks. */
	uint64_t n_scheduled;
	uint64_t n_missed;
	/* Total time of reading all rows, and the longest. */
	uint64_t read_ns;
	uint64_t read_max_ns;
};

struct slow_sampler_stats {
	struct slow_channel_stats channels[SLOW_N_CHANNELS];
};

/* The index of a row in each channel, from 0. */
struct slow_row_numbers {
	uint64_t row[SLOW_N_CHANNELS];
};

/* -EOPNOTSUPP if the pressure is requested and the leaf has none. */
int slow_sampler_new(const struct slow_sampler_options *options, struct slow_sampler **ret_sampler,
	struct error *error);

/*
 * The first deadline of each channel is one period from now: the caller takes rows at the same
 * time.
 */
void slow_sampler_arm(struct slow_sampler *sampler, uint64_t now_ns);

/*
 * When the next row is due; UINT64_MAX: never, because it is not armed, is stopped, or has no
 * deadlines.
 */
uint64_t slow_sampler_due_ns(const struct slow_sampler *sampler);

/* Reads the rows that are due. */
int slow_sampler_serve(struct slow_sampler *sampler, struct error *error);

/* Reads a row of every channel now, for a mark. */
int slow_sampler_take(
	struct slow_sampler *sampler, struct slow_row_numbers *ret_numbers, struct error *error);

/*
 * Adds a row that was read elsewhere, between these two instants. If it is older than the last row,
 * its time is set to a nanosecond after that one.
 */
int slow_sampler_add(struct slow_sampler *sampler, enum slow_channel channel,
	const struct slow_row *row, uint64_t before_ns, uint64_t after_ns, struct error *error);

/*
 * There are no deadlines after `now_ns`. Rows at marks are still possible. Repeated calls have no
 * effect.
 */
void slow_sampler_stop(struct slow_sampler *sampler, uint64_t now_ns);

struct slow_sampler_stats slow_sampler_stats(const struct slow_sampler *sampler);

/* NULL is allowed. */
void slow_sampler_free(struct slow_sampler *sampler);
