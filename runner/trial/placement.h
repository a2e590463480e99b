#pragma once

/*
 * Which CPUs a task and the sampler run on. On the same one they would disturb each other: each sample
 * would stop the task, and the task make samples late. So by default they are apart where there are two: the
 * sampler has the last CPU, and the task all others.
 *
 *   limits.cpus   sampler.cpu   the task                    the sampler
 *   -             -             all but the sampler's       the last
 *   -             given         all but the sampler's       the one given
 *   a list        -             the list (a cpuset)         the last that is not in it
 *   a list        given         the list (a cpuset)         the one given
 *   "all"         -             all                         wherever it is put
 *   "all"         given         all                         the one given
 *
 * The task's are its affinity, set by the launcher before the task is executed; a task may change it.
 */

#include "runner/experiment/experiment.h"

#include <sched.h>
#include <stdbool.h>

struct placement {
	bool narrowed;	     /* the task is kept off the sampler's CPU by its affinity */
	cpu_set_t task_cpus; /* where narrowed */
	int sampler_cpu;     /* -1: not pinned */
	/* The sampler's CPU is one of the task's, or there is one CPU in all. Not where it was asked for. */
	bool shared;
};

/* `allowed` is where this process may run. */
struct placement placement_choose(const struct experiment *experiment, const cpu_set_t *allowed);

/* For this process. Where the CPUs cannot be asked for, as beyond CPU_SETSIZE, nothing is chosen. */
struct placement placement_here(const struct experiment *experiment);

/*
 * What a person is to know of it, once a run: where the two are apart and the task lost a CPU by it, or that
 * they share one, and what to do. NULL: nothing, or no memory. The caller frees.
 */
char *placement_sentence(const struct placement *placement);
