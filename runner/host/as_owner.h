#pragma once

/*
 * Work on somebody's folder, in a process of its own that has no more rights than they do. `sudo memcg-run
 * report` reads files and draws into a folder that is a user's, who may have put there what they like: a
 * link to a file that only root may write, or an HDF5 file made to break the library. Neither gets them
 * anything so, and a library that crashes is an error like another. A run ends in the same way, as soon as its
 * folder is its owner's.
 */

#include "util/error.h"

#include <stdbool.h>
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

struct as_owner_limits {
	uint64_t cpu_s;
	int end_fd; /* when it can be read the work is killed, and what it started with it: -EINTR. -1: none */
	bool stays; /* works where the caller does, and has its descriptors */
};

/*
 * The same for a folder that is held open, whatever stands at `folder` by now, which is for the error. The work
 * begins in it: its owner need not be let in by its path, as below root's home. The work has stdin, stdout and
 * stderr, and no other descriptor of the caller's: those are of things that the owner may not open.
 */
int as_owner_in(int folder_fd, const char *folder, const struct as_owner_limits *limits,
	as_owner_work work, void *context, int *ret_code, struct error *error);

/* The `cpu_limit_s` of who reads all of a run's results.h5 and sealed trials: fifty times what it takes. */
uint64_t as_owner_read_limit_s(const char *run_path);
