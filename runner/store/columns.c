#include "runner/store/columns.h"

#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <string.h>

int columns_write(
	hid_t group, const char *name, const uint64_t *values, size_t n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t column = H5I_INVALID_HID;
	int r = hdf5_create_column(group, name, H5T_STD_U64LE, n, &column, error);

	if (r == 0)
		r = hdf5_write_elements(column, H5T_NATIVE_UINT64, 0, n, values, error);
	if (r == 0)
		r = hdf5_close(&column, name, error);
	return r;
}

int columns_write_texts(hid_t group, const char *name, const char *const *texts, size_t n,
	size_t size, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t column = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(size);
	CLEANUP(cleanup_free) char *bytes = calloc(n + 1, size);
	int r;

	if (!bytes)
		return error_set_errno(error, ENOMEM, "cannot write %s", name);
	/* Clears the space after each string: the type is padded with NULs. */
	for (size_t i = 0; i < n; i++)
		strncpy(bytes + i * size, texts[i], size);
	r = hdf5_create_column(group, name, type, n, &column, error);
	if (r == 0)
		r = hdf5_write_elements(column, type, 0, n, bytes, error);
	if (r == 0)
		r = hdf5_close(&column, name, error);
	return r;
}

/* Destinations of the samples; H5I_INVALID_HID: none. */
struct targets {
	hid_t times;
	hid_t values;
	hid_t hundredths;
};

#define TARGETS_NONE ((struct targets){H5I_INVALID_HID, H5I_INVALID_HID, H5I_INVALID_HID})

static void close_targets(struct targets *targets)
{
	cleanup_hid(&targets->times);
	cleanup_hid(&targets->values);
	cleanup_hid(&targets->hundredths);
}

static int write_rows(const struct targets *targets, uint64_t offset, size_t n,
	const struct columns *columns, struct error *error)
{
	int r = 0;

	if (targets->times >= 0)
		r = hdf5_write_elements(
			targets->times, H5T_NATIVE_UINT64, offset, n, columns->times, error);
	if (r == 0 && targets->values >= 0)
		r = hdf5_write_elements(
			targets->values, H5T_NATIVE_UINT64, offset, n, columns->values, error);
	if (r == 0 && targets->hundredths >= 0)
		r = hdf5_write_elements(targets->hundredths, H5T_NATIVE_DOUBLE, offset, n,
			columns->decimals, error);
	return r;
}

/* Reads the series once for all destinations. */
static int copy_samples(struct series *series, const struct targets *targets,
	struct columns *columns, struct error *error)
{
	uint64_t n_samples = series_size(series);

	for (uint64_t offset = 0; offset < n_samples;) {
		size_t n = 0;
		int r = series_read(
			series, offset, columns->samples, HDF5_CHUNK_ELEMENTS, &n, error);

		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			columns->times[i] = columns->samples[i].time_ns;
			columns->values[i] = columns->samples[i].value;
			columns->decimals[i] = (double)columns->samples[i].value / 100.0;
		}
		r = write_rows(targets, offset, n, columns, error);
		if (r < 0)
			return r;
		offset += n;
	}
	return 0;
}

int columns_write_series(hid_t group, const char *value_name, struct series *series,
	struct columns *columns, struct error *error)
{
	CLEANUP(close_targets) struct targets targets = TARGETS_NONE;
	uint64_t n = series ? series_size(series) : 0;
	int r;

	r = hdf5_create_column(group, LAYOUT_TIME_NS, H5T_STD_U64LE, n, &targets.times, error);
	if (r == 0)
		r = hdf5_create_column(group, value_name, H5T_STD_U64LE, n, &targets.values, error);
	if (r == 0 && series)
		r = copy_samples(series, &targets, columns, error);
	if (r == 0)
		r = hdf5_close(&targets.times, LAYOUT_TIME_NS, error);
	if (r == 0)
		r = hdf5_close(&targets.values, value_name, error);
	return r;
}

/* `column` points to the member of the targets to create. */
static int write_one(hid_t group, const char *name, hid_t type, hid_t *column,
	struct targets *targets, struct series *series, struct columns *columns,
	struct error *error)
{
	int r = hdf5_create_column(group, name, type, series_size(series), column, error);

	if (r == 0)
		r = copy_samples(series, targets, columns, error);
	if (r == 0)
		r = hdf5_close(column, name, error);
	return r;
}

int columns_write_times(
	hid_t group, struct series *series, struct columns *columns, struct error *error)
{
	CLEANUP(close_targets) struct targets targets = TARGETS_NONE;

	return write_one(group, LAYOUT_TIME_NS, H5T_STD_U64LE, &targets.times, &targets, series,
		columns, error);
}

int columns_write_values(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error)
{
	CLEANUP(close_targets) struct targets targets = TARGETS_NONE;

	return write_one(
		group, name, H5T_STD_U64LE, &targets.values, &targets, series, columns, error);
}

int columns_write_hundredths(hid_t group, const char *name, struct series *series,
	struct columns *columns, struct error *error)
{
	CLEANUP(close_targets) struct targets targets = TARGETS_NONE;

	return write_one(
		group, name, H5T_IEEE_F64LE, &targets.hundredths, &targets, series, columns, error);
}
