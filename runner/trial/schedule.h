#pragma once

/*
 * Deadlines at a rate, for the thread that watches a trial. The first is one period after the arming. One
 * that has passed when it is reached is missed and counted, never made up for.
 */

#include <stdbool.h>
#include <stdint.h>

struct schedule {
	double rate_hz; /* at least 0.001; 0: there are no deadlines */
	uint64_t armed_ns;
	uint64_t next; /* the deadline to come, counted from 1; 0: there is none */

	/* Deadlines so far, each served or missed. */
	uint64_t n_scheduled;
	uint64_t n_missed;
};

void schedule_arm(struct schedule *schedule, uint64_t now_ns);

/* UINT64_MAX: never, as it is not armed, stopped, or has no deadlines. */
uint64_t schedule_due_ns(const struct schedule *schedule);

/* Whether a deadline has come, which the caller serves now; those that have come after it are missed. */
bool schedule_reached(struct schedule *schedule, uint64_t now_ns);

/* No deadline comes after `now_ns`. Once more changes nothing. */
void schedule_stop(struct schedule *schedule, uint64_t now_ns);
