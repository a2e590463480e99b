#pragma once

/*
 * What the slow sampler read, as groups of columns with one time each: reference/stat/, and those of the
 * other channels that were asked for.
 */

#include "runner/store/columns.h"
#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

/*
 * Writes the groups. A key that lacks a row, because it could not be read once, has no column: it would
 * not be told which row is missing. A group without rows is not made.
 */
int slow_columns_write(hid_t reference_group, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error);
