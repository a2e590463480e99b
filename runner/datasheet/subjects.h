#pragma once

/*
 * The reporters of a run that get a row in the data sheet, and the values collected of each over
 * the trials.
 */

#include "runner/analysis/comparison.h"
#include "runner/datasheet/datasheet.h"
#include "runner/datasheet/numbers.h"

struct subject {
	const char *name;   /* of its backend; borrowed from the results, like the next */
	const char *metric; /* name of the trace; for the reference, as in /summary */
	size_t backend;	    /* in the comparison; for the reference: where it is read */
	bool reference;
	bool any_backend; /* for the reference if the run had no `none`: read in every trial */
	bool headline;
	bool high_water;
	/* in page_steps, one value per trial, as in those below */
	struct numbers smallest_rise_bytes;
	struct numbers rmse_bytes; /* in ramp, like the next */
	struct numbers delay_ns;
	struct numbers reading_ns;
};

struct subjects {
	struct subject *subjects;
	size_t n;
};

/*
 * The reference first, then backends in the order of the comparison, the headline metric before the
 * others. Call subjects_release in any case.
 */
int subjects_init(struct subjects *subjects, struct results *results,
	const struct comparison *comparison, bool all_metrics, struct error *error);
void subjects_release(struct subjects *subjects);

/*
 * Whether the trials of a backend, given by its index in the comparison, have values of a subject.
 */
bool subject_is_read_in(const struct subject *subject, size_t backend);
