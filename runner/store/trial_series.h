#pragma once

/*
 * The groups of a sealed trial that hold sampled data: the reference, the metrics of its backend
 * and the truth, each with its attributes (docs/hdf5-schema.md). Private to trial_file.c.
 */

#include "runner/store/columns.h"
#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

int trial_series_write_reference(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error);
int trial_series_write_metrics(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error);

/* Creates no group if the task declared nothing. */
int trial_series_write_truth(hid_t file, const struct trial_result *result, struct columns *columns,
	struct error *error);
