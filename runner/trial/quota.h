#pragma once

/*
 * Limits what a task leaves in the run's folder: the only place on the host's disk that it can
 * write to, where its backend's tool puts its files. The folder is checked periodically while the
 * task runs, and the task is killed if it exceeds the limit; so the limit may be exceeded by what
 * can be written between two checks. Files that the task has deleted but holds open are not seen;
 * they end with the task.
 *
 * File system quotas are no alternative: they are per user or project, must be enabled at mount
 * time, and tmpfs and overlayfs have none that a container could be given.
 */

#include "runner/trial/trial.h"

#include <stdbool.h>
#include <stdint.h>

/* Files, folders and links; and depth of folders. A tool writes a few; more is the task's doing. */
#define QUOTA_MAX_ENTRIES 10000
#define QUOTA_MAX_DEPTH 32

struct quota {
	/* sums for each file its length or its disk usage, whichever is larger */
	uint64_t max_bytes;
	uint64_t due_ns;       /* time of the next check; 0: at once */
	uint64_t record_bytes; /* of the kept records */
};

/* `max` unset or "max": no limit of bytes; entries and depth are always limited. */
struct quota quota_new(struct amount max);

/*
 * Records sent by a task are written to disk too. They count against the same limit as its
 * backend's files, at their size in the spool. False if this record exceeds it.
 */
bool quota_take_record(struct quota *quota, const struct memcg_run_record *record);

/*
 * Checks the folder when due. The next check is a tenth of a second later, or more if this one took
 * long, so that checking takes at most a tenth of the time. Follows no link. Ignores entries that
 * appear or vanish during the walk.
 */
int quota_look(struct quota *quota, int folder_fd, bool *ret_exceeded, struct error *error);
