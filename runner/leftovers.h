#pragma once

/*
 * What a run left that was killed with SIGKILL, or whose machine stopped: containers, slices, its working
 * folder. The kernel ends its processes (the launcher hears its runner hang up), but nobody removes the
 * rest, and the next run's trials would find their slices there.
 */

#include "cgroup/hierarchy.h"
#include "runner/container/runtime.h"
#include "runner/run_log.h"
#include "util/error.h"

/*
 * Removes them. Only for a run that has the lock: it says that no other is alive. `directory` is where
 * the runs have their working folders; `log` may be NULL.
 */
int leftovers_remove(const char *directory, const struct runtime *runtime,
	const struct hierarchy *hierarchy, struct run_log *log, struct error *error);
