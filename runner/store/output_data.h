#pragma once

/*
 * What a trial printed, as it stands in its file: `stdout` and `stderr`, and `stdout_last` and `stderr_last` where
 * more was printed than is kept (docs/hdf5-schema.md).
 */

#include "runner/store/hdf5.h"
#include "runner/trial/output.h"

/* `name` is "stdout" or "stderr". */
int output_data_write(
	hid_t trial, const char *name, const struct trial_output *output, struct error *error);

/*
 * Reads it back from a trial's group or file, which may be anybody's. Returns 1 where there is none: of a trial that
 * was recovered. The caller frees ret_output->text.
 */
int output_data_read(
	hid_t trial, const char *name, struct trial_output *ret_output, struct error *error);
