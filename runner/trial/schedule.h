#pragma once

/*
 * Deadlines at a fixed rate, for the thread that watches a trial. The first is one period after
 * arming. A deadline that has passed when it is reached counts as missed and is never made up for.
 */

#include <stdbool.h>
#include <stdint.h>

struct schedule {
	double rate_hz; /* at least 0.001; 0: no deadlines */
	uint64_t armed_ns;
	uint64_t next; /* the next deadline, counted from 1; 0: none */

	/* Deadlines so far, either served or missed. */
	uint64_t n_scheduled;
	uint64_t n_missed;
};

void schedule_arm(struct schedule *schedule, uint64_t now_ns);

/* UINT64_MAX: never, because it is not armed, is stopped, or has no deadlines. */
uint64_t schedule_due_ns(const struct schedule *schedule);

/*
 * True if a deadline has come, which the caller must serve now; further ones that have passed are
 * missed.
 */
bool schedule_reached(struct schedule *schedule, uint64_t now_ns);

/* There are no deadlines after `now_ns`. Repeated calls have no effect. */
void schedule_stop(struct schedule *schedule, uint64_t now_ns);
