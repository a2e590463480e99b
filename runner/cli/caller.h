#pragma once

/*
 * What a process has from its caller, made such that the rest of the program need not think of it: before anything
 * is opened or made.
 */

#include "util/error.h"

/*
 * A standard stream that is closed is one that cannot be written or has nothing to be read, so that no file of ours
 * gets its number; the umask takes no right from the owner. An error where a limit is too low for the program to
 * work: the stack (`ulimit -s`).
 */
int caller_limits(struct error *error);
