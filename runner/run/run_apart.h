#pragma once

/*
 * Works on the files of a run whose folder belongs to another user, in a child process with that
 * user's rights (runner/host/as_owner.h), which returns its results in shared memory. The owner may
 * have placed any file there, to crash HDF5 or to keep it busy: none of them is opened with root's
 * rights.
 */

#include "runner/host/as_owner.h"
#include "runner/run/run_state.h"

/* The head of the shared memory. Check what the work wrote like any file of the owner's. */
struct run_apart {
	const struct run *run;
	struct error error;
};

/* `size` zeroed bytes; the kernel allocates pages on first use. NULL on ENOMEM. */
void *run_apart_new(const struct run *run, size_t size);
void run_apart_free(void *apart, size_t size);

/*
 * Does the work in the run's folder. The work returns 0, or another value after setting the error
 * of its context, which is `apart`. `end_fd` is that of as_owner_limits.
 */
int run_apart_do(struct run_apart *apart, int end_fd, as_owner_work work, struct error *error);

/*
 * A file of at most `max_bytes`, read so: a name in the run's folder (util/beneath.h), or an absolute path. *ret_text
 * has a NUL after its last byte; the caller frees it.
 */
int run_apart_read(const struct run *run, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error);
