#pragma once

/*
 * The slow sampler's data as groups of columns, each with one time column: reference/stat/, and
 * those of other requested channels.
 */

#include "runner/store/columns.h"
#include "runner/trial/description.h"
#include "runner/trial/trial.h"
#include "util/error.h"

/*
 * Writes the groups. A key with a missing row, after a failed read, gets no column, as it would be
 * unknown which row is missing. A group without rows is not created.
 */
int slow_columns_write(hid_t reference_group, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error);
