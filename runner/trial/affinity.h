#pragma once

/*
 * Whether a task widened its CPU affinity to the sampler's CPU, if the sampler has one: the two then disturb each other. Known
 * exactly for the task's first process at its end, from the launcher, and for every process of the task leaf that lives
 * when it is looked at, some ten times a second and at the marks. Not seen: a thread that is not its process's first, and
 * what is widened and narrowed between two looks. A cpuset (limits.cpus with a list) bounds the affinity in any case.
 */

#include "cgroup/slice.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct affinity {
	cpu_set_t given; /* at the gate */
	cpu_set_t seen;	 /* since then, of any process */
	size_t sampler_cpu;
	bool can_reach;	 /* it is not among those given; else there is nothing to look for */
	uint64_t due_ns; /* of the next look */
};

/* At the gate, of the process held there. The sampler's CPU; -1: it has none of its own. */
void affinity_begin(struct affinity *affinity, pid_t task, int sampler_cpu);

/* Adds what a process has had. */
void affinity_add(struct affinity *affinity, const cpu_set_t *cpus);

/* Adds what the leaf's processes have, if a look is due: the time that it takes is at most a fiftieth. */
void affinity_look(struct affinity *affinity, const struct slice *slice);

/* The same at once. */
void affinity_look_now(struct affinity *affinity, const struct slice *slice);

/* "from 0 to 0-1"; "" if it did not reach the sampler's CPU. */
void affinity_describe(const struct affinity *affinity, char *ret_text, size_t size);
