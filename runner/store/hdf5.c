#include "runner/store/hdf5.h"

#include "runner/store/seal.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/parse.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define DEFLATE_LEVEL 1

/*
 * Half the children of a node in a column's index of chunks. The default, 32, costs each column 2 KiB
 * however short it is, and most are of one chunk: a trial of 100 samples took 28 KiB, and takes 16.
 */
#define CHUNK_INDEX_RANK 4
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

	/* Upward begins with the deepest. */
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

/* ---- files */

int hdf5_open_file(int directory_fd, const char *path, struct hdf5_io *ret_io, hid_t *ret_file,
	struct error *error)
{
	CLEANUP(cleanup_hid) hid_t access = H5I_INVALID_HID;
	hid_t file = H5I_INVALID_HID;
	int r;

	ret_io->write_error = 0;
	ret_io->fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);
	if (ret_io->fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	r = seal_check(ret_io->fd, path, error);
	if (r < 0) {
		close(TAKE_FD(ret_io->fd));
		return r;
	}
	access = hdf5_driver_access(ret_io);
	if (access >= 0)
		file = H5Fopen(path, H5F_ACC_RDONLY, access);
	if (file < 0) {
		r = hdf5_error(error, "cannot open %s", path);
		close(TAKE_FD(ret_io->fd));
		return r;
	}
	*ret_file = file;
	return 0;
}

int hdf5_output_create(
	int directory_fd, const char *name, struct hdf5_output *output, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t access = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t creation = H5Pcreate(H5P_FILE_CREATE);

	*output = (struct hdf5_output){
		.file = H5I_INVALID_HID, .directory_fd = directory_fd, .io = {.fd = -1}};
	snprintf(output->name, sizeof(output->name), "%s", name);
	snprintf(output->part, sizeof(output->part), "%s.part", name);
	output->io.fd = file_create_part(directory_fd, output->part, O_RDWR, 0644);
	if (output->io.fd < 0)
		return error_set_errno(error, -output->io.fd, "cannot create %s", output->part);
	access = hdf5_driver_access(&output->io);
	if (access >= 0 && creation >= 0 && H5Pset_istore_k(creation, CHUNK_INDEX_RANK) == 0)
		output->file = H5Fcreate(output->part, H5F_ACC_TRUNC, creation, access);
	if (output->file < 0) {
		int r = hdf5_error(error, "cannot create %s", output->part);

		hdf5_output_abandon(output);
		return r;
	}
	return 0;
}

int hdf5_output_check(const struct hdf5_output *output, struct error *error)
{
	if (output->io.write_error)
		return error_set_errno(
			error, output->io.write_error, "cannot write %s", output->part);
	return 0;
}

void hdf5_output_abandon(struct hdf5_output *output)
{
	if (output->file >= 0)
		H5Fclose(output->file);
	H5Eclear2(H5E_DEFAULT);
	output->file = H5I_INVALID_HID;
	cleanup_close(&output->io.fd);
	output->io.fd = -1;
	unlinkat(output->directory_fd, output->part, 0);
}

static int finish_part(struct hdf5_output *output, struct error *error)
{
	int r = hdf5_close(&output->file, output->part, error);

	if (r == 0)
		r = hdf5_output_check(output, error);
	if (r == 0)
		r = seal_append(output->io.fd, output->part, error);
	if (r == 0 && fsync(output->io.fd) < 0)
		r = error_set_errno(error, errno, "cannot sync %s", output->part);
	/* A file system over the network may have kept an error until now. */
	if (r == 0 && close(TAKE_FD(output->io.fd)) < 0)
		r = error_set_errno(error, errno, "cannot close %s", output->part);
	if (r == 0 && renameat(output->directory_fd, output->part, output->directory_fd,
			      output->name) < 0)
		r = error_set_errno(
			error, errno, "cannot rename %s to %s", output->part, output->name);
	return r;
}

int hdf5_output_seal(struct hdf5_output *output, struct error *error)
{
	int r = finish_part(output, error);

	if (r < 0) {
		hdf5_output_abandon(output);
		return r;
	}
	r = file_sync_directory(output->directory_fd, ".", error);
	if (r < 0)
		unlinkat(output->directory_fd, output->name, 0);
	return r;
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

/* An empty column has no chunk, and needs no filter. */
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

/* Opens the part of a dataset's space that [offset, offset + n) is; H5I_INVALID_HID on failure. */
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
