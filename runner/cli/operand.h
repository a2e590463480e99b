#pragma once

/*
 * What the operand of a command line is on disk, before the command opens it: a run may be named by its results.h5,
 * and one thing given for another (a program or a run's folder for an experiment, an experiment for a run, a
 * misspelt command) gets an error that says what was likely meant.
 */

#include "runner/cli/options.h"
#include "util/error.h"

/*
 * Of a run, "DIR/results.h5" is replaced by "DIR"; the string, which is argv's, is cut in place. -EINVAL with the
 * sentence. What only the command itself can find wrong (no permission, not TOML) is left to it.
 */
int operand_check(struct options *options, struct error *error);
