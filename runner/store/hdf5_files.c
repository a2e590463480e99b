/* Files of the store: opening with a check of their seal, and writing atomically. */

#include "runner/store/hdf5.h"
#include "runner/store/seal.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>

/*
 * Half the number of children of a node in a column's chunk index. The default, 32, costs 2 KiB for
 * each column, and most have one chunk: a trial of 100 samples takes 16 KiB instead of 28.
 */
#define CHUNK_INDEX_RANK 4

static int check_needs_no_seal(hid_t file, const char *path, struct error *error)
{
	if (H5Aexists(file, SEAL_ATTRIBUTE) == 0)
		return 0;
	H5Eclear2(H5E_DEFAULT);
	return error_set(error, EBADMSG,
		"%s has lost its seal: it is damaged at its end, or another program has opened it "
		"for writing; restore it from a copy, or, if it was changed on purpose, remove the "
		"attribute " SEAL_ATTRIBUTE " of its root",
		path);
}

static int open_hdf5(
	struct hdf5_io *io, const char *path, bool has_seal, hid_t *ret_file, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t access = hdf5_driver_access(io);
	hid_t file = H5I_INVALID_HID;
	int r;

	/*
	 * Disables plugins: a file could name a filter that is searched in folders from the
	 * environment and executed.
	 */
	if (access >= 0 && H5PLset_loading_state(0) >= 0)
		file = H5Fopen(path, H5F_ACC_RDONLY, access);
	if (file < 0)
		return hdf5_error(error, "cannot open %s", path);
	r = has_seal ? 0 : check_needs_no_seal(file, path, error);
	if (r < 0)
		H5Fclose(file);
	else
		*ret_file = file;
	return r;
}

int hdf5_open_file(int folder_fd, const char *name, const char *shown, struct hdf5_io *ret_io,
	hid_t *ret_file, struct error *error)
{
	int r;

	*ret_io = (struct hdf5_io){.fd = -1};
	r = beneath_open_file(folder_fd, name, shown, &ret_io->fd, error);
	if (r < 0)
		return r;
	r = seal_check(ret_io->fd, shown, error);
	if (r >= 0)
		r = open_hdf5(ret_io, shown, r == 0, ret_file, error);
	if (r < 0)
		close(TAKE_FD(ret_io->fd));
	return r;
}

static int check_dataset(hid_t dataset, const char *path, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t creation = H5Dget_create_plist(dataset);

	if (creation < 0)
		return hdf5_error(error, "cannot open %s", path);
	if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) != 0)
		return error_set(error, EPERM,
			"%s has its data in other files, which are not read: it was not made by "
			"memcg-run",
			path);
	return 0;
}

int hdf5_open_dataset(hid_t parent, const char *path, hid_t *ret_dataset, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t dataset = H5Dopen2(parent, path, H5P_DEFAULT);
	int r;

	if (dataset < 0)
		return hdf5_error(error, "cannot open %s", path);
	r = check_dataset(dataset, path, error);
	if (r < 0)
		return r;
	*ret_dataset = dataset;
	dataset = H5I_INVALID_HID;
	return 0;
}

static herr_t check_link(hid_t group, const char *path, const H5L_info_t *link, void *data)
{
	struct error *error = data;
	CLEANUP(cleanup_hid) hid_t object = H5I_INVALID_HID;

	if (link->type != H5L_TYPE_HARD)
		return error_set(error, EPERM,
			"%s is a link, which is not followed: it was not made by memcg-run", path);
	object = H5Oopen(group, path, H5P_DEFAULT);
	if (object < 0)
		return hdf5_error(error, "cannot open %s", path);
	return H5Iget_type(object) == H5I_DATASET ? check_dataset(object, path, error) : 0;
}

int hdf5_check_contained(hid_t file, struct error *error)
{
	struct error failure = ERROR_INIT;

	if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, check_link, &failure) >= 0)
		return 0;
	H5Eclear2(H5E_DEFAULT);
	if (failure.number == 0)
		return hdf5_error(error, "cannot list what is in it");
	return error_set(error, failure.number, "%s", failure.text);
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

static int sync_part(const struct hdf5_output *output, struct error *error)
{
	int r = file_give(output->io.fd, output->directory_fd);

	if (r < 0)
		return error_set_errno(error, -r, "cannot give %s to its owner", output->part);
	if (fsync(output->io.fd) < 0)
		return error_set_errno(error, errno, "cannot sync %s", output->part);
	return 0;
}

static int finish_part(struct hdf5_output *output, struct error *error)
{
	struct hdf5_attributes attributes = {.object = output->file, .error = error};
	int r;

	hdf5_set_bool(&attributes, SEAL_ATTRIBUTE, true);
	r = attributes.result;
	if (r == 0)
		r = hdf5_close(&output->file, output->part, error);
	if (r == 0)
		r = hdf5_output_check(output, error);
	if (r == 0)
		r = seal_append(output->io.fd, output->part, error);
	if (r == 0)
		r = sync_part(output, error);
	/* A network file system may report a write error only now. */
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
