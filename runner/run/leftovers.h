#pragma once

/*
 * What a run left that was killed with SIGKILL: slices, containers, its working folder, a run's folder in which
 * nothing had been measured. Its processes end with it (the launcher hears its runner hang up), but nobody
 * removes the rest. Each run writes down what it makes before it makes it (runner/host/run_journal.h): what the
 * journal of a dead one names is removed, and nothing else. Results are not leftovers: they stay, and what was
 * sampled of the trial that was cut short becomes one of them (runner/store/recovery.h).
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
	/*
	 * A sentence: a journal that is damaged has another name now, and it is no error. NULL: it is one, since
	 * what it named may stand there still.
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
 * Removes what the journals in `directory` name whose process is dead: slices with what lives in them, then
 * containers and folders. Each is tried whatever became of the others; the error names the first that is left.
 * A trial that cannot be recovered is told of, and no error: its spool stays where it is.
 */
int leftovers_remove(const char *directory, const struct hierarchy *hierarchy,
	const struct leftovers_listener *listener, struct leftovers *ret_removed,
	struct error *error);
