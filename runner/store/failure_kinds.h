#pragma once

/*
 * Why trials of a run failed: the kinds of failure, in the order of their first trials, each with the last lines
 * that this trial printed. Trials are of one kind if they have the same status and the same cause up to its first
 * ';': what stands behind that differs from trial to trial. They are found when the sealed trials are gathered, of a
 * run that was resumed as of any other, and stand in results.h5 (docs/hdf5-schema.md: `failures`), from which the
 * terminal, report.html and `memcg-run show` have them.
 */

#include "runner/store/hdf5.h"
#include "runner/store/results.h"
#include "runner/store/sealed.h"
#include "runner/trial/output.h"

#define FAILURE_KINDS_MAX 5

struct failure_kind {
	uint64_t n_trials;
	uint64_t first; /* the number of its first trial, which the rest is about */
	char backend[64];
	char status[16];
	char cause[ERROR_TEXT_SIZE];
	char stream
		[8]; /* "stderr"; "stdout" where stderr is empty; "": nothing was printed, or kept */
	struct output_excerpt printed;
};

/* All zero has none. Large: 15 KiB. */
struct failure_kinds {
	size_t n;
	struct failure_kind kinds[FAILURE_KINDS_MAX];
	uint64_t n_others; /* trials of further kinds */
};

/*
 * Counts a trial that is not ok. `trial` is its group, or its file, for what it printed; of one that was interrupted
 * that is left out, because the task is not why.
 */
int failure_kinds_add(struct failure_kinds *failures, const struct tally_trial *counted,
	hid_t trial, struct error *error);

/* As the root's attribute; none where there is no failure. */
void failure_kinds_write(struct hdf5_attributes *attributes, const struct failure_kinds *failures);

/* Of a run: what its file says, made safe to be shown. None where the file is older or malformed there. */
void failure_kinds_read(struct results *results, struct failure_kinds *ret_failures);
