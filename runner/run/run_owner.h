#pragma once

/*
 * The owner of a run's folder: under sudo, everything in it is given to the user in SUDO_UID and
 * SUDO_GID. Links are chowned, never followed; mounts are left alone.
 */

#include "util/error.h"

#include <stdbool.h>

/*
 * Changes the owner of the folder; with `parent_too` also of its parent, but of nothing else in
 * that. Does nothing without such a user.
 */
int run_owner_give(int run_fd, bool parent_too, struct error *error);

/*
 * When root resumes a run in a user's folder: gives the trials that root has sealed, and the folder
 * trials/, to the owner of the run's folder, so that they are readable with that user's rights
 * under any umask of root's. Links are neither followed nor given, nor files with a second name.
 */
int run_owner_pass_trials(int run_fd, int trials_fd, struct error *error);
