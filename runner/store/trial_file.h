#pragma once

/*
 * A sealed trial: trials/000042.h5, self-contained and never changed again. docs/hdf5-schema.md
 * defines its layout as that of /trials/000042, which it becomes in results.h5.
 */

#include "runner/experiment/plan.h"
#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

/*
 * Writes the trial to trials/000042.h5.part, fsyncs it, renames it and fsyncs the folder.
 * `trials_fd` is the folder trials/, `trials_path` its path for errors. On failure there is no .h5
 * file. A result without a spool has no samples.
 */
int trial_file_seal(int trials_fd, const char *trials_path, const struct plan *plan,
	const struct planned_trial *planned, const struct trial_result *result,
	struct error *error);

/* The same for a trial without a plan. */
int trial_file_seal_described(int trials_fd, const char *trials_path,
	const struct trial_description *description, const struct trial_result *result,
	struct error *error);
