#pragma once

/*
 * The slow sampler: memory.stat and, where asked for, memory.pressure of the task leaf. A read of
 * memory.stat takes 7 us and more where one of memory.current takes 0.5 (docs/design.md), so they have a
 * lower rate of their own, and are read by the thread that watches the trial, beside the marks.
 *
 * One read is a *row*: of each file a sample of each of its keys, all with the same time, in a series of
 * the spool a key: SPOOL_STAT "anon_bytes", SPOOL_PRESSURE "some_avg10". The series are made with the
 * sampler, so that a task that invents names without end finds them taken.
 *
 * A row's time is the middle between the clock before and after its read. Times are strictly increasing.
 * A deadline that has passed when it is reached is missed and counted, never made up for.
 */

#include "cgroup/slice.h"
#include "runner/trial/spool.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct slow_sampler;

struct slow_sampler_options {
	const struct slice *slice; /* borrowed, as is the spool */
	struct spool *spool;
	double rate_hz; /* at least 0.001; 0: there are no deadlines */
	bool pressure;
};

struct slow_sampler_stats {
	/* Deadlines between arming and stopping, each a row or missed. Rows at marks are not among them. */
	uint64_t n_scheduled;
	uint64_t n_missed;
};

/* -EOPNOTSUPP where the pressure is asked for and the leaf has none. */
int slow_sampler_new(const struct slow_sampler_options *options, struct slow_sampler **ret_sampler,
	struct error *error);

/* The first deadline is one period from now: the caller takes a row at the same time. */
void slow_sampler_arm(struct slow_sampler *sampler, uint64_t now_ns);

/* When the next row is due; UINT64_MAX: never, as it is not armed, stopped, or has no deadlines. */
uint64_t slow_sampler_due_ns(const struct slow_sampler *sampler);

/* Takes the row that is due, if one is. */
int slow_sampler_serve(struct slow_sampler *sampler, struct error *error);

/* Takes a row now, at a mark. *ret_row is its number, from 0. */
int slow_sampler_take(struct slow_sampler *sampler, uint64_t *ret_row, struct error *error);

/* No deadline comes after `now_ns`. Rows at marks can still be taken. Once more changes nothing. */
void slow_sampler_stop(struct slow_sampler *sampler, uint64_t now_ns);

struct slow_sampler_stats slow_sampler_stats(const struct slow_sampler *sampler);

/* NULL is fine. */
void slow_sampler_free(struct slow_sampler *sampler);
