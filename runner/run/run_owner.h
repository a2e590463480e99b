#pragma once

/*
 * A run's folder belongs to the person who asked for it: under sudo, which says who that is in SUDO_UID
 * and SUDO_GID, everything in it is given to them. Links are given, never followed, and mounts left alone.
 */

#include "util/error.h"

#include <stdbool.h>

/*
 * Gives the folder; with `parent_too` also the one above it, but nothing else of that. Does nothing where
 * there is nobody to give it to.
 */
int run_owner_give(int run_fd, bool parent_too, struct error *error);

/*
 * Where root goes on with a run whose folder is a user's: what root has sealed in its trials/, and that folder, are
 * given to who has the run's, so that they can be read with that user's rights whatever root's umask is. A link is
 * neither followed nor given, nor is a file with a second name.
 */
int run_owner_pass_trials(int run_fd, int trials_fd, struct error *error);
