#include "runner/store/hdf5.h"

#include "util/cleanup.h"

#include <string.h>

/* ---- writing */

static void set_scalar(struct hdf5_attributes *attributes, const char *name, hid_t file_type,
	hid_t memory_type, const void *value)
{
	hid_t space, attribute = H5I_INVALID_HID;

	if (attributes->result < 0)
		return;
	space = H5Screate(H5S_SCALAR);
	if (space >= 0)
		attribute = H5Acreate2(
			attributes->object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
	if (attribute < 0 || H5Awrite(attribute, memory_type, value) < 0)
		attributes->result =
			hdf5_error(attributes->error, "cannot write the attribute %s", name);
	cleanup_hid(&attribute);
	cleanup_hid(&space);
}

void hdf5_set_u64(struct hdf5_attributes *attributes, const char *name, uint64_t value)
{
	set_scalar(attributes, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

void hdf5_set_i64(struct hdf5_attributes *attributes, const char *name, int64_t value)
{
	set_scalar(attributes, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value);
}

void hdf5_set_double(struct hdf5_attributes *attributes, const char *name, double value)
{
	set_scalar(attributes, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

void hdf5_set_bool(struct hdf5_attributes *attributes, const char *name, bool value)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_bool_type();
	int8_t byte = value;

	set_scalar(attributes, name, type, type, &byte);
}

void hdf5_set_text(struct hdf5_attributes *attributes, const char *name, const char *text)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(H5T_VARIABLE);

	set_scalar(attributes, name, type, type, &text);
}

/* ---- reading */

/* Returns 0 with an open attribute; 1 if there is none. */
static int open_attribute(hid_t object, const char *name, hid_t *ret_attribute, struct error *error)
{
	htri_t exists = H5Aexists(object, name);
	hid_t attribute;

	if (exists == 0)
		return 1;
	attribute = exists < 0 ? H5I_INVALID_HID : H5Aopen(object, name, H5P_DEFAULT);
	if (attribute < 0)
		return hdf5_error(error, "cannot read the attribute %s", name);
	*ret_attribute = attribute;
	return 0;
}

/* A file of another program may contain anything under our names, of any size. */
static bool is_scalar(hid_t attribute, hid_t type, H5T_class_t class)
{
	CLEANUP(cleanup_hid) hid_t space = H5Aget_space(attribute);

	return H5Tget_class(type) == class && H5Sget_simple_extent_npoints(space) == 1;
}

int hdf5_get_u64(hid_t object, const char *name, uint64_t *ret_value, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t attribute = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t type = H5I_INVALID_HID;
	uint64_t value;
	int r = open_attribute(object, name, &attribute, error);

	if (r != 0)
		return r;
	type = H5Aget_type(attribute);
	if (!is_scalar(attribute, type, H5T_INTEGER))
		return error_set(error, EINVAL, "the attribute %s is not a number", name);
	if (H5Aread(attribute, H5T_NATIVE_UINT64, &value) < 0)
		return hdf5_error(error, "cannot read the attribute %s", name);
	*ret_value = value;
	return 0;
}

static int read_variable_text(hid_t attribute, char **ret_text)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(H5T_VARIABLE);
	char *text = NULL;

	if (H5Aread(attribute, type, &text) < 0)
		return -1;
	/* Allocated by the library, and in some builds not freeable with free(). */
	*ret_text = strdup(text ? text : "");
	H5free_memory(text);
	return 0;
}

static int read_fixed_text(hid_t attribute, hid_t type, char **ret_text)
{
	*ret_text = calloc(1, H5Tget_size(type) + 1);
	if (!*ret_text)
		return 0;
	if (H5Aread(attribute, type, *ret_text) < 0) {
		free(TAKE_PTR(*ret_text));
		return -1;
	}
	return 0;
}

int hdf5_get_text(hid_t object, const char *name, char **ret_text, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t attribute = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t type = H5I_INVALID_HID;
	char *text = NULL;
	int r = open_attribute(object, name, &attribute, error);

	if (r != 0)
		return r;
	type = H5Aget_type(attribute);
	if (!is_scalar(attribute, type, H5T_STRING))
		return error_set(error, EINVAL, "the attribute %s is not text", name);
	r = H5Tis_variable_str(type) > 0 ? read_variable_text(attribute, &text)
					 : read_fixed_text(attribute, type, &text);
	if (r < 0)
		return hdf5_error(error, "cannot read the attribute %s", name);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot read the attribute %s", name);
	*ret_text = text;
	return 0;
}
