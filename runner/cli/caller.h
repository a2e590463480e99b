#pragma once

/*
 * Repairs what a process inherits from its caller, so that the rest of the program can rely on it.
 * Called before anything is opened or created.
 */

#include "util/error.h"

/*
 * Opens a closed standard stream so that reading gives nothing and writing fails: no file of ours
 * may get its number. Clears the owner's bits of the umask. Fails if a limit is too low for the
 * program, such as the stack (`ulimit -s`).
 */
int caller_limits(struct error *error);
