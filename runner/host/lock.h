#pragma once

/*
 * Allows one run at a time on a machine, as two would disturb each other's measurements, or several
 * if all of them agree. The lock is a flock(2) on /run/memcg-run/lock: the kernel releases it when
 * its process ends in any way. Each user other than root has a lock of their own
 * (runner/host/run_directory.h), which does not exclude other users.
 */

#include "util/error.h"

enum lock_kind {
	LOCK_ALONE,
	LOCK_SHARED, /* together with others that take it so */
};

/*
 * Takes the lock and writes `name` into it. -EBUSY if another run holds it; the sentence names that
 * run, or one of those that share it (by its journal, runner/host/run_journal.h). The caller owns
 * *ret_fd; closing it releases the lock.
 */
int lock_take(const char *directory, const char *name, enum lock_kind kind, int *ret_fd,
	struct error *error);
