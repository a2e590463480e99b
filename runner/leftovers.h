#pragma once

/*
 * What a run left that was killed with SIGKILL, or whose machine stopped: slices, containers, its working
 * folder. Its processes end with it (the launcher hears its runner hang up), but nobody removes the rest,
 * and the next run's trials would find their slices there. The results in the run's own folder are not
 * leftovers: they stay, and what was sampled of the trial that was cut short becomes one of them
 * (runner/store/recovery.h).
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stddef.h>

/* In a run's working folder: a file with the absolute path of its folder of results. */
#define LEFTOVERS_RUN_FOLDER "run-folder"

/* Told of each thing. */
struct leftovers_listener {
	/* "container memcg-run-4711-000042 (runc)" */
	void (*removed)(void *context, const char *what);
	/* A sentence: "trial 000042 in .../trials: recovered with 1234 samples: ..." */
	void (*recovered)(void *context, const char *sentence);
	void *context;
};

struct leftovers {
	size_t n_slices;
	size_t n_containers;
	size_t n_folders;
};

/*
 * Removes them, by name and place: slices below memcg-run.slice with what lives in them, containers in
 * the runtimes' own state, run-... in `directory`. Only for who has the lock: it says that no run is alive.
 * Each is tried whatever became of the others; the error names the first that is left. A trial that cannot
 * be recovered is told of, and no error: its spool stays where it is.
 */
int leftovers_remove(const char *directory, const struct hierarchy *hierarchy,
	const struct leftovers_listener *listener, struct leftovers *ret_removed,
	struct error *error);
