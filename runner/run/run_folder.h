#pragma once

/*
 * A run's folder, output/20261122T175321Z-ramp, with the empty folder trials/ in it.
 */

#include "runner/host/run_journal.h"
#include "util/error.h"
#include "util/format.h"

#include <stdbool.h>

struct run_folder {
	char *shown_path; /* below the output directory as the user gave it */
	char *path;	  /* the same, absolute */
	char *trials_path;
	bool made;	  /* by this process: it may be discarded */
	bool output_made; /* the folder above it was missing, and is this run's too */
	int fd;
	int trials_fd;
	struct formatted created; /* ISO 8601, UTC, to the second: the time in its name */
};

#define RUN_FOLDER_NONE ((struct run_folder){.fd = -1, .trials_fd = -1})

/*
 * Makes it, and the output directory where that is missing. A second run of that name within the second
 * gets "-2". Its name is noted in the journal (NULL: none). A failure leaves no folder of a run behind.
 */
int run_folder_make(const char *output_directory, const char *name, struct run_journal *journal,
	struct run_folder *ret_folder, struct error *error);

/*
 * Opens that of a run that began before, to go on with it; `created` and `trials_fd` are not set.
 * -EBUSY while a process has it: a run has its folder to itself from here, or from run_folder_make, until
 * run_folder_release, on file systems that have flock(2).
 */
int run_folder_open(const char *path, struct run_folder *ret_folder, struct error *error);

/* Opens trials/ in it, and makes that where it is missing. */
int run_folder_open_trials(struct run_folder *folder, struct error *error);

/*
 * Removes it with all that is in it, and the folder above where this run made that and nothing else is in
 * it. Closes and frees in any case.
 */
int run_folder_discard(struct run_folder *folder, struct error *error);

/* Closes and frees; the folder stays. *folder is RUN_FOLDER_NONE afterwards. */
void run_folder_release(struct run_folder *folder);
