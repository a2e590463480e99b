#pragma once

/*
 * Works on the files of a folder that may belong to another user, in a child process limited to
 * that user's rights. `sudo memcg-run report` reads and draws in a user's folder, which may contain
 * traps: a link to a file that only root may write, or an HDF5 file made to exploit the library.
 * With the user's rights neither gains anything, and a crash of the library is an ordinary error. A
 * run ends in the same way, once its folder belongs to its owner.
 *
 * The folder is held by a descriptor before the rights are chosen: a path that changes meanwhile
 * has no effect on which folder is read and written.
 *
 * If the caller is root, the rights are those of
 *
 *     the owner of the folder, of its trials/ and of its results.h5, whichever are not root's.
 *     -EPERM if these are two users: one could use the other's rights;
 *     else root, if nobody else may write to the folder. -EPERM if others may: they could have placed
 *     what is read, and what is in the way of what is written.
 *
 * The group is that of the same file or folder; supplementary groups are dropped. A caller other
 * than root keeps its own rights.
 */

#include "util/error.h"

#include <stdint.h>

/*
 * The work: returns an exit code below 128. `folder_fd` is the folder, also the working directory.
 * The work inherits stdin, stdout and stderr and no other descriptor of the caller's: those may
 * refer to things that the owner may not open.
 */
typedef int (*as_owner_work)(int folder_fd, void *context);

struct as_owner_limits {
	/*
	 * Limit of the CPU time of the work and of each program that it starts: HDF5 1.10 never
	 * returns from some damaged or malicious files. -ETIMEDOUT if exceeded.
	 */
	uint64_t cpu_s;
	int end_fd; /* when readable, the work and its children are killed: -EINTR. -1: none */
};

/*
 * Does the work in a child, in an open folder (O_PATH suffices); the path is for errors. The owner
 * need not have access by path, as in root's home. Changes to memory are lost. Waits for the child.
 * *ret_code is the work's return value; -EIO if a signal ended it. Flushes stdout and stderr before
 * and after.
 */
int as_owner_in(int folder_fd, const char *folder, const struct as_owner_limits *limits,
	as_owner_work work, void *context, int *ret_code, struct error *error);

/*
 * The `cpu_s` for reading all of a run's results.h5 and sealed trials: fifty times the usual time.
 */
uint64_t as_owner_read_limit_s(int run_fd);
