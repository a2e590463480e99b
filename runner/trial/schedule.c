#include "runner/trial/schedule.h"

#include "util/clock.h"

void schedule_arm(struct schedule *schedule, uint64_t now_ns)
{
	schedule->armed_ns = now_ns;
	schedule->next = schedule->rate_hz > 0 ? 1 : 0;
}

uint64_t schedule_due_ns(const struct schedule *schedule)
{
	/* From the count, not by adding periods: rounding errors do not accumulate. */
	return schedule->next
		       ? schedule->armed_ns + (uint64_t)((double)schedule->next *
							 ((double)NS_PER_S / schedule->rate_hz))
		       : UINT64_MAX;
}

/* Skips deadlines that passed unserved. */
static void pass_over(struct schedule *schedule, uint64_t now_ns)
{
	while (schedule_due_ns(schedule) <= now_ns) {
		schedule->n_scheduled++;
		schedule->n_missed++;
		schedule->next++;
	}
}

bool schedule_reached(struct schedule *schedule, uint64_t now_ns)
{
	if (now_ns < schedule_due_ns(schedule))
		return false;
	schedule->n_scheduled++;
	schedule->next++;
	pass_over(schedule, now_ns);
	return true;
}

void schedule_stop(struct schedule *schedule, uint64_t now_ns)
{
	pass_over(schedule, now_ns);
	schedule->next = 0;
}
