#pragma once

/*
 * Estimates the remaining time of a plan: for each remaining trial, the median duration of the
 * latest trials of the same point and backend; without any, of the same backend; without any, of
 * all. Warm-ups are included, as they take as long.
 */

#include "runner/experiment/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct time_left;

/* Borrows the plan. -ENOMEM. */
int time_left_new(const struct plan *plan, struct time_left **ret_time_left);
void time_left_free(struct time_left *time_left);

/* The trial has started, and no longer counts as remaining. */
void time_left_begin(struct time_left *time_left, const struct planned_trial *planned);

/* The trial took this long, including everything around the task. */
void time_left_end(
	struct time_left *time_left, const struct planned_trial *planned, uint64_t duration_ns);

/* The estimate for one such trial; false while no trial has ended. */
bool time_left_of_trial(const struct time_left *time_left, const struct planned_trial *planned,
	uint64_t *ret_duration_ns);

/* The estimate for all trials that have not started; false while no trial has ended. */
bool time_left_to_come(const struct time_left *time_left, uint64_t *ret_duration_ns);
