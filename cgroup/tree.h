#pragma once

/*
 * A group with all groups below it, in one hierarchy. `path` is the group's below the mount point, as
 * "/memcg-run.slice/trial-000042.slice". A group that is missing has no processes and is removed.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

/* How many processes live in it: those that have ended, reaped or not, do not count. */
int tree_count(const char *mount, const char *path, size_t *ret_n, struct error *error);

/* Processes by their numbers, each of which stays that process's while the set is used. */
struct pid_set;

/* NULL where there is no memory. */
struct pid_set *pid_set_new(void);
void pid_set_cleanup(struct pid_set **set);

/*
 * Sends SIGKILL to every process in it that is not among `killed`, and adds it there: a process is in a group of
 * each hierarchy, and asking which costs more than the signal. Processes of another PID namespace, which the kernel
 * shows as 0, and the caller itself are left alone.
 */
int tree_kill(const char *mount, const char *path, struct pid_set *killed, struct error *error);

/*
 * Removes it, lowest groups first. A busy group is tried again until `deadline_ns` (CLOCK_MONOTONIC).
 * Goes on past a group that cannot be removed; the error names the first.
 */
int tree_remove(const char *mount, const char *path, uint64_t deadline_ns, struct error *error);

/* The nap between two looks at what the kernel does in its own time: 1 ms. */
void tree_nap(void);
