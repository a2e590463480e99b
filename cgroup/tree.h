#pragma once

/*
 * A group with all groups below it, in one hierarchy. `path` is the group's below the mount point, as
 * "/memcg-run.slice/trial-000042.slice". A group that is missing has no processes and is removed.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether any process lives in it. */
int tree_populated(const char *mount, const char *path, bool *ret_populated, struct error *error);

/*
 * Sends SIGKILL to every process in it, once. Processes of another PID namespace, which the kernel
 * shows as 0, and the caller itself are left alone.
 */
int tree_kill(const char *mount, const char *path, struct error *error);

/*
 * Removes it, lowest groups first. A busy group is tried again until `deadline_ns` (CLOCK_MONOTONIC).
 * Goes on past a group that cannot be removed; the error names the first.
 */
int tree_remove(const char *mount, const char *path, uint64_t deadline_ns, struct error *error);

/* The nap between two looks at what the kernel does in its own time: 1 ms. */
void tree_nap(void);
