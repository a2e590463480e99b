#pragma once

/*
 * What a trial's memory was made of over time, out of its group: the rows of reference/stat and of
 * reference/composition together, in order of time.
 */

#include "runner/store/results.h"
#include "util/error.h"

#include <hdf5.h>
#include <stddef.h>

/* As results_composition. */
int composition_rows_read(hid_t trial, size_t max_rows, struct results_composition_row **ret_rows,
	size_t *ret_n, struct error *error);
