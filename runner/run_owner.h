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
