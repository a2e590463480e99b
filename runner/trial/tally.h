#pragma once

/*
 * The tally of a run: how many of its trials ended ok, how many did not, how many are marked, and the first of
 * each. It is fed one trial at a time in the plan's order, alike by those that have just run and by those that are
 * read back from their files: a run that was resumed has the tally of one that never ended. Warnings, the table,
 * results.h5 and the exit code all read it, and nothing else counts trials. Warm-ups count.
 *
 * Pure: no system is asked, nothing is allocated but sentences.
 */

#include "runner/trial/trial.h"

#include <stddef.h>
#include <stdint.h>

enum tally_kind {
	TALLY_NOT_OK,
	TALLY_SUSPECT,	       /* disturbed from outside: runner/trial/disturbance.h */
	TALLY_REPORTER_FAILED, /* and its metrics have no peak */
	TALLY_UNDERSAMPLED,    /* sampler_fell_short */
	TALLY_GAPS,	       /* runner/trial/gaps.h */
	TALLY_N_KINDS,
};

/* The attribute of a trial's file that marks it with a sentence: "suspect"; NULL for TALLY_NOT_OK. */
const char *tally_mark_name(enum tally_kind kind);

/* Root attributes of results.h5: how many there are of the kind ("trials_suspect"), and the first. */
const char *tally_count_name(enum tally_kind kind);
const char *tally_first_name(enum tally_kind kind);

/* What a tally takes from a trial. Borrowed. */
struct tally_trial {
	uint64_t number;
	const char *backend;
	enum trial_status status;
	const char *cause;
	const char *marks[TALLY_N_KINDS]; /* a sentence each; NULL or "": not marked so */
};

/* The mark of a trial that has just run. */
const char *tally_mark_of(const struct trial_result *result, enum tally_kind kind);

/* Of a trial that has just run, as of one that is read back (runner/store/sealed.h). */
struct tally_trial tally_trial_of(
	const struct planned_trial *planned, const struct trial_result *result);

/* Of a longer mark the tally has what fits here. */
#define TALLY_MARK_SIZE 256
#define TALLY_FIRST_SIZE (ERROR_TEXT_SIZE + 128)

struct tally {
	uint64_t n_trials;
	uint64_t n_interrupted; /* they are not ok, and run again when the run is resumed */
	struct {
		uint64_t n;
		char first[TALLY_FIRST_SIZE]; /* "trial 000003 (psutil): failed: ..."; "": none */
	} of[TALLY_N_KINDS];
};

/* All zero is a tally of no trials. */
void tally_add(struct tally *tally, const struct tally_trial *trial);

/*
 * One line, without a full stop: "2 of 3 trials were not ok; the first: trial 000002 (psutil): failed: exited with
 * code 3". NULL where there are none, or on ENOMEM. The caller frees.
 */
char *tally_sentence(const struct tally *tally, enum tally_kind kind);
