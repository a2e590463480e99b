#pragma once

/*
 * Columns in a group, from a small array or streamed from a series of the spool. They are u64 where not
 * said otherwise.
 */

#include "runner/store/hdf5.h"
#include "runner/trial/spool.h"
#include "util/error.h"

/* Buffers of one chunk, 2.5 MiB, used for one series after another. */
struct columns {
	struct sample samples[HDF5_CHUNK_ELEMENTS];
	uint64_t times[HDF5_CHUNK_ELEMENTS];
	uint64_t values[HDF5_CHUNK_ELEMENTS];
	double decimals[HDF5_CHUNK_ELEMENTS];
};

int columns_write(
	hid_t group, const char *name, const uint64_t *values, size_t n, struct error *error);

/* Texts of at most `size` bytes, padded with NULs. */
int columns_write_texts(hid_t group, const char *name, const char *const *texts, size_t n,
	size_t size, struct error *error);

/* time_ns and a column of values; both empty where `series` is NULL. */
int columns_write_series(hid_t group, const char *value_name, struct series *series,
	struct columns *columns, struct error *error);

/* Either of the two alone, for groups where several series have one time_ns. */
int columns_write_times(
	hid_t group, struct series *series, struct columns *columns, struct error *error);
int columns_write_values(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error);

/* Values that are hundredths of what the column says, as f64: 12 is 0.12. */
int columns_write_hundredths(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error);
