#pragma once

/*
 * Columns of u64 in a group, from a small array or streamed from a series of the spool.
 */

#include "runner/store/hdf5.h"
#include "runner/trial/spool.h"
#include "util/error.h"

/* Buffers of one chunk, 2 MiB, used for one series after another. */
struct columns {
	struct sample samples[HDF5_CHUNK_ELEMENTS];
	uint64_t times[HDF5_CHUNK_ELEMENTS];
	uint64_t values[HDF5_CHUNK_ELEMENTS];
};

int columns_write(
	hid_t group, const char *name, const uint64_t *values, size_t n, struct error *error);

/* time_ns and a column of values; both empty where `series` is NULL. */
int columns_write_series(hid_t group, const char *value_name, struct series *series,
	struct columns *columns, struct error *error);
