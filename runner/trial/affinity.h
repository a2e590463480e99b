#pragma once

/*
 * Whether a task widened its CPU affinity: it may then run on the sampler's CPU, and the two disturb each other. Known
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
	bool can_widen;	 /* else there is nothing to look for */
	uint64_t due_ns; /* of the next look */
};

/* At the gate, of the process held there. */
void affinity_begin(struct affinity *affinity, pid_t task);

/* Adds what a process has had. */
void affinity_add(struct affinity *affinity, const cpu_set_t *cpus);

/* Adds what the leaf's processes have, if a look is due: the time that it takes is at most a fiftieth. */
void affinity_look(struct affinity *affinity, const struct slice *slice);

/* The same at once. */
void affinity_look_now(struct affinity *affinity, const struct slice *slice);

/* Appends "the task widened its CPU affinity from 0 to 0-1" to the causes in `text`, after "; "; nothing if it did not. */
void affinity_describe(const struct affinity *affinity, char *text, size_t size);
