#pragma once

/*
 * An open results.h5, as its readers share it: results.c has the file and its table, results_trial.c one
 * trial's groups. Private to the two.
 */

#include "runner/store/hdf5.h"
#include "runner/store/results.h"

/* An attribute once asked for, so that what was given out stays. */
struct attribute {
	struct attribute *next;
	char *name;
	char *text; /* NULL: there is none */
};

struct results {
	struct hdf5_io io;
	hid_t file;
	struct summary_row *rows;
	size_t n_rows;
	void *texts; /* a tree of those of the rows: the same few, over and over */
	struct attribute *attributes;
};
