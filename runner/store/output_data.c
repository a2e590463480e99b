#include "runner/store/output_data.h"

#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTE_BYTES "bytes"
#define ATTRIBUTE_CUT_BYTES "cut_bytes"
#define LAST_NAME "%s_last"
#define LAST_NAME_SIZE 32

/* One string padded with NULs, which h5dump and HDFView show as text and h5py gives as bytes. HDF5 has none of 0. */
static int write_output_bytes(hid_t trial, const char *name, const char *text, size_t length,
	hid_t *ret_dataset, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(length ? length : 1);
	CLEANUP(cleanup_hid) hid_t space = H5Screate(H5S_SCALAR);
	CLEANUP(cleanup_hid)
	hid_t dataset = H5Dcreate2(trial, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

	if (dataset < 0 ||
		H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, length ? text : "") < 0)
		return hdf5_error(error, "cannot write %s", name);
	*ret_dataset = dataset;
	dataset = H5I_INVALID_HID;
	return 0;
}

/* `bytes` is its length, since a reader takes NULs at the end for padding. */
int output_data_write(
	hid_t trial, const char *name, const struct trial_output *output, struct error *error)
{
	const size_t length = output->text ? output->length : 0;
	CLEANUP(cleanup_hid) hid_t dataset = H5I_INVALID_HID;
	struct hdf5_attributes attributes = {.error = error};
	char last_name[LAST_NAME_SIZE];
	int r = write_output_bytes(trial, name, output->text, length, &dataset, error);

	if (r < 0)
		return r;
	attributes.object = dataset;
	hdf5_set_u64(&attributes, ATTRIBUTE_BYTES, length);
	hdf5_set_u64(&attributes, ATTRIBUTE_CUT_BYTES, output->cut_bytes);
	if (attributes.result < 0)
		return attributes.result;
	r = hdf5_close(&dataset, name, error);
	if (r < 0 || !output->last)
		return r;
	snprintf(last_name, sizeof(last_name), LAST_NAME, name);
	r = write_output_bytes(
		trial, last_name, output->last, TRIAL_OUTPUT_LAST_BYTES, &dataset, error);
	return r == 0 ? hdf5_close(&dataset, last_name, error) : r;
}

/* ---- reading */

/* A string of at most `size` bytes; the rest of them is NULs. Returns 1 where there is no such dataset. */
static int read_output_bytes(hid_t trial, const char *name, char *bytes, size_t size,
	hid_t *ret_dataset, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(size);
	CLEANUP(cleanup_hid) hid_t found = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t space = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t dataset = H5I_INVALID_HID;
	int r;

	if (H5Lexists(trial, name, H5P_DEFAULT) <= 0)
		return 1;
	r = hdf5_open_dataset(trial, name, &dataset, error);
	if (r < 0)
		return r;
	found = H5Dget_type(dataset);
	space = H5Dget_space(dataset);
	if (H5Tget_class(found) != H5T_STRING || H5Tis_variable_str(found) != 0 ||
		H5Tget_size(found) > size || H5Sget_simple_extent_npoints(space) != 1)
		return error_set(error, EINVAL, "%s is not what a trial printed", name);
	if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
		return hdf5_error(error, "cannot read %s", name);
	*ret_dataset = dataset;
	dataset = H5I_INVALID_HID;
	return 0;
}

static int read_lengths(
	hid_t dataset, const char *name, struct trial_output *output, struct error *error)
{
	uint64_t length = 0;
	int r = hdf5_get_u64(dataset, ATTRIBUTE_BYTES, &length, error);

	if (r == 0)
		r = hdf5_get_u64(dataset, ATTRIBUTE_CUT_BYTES, &output->cut_bytes, error);
	if (r < 0)
		return r;
	if (r == 1 || length > TRIAL_OUTPUT_MAX_BYTES)
		return error_set(error, EINVAL, "%s has no length", name);
	output->length = length;
	return 0;
}

static int read_last(
	hid_t trial, const char *name, struct trial_output *output, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t dataset = H5I_INVALID_HID;
	char last_name[LAST_NAME_SIZE];
	char *last = output->text + TRIAL_OUTPUT_MAX_BYTES + 1;
	int r;

	snprintf(last_name, sizeof(last_name), LAST_NAME, name);
	r = read_output_bytes(trial, last_name, last, TRIAL_OUTPUT_LAST_BYTES, &dataset, error);
	if (r == 0)
		output->last = last;
	return r < 0 ? r : 0;
}

int output_data_read(
	hid_t trial, const char *name, struct trial_output *ret_output, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t dataset = H5I_INVALID_HID;
	CLEANUP(cleanup_free)
	char *text = calloc(1, TRIAL_OUTPUT_MAX_BYTES + 1 + TRIAL_OUTPUT_LAST_BYTES);
	struct trial_output output = {.text = text};
	int r;

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot read %s", name);
	r = read_output_bytes(trial, name, text, TRIAL_OUTPUT_MAX_BYTES, &dataset, error);
	if (r == 0)
		r = read_lengths(dataset, name, &output, error);
	if (r == 0 && output.cut_bytes > 0)
		r = read_last(trial, name, &output, error);
	if (r != 0)
		return r;
	*ret_output = output;
	text = NULL;
	return 0;
}
