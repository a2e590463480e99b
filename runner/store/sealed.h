#pragma once

/*
 * Reads a sealed trial back, for gathering and for a resumed run: checks that it is the expected
 * trial, and how it ended.
 */

#include "runner/experiment/plan.h"
#include "runner/store/hdf5.h"
#include "runner/trial/limit_outcome.h"
#include "runner/trial/tally.h"

/* The values that a tally needs. */
struct sealed_trial {
	enum trial_status status;
	char cause[ERROR_TEXT_SIZE];
	char marks[TALLY_N_KINDS][TALLY_MARK_SIZE];
	struct limit_outcome outcome; /* of a trial of a search */
};

/* Borrows both. */
struct tally_trial sealed_tally_trial(
	const struct planned_trial *planned, const struct sealed_trial *sealed);

/* -EINVAL if an open file is not a sealed trial, or belongs to another trial or run. */
int sealed_check(hid_t file, const struct planned_trial *planned, struct error *error);

/* The same, and reads it. */
int sealed_read_open(hid_t file, const struct planned_trial *planned,
	struct sealed_trial *ret_sealed, struct error *error);

/*
 * Reads trials/000042.h5. Returns 1 if it does not exist; -errno, with a sentence that names it, if
 * it is damaged or belongs to another trial.
 */
int sealed_read(int trials_fd, const struct planned_trial *planned, struct sealed_trial *ret_sealed,
	struct error *error);
