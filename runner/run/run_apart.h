#pragma once

/*
 * Work on the files of a run whose folder is its owner's: in a process of its own with their rights, as
 * runner/host/as_owner.h has it, that tells what came of it in memory which both share. Who owns the folder may have put
 * any file there, to break HDF5 or to keep it busy: nothing of it is opened with root's rights.
 */

#include "runner/host/as_owner.h"
#include "runner/run/run_state.h"

/* At the beginning of what is shared. What the work wrote is to be checked as a file of the owner's is. */
struct run_apart {
	const struct run *run;
	struct error error;
};

/* Zeroed, of `size` bytes, which the kernel has no page for until they are used. NULL: there is no memory. */
void *run_apart_new(const struct run *run, size_t size);
void run_apart_free(void *apart, size_t size);

/*
 * Does the work, in the run's folder. It returns 0, or something else when it has set the error of its context, which
 * is `apart`. `end_fd` is as_owner_limits's.
 */
int run_apart_do(struct run_apart *apart, int end_fd, as_owner_work work, struct error *error);
