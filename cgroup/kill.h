#pragma once

/*
 * Private to cgroup/: ends all processes of a group that exists in several hierarchies. They are
 * killed once, and waited for while their number falls: killing processes that are already ending
 * is useless, and listing them takes time away from them (2000 sleeping processes, on 2 CPUs with
 * Linux 6.18: 13 s when they were killed again at every check).
 */

#include "cgroup/tree.h"
#include "util/error.h"

#include <stdint.h>

/*
 * Kills the present processes. Returns 0 or -errno, or 1 if a process may have escaped by a fork:
 * it is then called again at the next check, and otherwise only if the number has not fallen for a
 * while.
 */
typedef int (*kill_step)(void *context, struct error *error);

/*
 * Waits until no process is left at `path` in any of `mounts` (NULL-terminated). -ETIMEDOUT if
 * their number has not fallen for `timeout_ns`; the error says how many are left.
 */
int kill_until_gone(const char *const *mounts, const char *path, kill_step step, void *context,
	uint64_t timeout_ns, struct error *error);

/* Sends SIGKILL to each process at `path` in any of `mounts`, once. */
int kill_members(const char *const *mounts, const char *path, struct error *error);
