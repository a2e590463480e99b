#pragma once

/*
 * The tally of a run: how many of its trials are ok, not ok or marked, and the first of each. It is
 * fed one trial at a time in the plan's order, equally with trials that have just run and trials
 * read back from their files: a resumed run has the same tally as an uninterrupted one. Warnings,
 * the table, results.h5 and the exit code all use it, and nothing else counts trials. Warm-ups
 * count.
 *
 * Pure: makes no system calls; only sentences are allocated.
 */

#include "runner/trial/trial.h"

#include <stddef.h>
#include <stdint.h>

enum tally_kind {
	TALLY_NOT_OK,
	TALLY_SUSPECT,	       /* disturbed from outside: runner/trial/disturbance.h */
	TALLY_WIDENED,	       /* its task reached the sampler's CPU: runner/trial/affinity.h */
	TALLY_REPORTER_FAILED, /* its metrics then have no peak */
	TALLY_UNDERSAMPLED,    /* sampler_fell_short */
	TALLY_GAPS,	       /* runner/trial/gaps.h */
	TALLY_REMAINDER,       /* memory that was used after the measured interval */
	TALLY_OTHER_INPUTS,    /* the task's files differ from those at the run's start */
	TALLY_N_KINDS,
};

/*
 * The attribute of a trial's file that holds the mark's sentence: "suspect"; NULL for TALLY_NOT_OK.
 */
const char *tally_mark_name(enum tally_kind kind);

/*
 * Root attributes of results.h5: the number of trials of the kind ("trials_suspect"), and the
 * first.
 */
const char *tally_count_name(enum tally_kind kind);
const char *tally_first_name(enum tally_kind kind);

/* A trial's values for a tally. Borrowed. */
struct tally_trial {
	uint64_t number;
	const char *backend;
	enum trial_status status;
	const char *cause;
	bool is_evidence; /* of a search, which expects a task to die: it is no failure */
	const char *marks[TALLY_N_KINDS]; /* one sentence each; NULL or "": not marked */
};

/* The mark of a trial that has just run. */
const char *tally_mark_of(const struct trial_result *result, enum tally_kind kind);

/*
 * From a trial that has just run, with is_evidence false; for one read back see runner/store/sealed.h.
 */
struct tally_trial tally_trial_of(
	const struct planned_trial *planned, const struct trial_result *result);

/* Longer marks are truncated to this size. */
#define TALLY_MARK_SIZE 256
#define TALLY_FIRST_SIZE (ERROR_TEXT_SIZE + 128)

struct tally {
	uint64_t n_trials;
	uint64_t n_interrupted; /* not ok, and run again when the run is resumed */
	struct {
		uint64_t n;
		char first[TALLY_FIRST_SIZE]; /* "trial 000003 (psutil): failed: ..."; "": none */
	} of[TALLY_N_KINDS];
};

/* Whether every trial is ok and all are of the same task: determines the exit code of a run. */
bool tally_is_good(const struct tally *tally);

/* All zero is the tally of no trials. */
void tally_add(struct tally *tally, const struct tally_trial *trial);

/* "2 of 3 trials", or "the only trial". NULL on ENOMEM. The caller frees. */
char *tally_share(uint64_t n, uint64_t n_trials);

/*
 * One line, without a full stop: "2 of 3 trials are not ok; the first: trial 000002 (psutil): failed: exited with code 3",
 * or "the only trial is not ok: trial 000001 (psutil): failed: exited with code 3". NULL if there are none, or on ENOMEM.
 * The caller frees.
 */
char *tally_sentence(const struct tally *tally, enum tally_kind kind);
