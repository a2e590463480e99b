#pragma once

/*
 * Chooses the CPUs of the task and of the sampler. The number of CPUs changes a peak (`sort` starts
 * a thread for each, Java picks its collector by them), so by default the task has all of them, with
 * the sampler beside it. That disturbs neither at 1 kHz; from there on, and where the sampler spins,
 * the sampler has the last CPU for itself, if there are two (docs/design.md has the measurement).
 *
 *   limits.cpus   sampler.cpu   rate             the task                    the sampler
 *   -             -             up to 1 kHz      all                         the scheduler's choice
 *   -             -             above, or spin   all but the sampler's       the last
 *   -             given         any              all but the sampler's       the one given
 *   a list        -             any              the list (a cpuset)         the last that is not in it
 *   a list        given         any              the list (a cpuset)         the one given
 *   "all"         -             any              all                         the scheduler's choice
 *   "all"         given         any              all                         the one given
 *
 * The task's CPUs are its affinity, set by the launcher before exec; a task may change it, which is seen (affinity.h).
 */

#include "runner/experiment/experiment.h"

#include <sched.h>
#include <stdbool.h>

struct placement {
	bool narrowed;	     /* the affinity keeps the task off the sampler's CPU */
	cpu_set_t task_cpus; /* valid if narrowed */
	int sampler_cpu;     /* -1: not pinned */
	/*
	 * The sampler needs a CPU of its own and has one of the task's, or there is only one CPU.
	 * Not set if the user asked for it on a machine with more.
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
