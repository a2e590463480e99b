#pragma once

/*
 * The owner of a run's folder: under sudo, everything in it is given to the user in SUDO_UID and
 * SUDO_GID, also if the run was killed. It keeps its owner whoever resumes the run. What root makes in
 * a folder that is a user's already is given when it is made (util/give.h), and a reporter's files
 * after their trial; those of a resumption that was killed stay root's.
 */

#include "util/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* User 0: there is nobody to give it to. */
struct run_owner {
	uid_t uid;
	gid_t gid;
};

/* Who called sudo; user 0 where nobody did. */
struct run_owner run_owner_of_caller(void);

/*
 * Gives the folder with its contents to the owner, if it is still root's; also `n_above` of its parents
 * that are root's, but nothing else in those. Does nothing if the owner is user 0.
 */
int run_owner_give(
	int run_fd, const struct run_owner *owner, unsigned n_above, struct error *error);
