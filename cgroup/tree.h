#pragma once

/*
 * A group with all its descendants, in one hierarchy. `path` is relative to the mount point, such
 * as "/memcg-run.slice/trial-000042.slice". A missing group counts as empty and as removed.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

/* Number of its processes; those that have ended, reaped or not, do not count. */
int tree_count(const char *mount, const char *path, size_t *ret_n, struct error *error);

/* A set of pids. None may be reused while the set exists. */
struct pid_set;

/* NULL on ENOMEM. */
struct pid_set *pid_set_new(void);
void pid_set_cleanup(struct pid_set **set);

/*
 * Sends SIGKILL to every process in it that is not in `killed`, and adds it to that set: a process
 * is in a group of each hierarchy, and listing costs more than the signal. Skips the caller itself
 * and processes of other PID namespaces, which the kernel lists as 0.
 */
int tree_kill(const char *mount, const char *path, struct pid_set *killed, struct error *error);

/*
 * Removes it bottom-up. Retries a busy group until `deadline_ns` (CLOCK_MONOTONIC). Continues after
 * a failure; the error names the first.
 */
int tree_remove(const char *mount, const char *path, uint64_t deadline_ns, struct error *error);

/* The pause between two checks for asynchronous work of the kernel: 1 ms. */
void tree_nap(void);
