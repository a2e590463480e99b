#pragma once

/*
 * A sealed trial read back, by the gathering and by a run that goes on: that it is the trial which it
 * should be, and how it ended.
 */

#include "runner/experiment/plan.h"
#include "runner/store/hdf5.h"
#include "runner/trial/tally.h"

/* What a tally takes of it. */
struct sealed_trial {
	enum trial_status status;
	char cause[ERROR_TEXT_SIZE];
	char marks[TALLY_N_KINDS][TALLY_MARK_SIZE];
};

/* Borrows both. */
struct tally_trial sealed_tally_trial(
	const struct planned_trial *planned, const struct sealed_trial *sealed);

/* -EINVAL where an open file is not a sealed trial, or that of another trial or run. */
int sealed_check(hid_t file, const struct planned_trial *planned, struct error *error);

/* The same, and reads it. */
int sealed_read_open(hid_t file, const struct planned_trial *planned,
	struct sealed_trial *ret_sealed, struct error *error);

/*
 * Reads trials/000042.h5. Returns 1 where there is none; -errno where it is damaged or another trial's,
 * with a sentence that names it.
 */
int sealed_read(int trials_fd, const struct planned_trial *planned, struct sealed_trial *ret_sealed,
	struct error *error);
