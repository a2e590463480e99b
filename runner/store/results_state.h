#pragma once

/*
 * An open results.h5. Private to results.c (the file and its table) and results_trial.c (the groups
 * of a trial).
 */

#include "runner/store/hdf5.h"
#include "runner/store/results.h"

/* An attribute in words; NULL if there is none, or none that can be put into words. The caller frees. */
char *results_attribute_text(hid_t object, const char *name);

/* An attribute that was read, cached so that the returned string stays valid. */
struct attribute {
	struct attribute *next;
	char *name;
	char *text; /* NULL: missing */
};

struct results {
	struct hdf5_io io;
	hid_t file;
	struct summary_row *rows;
	size_t n_rows;
	size_t *shown; /* the indexes of those that results_row has */
	size_t n_shown;
	void *texts; /* a tree of the rows' strings, as the same few repeat */
	struct attribute *attributes;
};
