#pragma once

/*
 * Work on somebody's folder, in a process of its own that has no more rights than they do. `sudo memcg-run
 * report` reads files and draws into a folder that is a user's, who may have put there what they like: a
 * link to a file that only root may write, or an HDF5 file made to break the library. Neither gets them
 * anything so, and a library that crashes is an error like another.
 */

#include "util/error.h"

/* What is done: returns an exit code, below 128. */
typedef int (*as_owner_work)(void *context);

/*
 * Does the work in a child: as the owner of `folder` where the caller is root and they are not, with their
 * group and no other; else as who the caller is. What the work changes in memory is lost. Waits. *ret_code is
 * what it returned; -EIO where it ended by a signal. stdout and stderr are flushed before and after.
 */
int as_owner(
	const char *folder, as_owner_work work, void *context, int *ret_code, struct error *error);
