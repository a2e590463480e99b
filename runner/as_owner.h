#pragma once

/*
 * Work on somebody's folder, in a process of its own that has no more rights than they do. `sudo memcg-run
 * report` reads files and draws into a folder that is a user's, who may have put there what they like: a
 * link to a file that only root may write, or an HDF5 file made to break the library. Neither gets them
 * anything so, and a library that crashes is an error like another.
 */

#include "util/error.h"

#include <stdint.h>

/* What is done: returns an exit code, below 128. */
typedef int (*as_owner_work)(void *context);

/*
 * Does the work in a child: as the owner of `folder` where the caller is root and they are not, with their
 * group and no other; else as who the caller is. What the work changes in memory is lost. Waits. *ret_code is
 * what it returned; -EIO where it ended by a signal. stdout and stderr are flushed before and after.
 *
 * `cpu_limit_s` is the CPU time that it may take, and each program that it starts: HDF5 1.10 never returns from
 * some files that are damaged, or made to keep it busy. -ETIMEDOUT where it took more.
 */
int as_owner(const char *folder, uint64_t cpu_limit_s, as_owner_work work, void *context,
	int *ret_code, struct error *error);
