#pragma once

/*
 * Work on the files of a folder that may be somebody else's, in a process of its own that has no more rights than
 * they do. `sudo memcg-run report` reads files and draws into a folder that is a user's, who may have put there
 * what they like: a link to a file that only root may write, or an HDF5 file made to break the library. Neither
 * gets them anything so, and a library that crashes is an error like another. A run ends in the same way, as soon
 * as its folder is its owner's.
 *
 * The folder is held by a descriptor from before anybody's rights are chosen: whatever its path leads to by then,
 * it is the folder that was looked at whose files are read and written.
 *
 * Where the caller is root, the rights are those of
 *
 *     the owner of the folder's results.h5, where that is not root, whoever owns the folder;
 *     else the owner of the folder, where that is not root;
 *     else root's, if nobody else may write to the folder. -EPERM if others may: what is read, and what is in the
 *     way of what is written, could be anybody's.
 *
 * The group is that of the same file or folder, and there is no other. Where the caller is not root they keep the
 * rights that they have.
 */

#include "util/error.h"

#include <stdint.h>

/*
 * What is done: returns an exit code, below 128. `folder_fd` is the folder, which is its working directory too. The
 * work has stdin, stdout and stderr, and no other descriptor of the caller's: those are of things that the owner
 * may not open.
 */
typedef int (*as_owner_work)(int folder_fd, void *context);

struct as_owner_limits {
	/*
	 * The CPU time that it may take, and each program that it starts: HDF5 1.10 never returns from some files
	 * that are damaged, or made to keep it busy. -ETIMEDOUT where it took more.
	 */
	uint64_t cpu_s;
	int end_fd; /* when it can be read the work is killed, and what it started with it: -EINTR. -1: none */
};

/*
 * Does the work in a child, in a folder that is open (O_PATH will do); its path is for errors. The folder's owner
 * need not be let in by its path, as below root's home. What the work changes in memory is lost. Waits. *ret_code
 * is what it returned; -EIO where it ended by a signal. stdout and stderr are flushed before and after.
 */
int as_owner_in(int folder_fd, const char *folder, const struct as_owner_limits *limits,
	as_owner_work work, void *context, int *ret_code, struct error *error);

/* The `cpu_s` of who reads all of a run's results.h5 and sealed trials: fifty times what it takes. */
uint64_t as_owner_read_limit_s(int run_fd);
