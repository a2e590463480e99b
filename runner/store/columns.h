#pragma once

/*
 * Columns of an HDF5 group, written from a small array or streamed from a series of the spool.
 * Their type is u64 unless noted otherwise.
 */

#include "runner/store/hdf5.h"
#include "runner/trial/spool.h"
#include "util/error.h"

/* Buffers of one chunk, 2.5 MiB, reused for each series. */
struct columns {
	struct sample samples[HDF5_CHUNK_ELEMENTS];
	uint64_t times[HDF5_CHUNK_ELEMENTS];
	uint64_t values[HDF5_CHUNK_ELEMENTS];
	double decimals[HDF5_CHUNK_ELEMENTS];
};

int columns_write(
	hid_t group, const char *name, const uint64_t *values, size_t n, struct error *error);

/* Strings of at most `size` bytes, padded with NULs. */
int columns_write_texts(hid_t group, const char *name, const char *const *texts, size_t n,
	size_t size, struct error *error);

/* time_ns and a column of values; both empty if `series` is NULL. */
int columns_write_series(hid_t group, const char *value_name, struct series *series,
	struct columns *columns, struct error *error);

/* Only one of the two, for groups in which several series share time_ns. */
int columns_write_times(
	hid_t group, struct series *series, struct columns *columns, struct error *error);
int columns_write_values(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error);

/* For values in hundredths of the column's unit, written as f64: 12 becomes 0.12. */
int columns_write_hundredths(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error);
