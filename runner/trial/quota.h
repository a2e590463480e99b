#pragma once

/*
 * What a task may leave in the run's folder: the one place on the host's disk that it can write to, where its
 * backend's tool has a folder for its own files. The folder is looked at while the task runs, and the task is
 * killed when there is too much in it, so that it may be passed by what can be written between two looks.
 * A file that the task has deleted and still holds open is not seen; it goes with the task.
 *
 * No quota of the file system: they are per user or project, have to be switched on when it is mounted, and
 * tmpfs and overlayfs have none that a container could be given.
 */

#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdint.h>

/* Files, folders and links; and folders in one another. A tool writes a few; more is a task's doing. */
#define QUOTA_MAX_ENTRIES 10000
#define QUOTA_MAX_DEPTH 32

struct quota {
	uint64_t
		max_bytes; /* of each file its length, or what it takes on the disk where that is more */
	uint64_t due_ns;       /* when it is to be looked at again; 0: at once */
	uint64_t record_bytes; /* of the records that were kept */
};

/* `max` unset or "max" is no limit of bytes; entries and depth are limited in any case. */
struct quota quota_new(struct amount max);

/*
 * What a task sends is written to the disk too. As much of it is kept as its backend may leave in files, each
 * record at what it takes in the spool. False when this one is too much.
 */
bool quota_take_record(struct quota *quota, const struct memcg_run_record *record);

/*
 * Looks where it is due: whether the folder has more in it than it may. The next look is due in a tenth of
 * a second, or later where this one took long, so that looking never takes more than a tenth of the time.
 * No link is followed. What comes and goes under the walk is passed over.
 */
int quota_look(struct quota *quota, int folder_fd, bool *ret_exceeded, struct error *error);
