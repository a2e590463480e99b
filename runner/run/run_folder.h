#pragma once

/* A run's folder, output/20261122T175321Z-ramp, with its subfolder trials/. */

#include "runner/host/run_journal.h"
#include "util/error.h"
#include "util/format.h"

#include <stdbool.h>

struct run_folder {
	char *shown_path; /* below the output directory as the user wrote it */
	char *path;	  /* the same, absolute */
	char *trials_path;
	bool made;		/* by this process: it may be discarded */
	unsigned n_output_made; /* parent folders that were created too, and belong to this run */
	int fd;
	int trials_fd;
	struct formatted created; /* ISO 8601, UTC, in seconds: the time in its name */
};

#define RUN_FOLDER_NONE ((struct run_folder){.fd = -1, .trials_fd = -1})

/*
 * Creates it, and the output directory if missing. A second run of the same name within a second
 * gets "-2". Records the folder in the journal (NULL: none). Leaves no folder behind on failure.
 */
int run_folder_make(const char *output_directory, const char *name, struct run_journal *journal,
	struct run_folder *ret_folder, struct error *error);

/*
 * Opens the folder of an earlier run to resume it; does not set `created` and `trials_fd`. -EBUSY
 * while another process uses it: from this call or run_folder_make until run_folder_release a run
 * has its folder to itself, on file systems with flock(2).
 */
int run_folder_open(const char *path, struct run_folder *ret_folder, struct error *error);

/* Opens its trials/, creating it if missing. */
int run_folder_open_trials(struct run_folder *folder, struct error *error);

/*
 * Removes it with its contents, and the parent folders that this run created if they are now empty.
 * Closes and frees in any case.
 */
int run_folder_discard(struct run_folder *folder, struct error *error);

/* Closes and frees; the folder stays. Sets *folder to RUN_FOLDER_NONE. */
void run_folder_release(struct run_folder *folder);
