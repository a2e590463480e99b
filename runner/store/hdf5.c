#include "runner/store/hdf5.h"

#include "util/cleanup.h"
#include "util/parse.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#define DEFLATE_LEVEL 1

#define CAUSE_SIZE 256

/* ---- errors */

void hdf5_be_quiet(void)
{
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static herr_t copy_description(unsigned n, const H5E_error2_t *entry, void *data)
{
	char *cause = data;

	if (n == 0 && entry->desc)
		snprintf(cause, CAUSE_SIZE, "%s", entry->desc);
	return 0;
}

/* "file write failed: time = ..., errno = 28, error message = 'No space left on device', ...": 28 */
static int errno_of(const char *cause)
{
	const char *number = strstr(cause, "errno = ");
	uint64_t value = 0;

	if (!number)
		return 0;
	number += strlen("errno = ");
	return parse_leading_u64(&number, &value) == 0 && value <= INT_MAX ? (int)value : 0;
}

int hdf5_error(struct error *error, const char *format, ...)
{
	char what[ERROR_TEXT_SIZE], cause[CAUSE_SIZE] = "HDF5 gives no cause";
	va_list arguments;
	int number;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);

	/* upward starts with the innermost */
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, copy_description, cause);
	H5Eclear2(H5E_DEFAULT);
	number = errno_of(cause);
	if (number > 0)
		return error_set_errno(error, number, "%s", what);
	return error_set(error, EIO, "%s: %s", what, cause);
}

int hdf5_close(hid_t *id, const char *name, struct error *error)
{
	hid_t closed = *id;

	*id = H5I_INVALID_HID;
	if (H5Idec_ref(closed) < 0)
		return hdf5_error(error, "cannot close %s", name);
	return 0;
}

int hdf5_create_group(hid_t parent, const char *name, hid_t *ret_group, struct error *error)
{
	hid_t group = H5Gcreate2(parent, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	if (group < 0)
		return hdf5_error(error, "cannot create the group %s", name);
	*ret_group = group;
	return 0;
}

/* ---- columns and types */

hid_t hdf5_bool_type(void)
{
	hid_t type = H5Tenum_create(H5T_STD_I8LE);
	int8_t no = 0, yes = 1;

	if (type >= 0) {
		H5Tenum_insert(type, "FALSE", &no);
		H5Tenum_insert(type, "TRUE", &yes);
	}
	return type;
}

hid_t hdf5_fixed_text_type(size_t size)
{
	hid_t type = H5Tcopy(H5T_C_S1);

	if (type >= 0) {
		H5Tset_size(type, size);
		H5Tset_cset(type, H5T_CSET_UTF8);
		if (size != H5T_VARIABLE)
			H5Tset_strpad(type, H5T_STR_NULLPAD);
	}
	return type;
}

/* An empty column has no chunk and needs no filter. */
static int set_column_layout(hid_t creation, uint64_t n)
{
	hsize_t chunk = n < HDF5_CHUNK_ELEMENTS ? n : HDF5_CHUNK_ELEMENTS;

	if (n == 0)
		return 0;
	if (H5Pset_chunk(creation, 1, &chunk) < 0 || H5Pset_shuffle(creation) < 0 ||
		H5Pset_deflate(creation, DEFLATE_LEVEL) < 0)
		return -1;
	return 0;
}

int hdf5_create_column(hid_t group, const char *name, hid_t type, uint64_t n, hid_t *ret_dataset,
	struct error *error)
{
	hsize_t size = n;
	CLEANUP(cleanup_hid) hid_t space = H5Screate_simple(1, &size, NULL);
	CLEANUP(cleanup_hid) hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
	hid_t dataset = H5I_INVALID_HID;

	if (space >= 0 && creation >= 0 && set_column_layout(creation, n) == 0)
		dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
	if (dataset < 0)
		return hdf5_error(error, "cannot create the column %s", name);
	*ret_dataset = dataset;
	return 0;
}

/* Selects [offset, offset + n) in a dataset's space; H5I_INVALID_HID on failure. */
static hid_t select_elements(hid_t dataset, uint64_t offset, size_t n)
{
	hid_t space = H5Dget_space(dataset);
	hsize_t start = offset, count = n;

	if (space >= 0 &&
		H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL) < 0) {
		H5Sclose(space);
		return H5I_INVALID_HID;
	}
	return space;
}

int hdf5_write_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	const void *elements, struct error *error)
{
	hsize_t count = n;
	CLEANUP(cleanup_hid) hid_t file_space = select_elements(dataset, offset, n);
	CLEANUP(cleanup_hid) hid_t memory_space = H5Screate_simple(1, &count, NULL);

	if (file_space < 0 || memory_space < 0 ||
		H5Dwrite(dataset, memory_type, memory_space, file_space, H5P_DEFAULT, elements) < 0)
		return hdf5_error(error, "cannot write a column");
	return 0;
}

int hdf5_read_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	void *ret_elements, struct error *error)
{
	hsize_t count = n;
	CLEANUP(cleanup_hid) hid_t file_space = select_elements(dataset, offset, n);
	CLEANUP(cleanup_hid) hid_t memory_space = H5Screate_simple(1, &count, NULL);

	if (file_space < 0 || memory_space < 0 ||
		H5Dread(dataset, memory_type, memory_space, file_space, H5P_DEFAULT, ret_elements) <
			0)
		return hdf5_error(error, "cannot read a column");
	return 0;
}

int hdf5_count_elements(hid_t dataset, uint64_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t space = H5Dget_space(dataset);
	hsize_t n;

	if (space < 0)
		return hdf5_error(error, "cannot read the size of a column");
	if (H5Sget_simple_extent_ndims(space) != 1)
		return error_set(error, EINVAL, "a column does not have one dimension");
	if (H5Sget_simple_extent_dims(space, &n, NULL) < 0)
		return hdf5_error(error, "cannot read the size of a column");
	*ret_n = n;
	return 0;
}
