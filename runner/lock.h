#pragma once

/*
 * One run at a time on a machine: two would disturb each other's numbers. The lock is a flock(2) on
 * /run/memcg-run/lock, so that it goes with its process however that ends. Of users who are not root
 * each has a lock of their own (util/run_directory.h), which does not hold off the others.
 */

#include "util/error.h"

/*
 * Takes the lock and writes `name` into it. -EBUSY when another run has it: the sentence names it.
 * *ret_fd is the caller's; closing it gives the lock up.
 */
int lock_take(const char *directory, const char *name, int *ret_fd, struct error *error);
