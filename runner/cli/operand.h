#pragma once

/*
 * Checks the operand on disk before the command opens it. A run may be named by its results.h5.
 * Mistaken kinds (a program or a run's folder for an experiment, an experiment for a run, a
 * misspelt command) get an error that says what was likely meant.
 */

#include "runner/cli/options.h"
#include "util/error.h"

/*
 * For a run, replaces "DIR/results.h5" by "DIR", cutting the argv string in place; and the link "latest" beside the runs
 * (runner/run/run_latest.h) by the run that it names. "latest" alone is output/latest where the current folder has none.
 * -EINVAL with the sentence. Errors that only the command itself can find (no permission, not TOML) are left to it.
 */
int operand_check(struct options *options, struct error *error);
