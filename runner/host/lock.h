#pragma once

/*
 * One run at a time on a machine, as two would disturb each other's numbers; or several, where all of them want
 * it so. The lock is a flock(2) on /run/memcg-run/lock, so that it goes with its process however that ends. Of
 * users who are not root each has a lock of their own (runner/host/run_directory.h), which does not hold off the others.
 */

#include "util/error.h"

enum lock_kind {
	LOCK_ALONE,
	LOCK_SHARED, /* with others that take it so */
};

/*
 * Takes the lock and writes `name` into it. -EBUSY when another run has it: the sentence names it, of several
 * that share it one (by its journal, runner/host/run_journal.h).
 * *ret_fd is the caller's; closing it gives the lock up.
 */
int lock_take(const char *directory, const char *name, enum lock_kind kind, int *ret_fd,
	struct error *error);
