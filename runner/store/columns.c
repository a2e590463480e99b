#include "runner/store/columns.h"

#include "runner/store/layout.h"
#include "util/cleanup.h"

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

static int copy_samples(struct series *series, hid_t times, hid_t values, struct columns *columns,
	struct error *error)
{
	uint64_t n_samples = series_size(series);

	for (uint64_t offset = 0; offset < n_samples;) {
		size_t n = 0;
		int r = series_read(
			series, offset, columns->samples, HDF5_CHUNK_ELEMENTS, &n, error);

		for (size_t i = 0; i < n; i++) {
			columns->times[i] = columns->samples[i].time_ns;
			columns->values[i] = columns->samples[i].value;
		}
		if (r == 0)
			r = hdf5_write_elements(
				times, H5T_NATIVE_UINT64, offset, n, columns->times, error);
		if (r == 0)
			r = hdf5_write_elements(
				values, H5T_NATIVE_UINT64, offset, n, columns->values, error);
		if (r < 0)
			return r;
		offset += n;
	}
	return 0;
}

int columns_write_series(hid_t group, const char *value_name, struct series *series,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t times = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t values = H5I_INVALID_HID;
	uint64_t n = series ? series_size(series) : 0;
	int r;

	r = hdf5_create_column(group, LAYOUT_TIME_NS, H5T_STD_U64LE, n, &times, error);
	if (r == 0)
		r = hdf5_create_column(group, value_name, H5T_STD_U64LE, n, &values, error);
	if (r == 0 && series)
		r = copy_samples(series, times, values, columns, error);
	if (r == 0)
		r = hdf5_close(&times, LAYOUT_TIME_NS, error);
	if (r == 0)
		r = hdf5_close(&values, value_name, error);
	return r;
}
