#pragma once

/*
 * Removes what a run killed with SIGKILL left behind: slices, containers, its working folder, a
 * run's folder without measurements. Its processes end with it (the launcher sees its runner hang
 * up), but nobody removes the rest. Each run records what it creates before it creates it
 * (runner/host/run_journal.h): what the journals of dead runs name is removed, and nothing else.
 * Results are not leftovers: they stay, and the samples of an interrupted trial become one of them
 * (runner/store/recovery.h).
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stddef.h>

/* In a run's working folder: a file with the place of its results folder (run_place.h). */
#define LEFTOVERS_RUN_FOLDER "run-folder"

/* Called for each thing. */
struct leftovers_listener {
	/* "container memcg-run-4711-000042 (runc)" */
	void (*removed)(void *context, const char *what);
	/* A sentence: "trial 000042 in .../trials: recovered with 1234 samples: ..." */
	void (*recovered)(void *context, const char *sentence);
	/*
	 * A sentence: a damaged journal was renamed, which is not an error. NULL: a damaged journal
	 * is an error, since what it named may still exist.
	 */
	void (*set_aside)(void *context, const char *sentence);
	void *context;
};

struct leftovers {
	size_t n_slices;
	size_t n_containers;
	size_t n_folders;
};

/*
 * Removes what the journals of dead processes in `directory` name: slices with their processes,
 * then containers and folders. Tries each, even after failures; the error names the first that is
 * left. A trial that cannot be recovered is reported to the listener, not as an error: its spool
 * stays.
 */
int leftovers_remove(const char *directory, const struct hierarchy *hierarchy,
	const struct leftovers_listener *listener, struct leftovers *ret_removed,
	struct error *error);
