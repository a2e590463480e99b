#pragma once

/*
 * The reporters of a run that a data sheet has a row for, and what is collected of each over its trials.
 */

#include "runner/analysis/comparison.h"
#include "runner/datasheet/datasheet.h"
#include "runner/datasheet/numbers.h"

struct subject {
	const char *name;   /* of its backend; borrowed from the results, as the next */
	const char *metric; /* the trace's name; of the reference as in /summary */
	size_t backend;	    /* in the comparison; that of the reference: where it is read */
	bool reference;
	bool any_backend; /* of the reference, where the run had no `none`: in every trial */
	bool headline;
	bool high_water;
	struct numbers smallest_rise_bytes; /* in page_steps, a value a trial; so are those below */
	struct numbers rmse_bytes;	    /* in ramp, and so is the next */
	struct numbers delay_ns;
	struct numbers reading_ns;
};

struct subjects {
	struct subject *subjects;
	size_t n;
};

/* The reference first, then as the comparison has its backends, a headline metric before the others. Released by
 * subjects_release in any case. */
int subjects_init(struct subjects *subjects, struct results *results,
	const struct comparison *comparison, bool all_metrics, struct error *error);
void subjects_release(struct subjects *subjects);

/* Whether the trials of a backend, by its place in the comparison, tell of a subject. */
bool subject_is_read_in(const struct subject *subject, size_t backend);
