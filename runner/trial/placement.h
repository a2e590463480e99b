#pragma once

/*
 * Chooses the CPUs of the task and of the sampler. On the same CPU they disturb each other: each
 * sample would stop the task, and the task would delay samples. So by default, with at least two
 * CPUs, they are apart: the sampler has the last CPU, and the task all others.
 *
 *   limits.cpus   sampler.cpu   the task                    the sampler
 *   -             -             all but the sampler's       the last
 *   -             given         all but the sampler's       the one given
 *   a list        -             the list (a cpuset)         the last that is not in it
 *   a list        given         the list (a cpuset)         the one given
 *   "all"         -             all                         the scheduler's choice
 *   "all"         given         all                         the one given
 *
 * The task's CPUs are its affinity, set by the launcher before exec; a task may change it.
 */

#include "runner/experiment/experiment.h"

#include <sched.h>
#include <stdbool.h>

struct placement {
	bool narrowed;	     /* the affinity keeps the task off the sampler's CPU */
	cpu_set_t task_cpus; /* valid if narrowed */
	int sampler_cpu;     /* -1: not pinned */
	/*
	 * The sampler's CPU is one of the task's, or there is only one CPU. Not set if the user
	 * asked for it.
	 */
	bool shared;
};

/* `allowed` are the CPUs of this process. */
struct placement placement_choose(const struct experiment *experiment, const cpu_set_t *allowed);

/* For this process. Chooses nothing if its CPUs cannot be determined, as beyond CPU_SETSIZE. */
struct placement placement_here(const struct experiment *experiment);

/*
 * A message for the user, once per run: that the task lost a CPU because the two are apart, or that
 * they share one, and what to do. NULL: no message, or ENOMEM. The caller frees.
 */
char *placement_sentence(const struct placement *placement);
