#pragma once

/*
 * How long the rest of a plan will take: for each trial still to run, the median of what the latest
 * trials of the same point and backend took; where there is none yet, of the same backend; where there
 * is none either, of any. Warm-ups count, they take as long.
 */

#include "runner/experiment/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct time_left;

/* Borrows the plan. -ENOMEM. */
int time_left_new(const struct plan *plan, struct time_left **ret_time_left);
void time_left_free(struct time_left *time_left);

/* This trial is no longer to come: it runs now. */
void time_left_begin(struct time_left *time_left, const struct planned_trial *planned);

/* It took this long, with all that surrounds the task. */
void time_left_end(
	struct time_left *time_left, const struct planned_trial *planned, uint64_t duration_ns);

/* What one trial like this is expected to take; false while no trial has ended. */
bool time_left_of_trial(const struct time_left *time_left, const struct planned_trial *planned,
	uint64_t *ret_duration_ns);

/* What all trials that have not begun are expected to take; false while no trial has ended. */
bool time_left_to_come(const struct time_left *time_left, uint64_t *ret_duration_ns);
