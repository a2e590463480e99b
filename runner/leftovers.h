#pragma once

/*
 * What a run left that was killed with SIGKILL, or whose machine stopped: slices, containers, its working
 * folder. Its processes end with it (the launcher hears its runner hang up), but nobody removes the rest,
 * and the next run's trials would find their slices there. The results in the run's own folder are not
 * leftovers: they stay as they are.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stddef.h>

/* Told of each thing that was removed: "container memcg-run-4711-000042 (runc)". */
typedef void (*leftovers_told)(void *context, const char *what);

struct leftovers {
	size_t n_slices;
	size_t n_containers;
	size_t n_folders;
};

/*
 * Removes them, by name and place: slices below memcg-run.slice with what lives in them, containers in
 * the runtimes' own state, run-... in `directory`. Only for who has the lock: it says that no run is alive.
 * Each is tried whatever became of the others; the error names the first that is left.
 */
int leftovers_remove(const char *directory, const struct hierarchy *hierarchy, leftovers_told told,
	void *context, struct leftovers *ret_removed, struct error *error);
