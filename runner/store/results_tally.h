#pragma once

/*
 * The tally of a run as root attributes of its results.h5 (docs/hdf5-schema.md): written when it is
 * gathered; read for the report, and for a run that ended after gathering.
 */

#include "runner/store/hdf5.h"
#include "runner/store/results.h"
#include "runner/trial/tally.h"

void results_set_tally(struct hdf5_attributes *attributes, const struct tally *tally);

/* Counts missing from an older file are 0. `n_interrupted` is not in the file. */
struct tally results_tally(struct results *results);
