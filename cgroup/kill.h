#pragma once

/*
 * Private to cgroup/: ends the processes of a group that stands in several hierarchies, however many they are. They
 * are killed once and waited for while their number falls: killing those that are ending already is no use, and
 * asking who is left takes time from them (2000 that sleep, on 2 CPUs with Linux 6.18: 13 s when they were killed
 * anew at every look).
 */

#include "cgroup/tree.h"
#include "util/error.h"

#include <stdint.h>

/*
 * Kills what is there. Returns 0 or -errno, or 1 where a process may have forked past it: then it is called again
 * at the next look, and otherwise only when the number has not fallen for a while.
 */
typedef int (*kill_step)(void *context, struct error *error);

/*
 * Until no process is left at `path` in any of `mounts` (NULL-terminated). -ETIMEDOUT when their number has not
 * fallen for `timeout_ns`: the error says how many are left.
 */
int kill_until_gone(const char *const *mounts, const char *path, kill_step step, void *context,
	uint64_t timeout_ns, struct error *error);

/* Sends SIGKILL to each process at `path` in any of `mounts`, once. */
int kill_members(const char *const *mounts, const char *path, struct error *error);
