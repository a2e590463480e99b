#pragma once

/*
 * The parts of HDF5 that the store needs, with its failures as our sentences. The library's own
 * error stack does not go to stderr; its innermost message, the cause, ends the sentence. Uses only
 * the stable part of the interface, which is the same from HDF5 1.10 to 1.14, and the file format
 * of HDF5 1.8, so that old readers can open the files.
 *
 * Writing through the library does not fail on a full disk: see hdf5_driver.h. hdf5_output_seal, or
 * earlier hdf5_output_check, reports whether the bytes have reached the file.
 */

#include "runner/store/hdf5_driver.h"
#include "util/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Elements of a chunk: 512 KiB of u64, within the library's chunk cache of 1 MiB per dataset. */
#define HDF5_CHUNK_ELEMENTS 65536

/* Size limit of a path or name built here. */
#define HDF5_NAME_SIZE 256

static inline void cleanup_hid(hid_t *id)
{
	/* Works for any kind of id: the last reference closes it. */
	if (*id >= 0)
		H5Idec_ref(*id);
}

/*
 * Stops the library from printing. Every entry point of the store calls it; repeated calls are
 * harmless.
 */
void hdf5_be_quiet(void);

/*
 * "<formatted>: <cause>", from the library's error stack, which is cleared. The number is the errno
 * that the library met, else EIO. Returns -number.
 */
int hdf5_error(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Closes any id and sets it to H5I_INVALID_HID; `name` is for the error. */
int hdf5_close(hid_t *id, const char *name, struct error *error);

int hdf5_create_group(hid_t parent, const char *name, hid_t *ret_group, struct error *error);

/*
 * Opens a file for reading, with the checks of util/beneath.h; `shown` is its path for errors.
 * -EBADMSG if its content differs from its seal (runner/store/seal.h). The caller closes *ret_io.fd
 * after the file.
 */
int hdf5_open_file(int folder_fd, const char *name, const char *shown, struct hdf5_io *ret_io,
	hid_t *ret_file, struct error *error);

/*
 * Opens a dataset of an untrusted file. -EPERM if its data are in other files (external storage,
 * virtual dataset), which HDF5 would open by name with the reader's rights.
 */
int hdf5_open_dataset(hid_t parent, const char *path, hid_t *ret_dataset, struct error *error);

/*
 * -EPERM if anything in the file refers to another file, including links. Call it before copying
 * whole objects.
 */
int hdf5_check_contained(hid_t file, struct error *error);

/* ---- files that appear only when complete */

struct hdf5_output {
	hid_t file;
	struct hdf5_io io;
	int directory_fd;
	char name[HDF5_NAME_SIZE]; /* the final name */
	char part[HDF5_NAME_SIZE]; /* the temporary name: name.part */
};

/*
 * Creates name.part in a folder, replacing one that a crash left. Borrows `directory_fd`. Do not
 * move the output: the library has a pointer into it.
 */
int hdf5_output_create(
	int directory_fd, const char *name, struct hdf5_output *output, struct error *error);

/* Returns the first write error, if any: further writing is then pointless. */
int hdf5_output_check(const struct hdf5_output *output, struct error *error);

/*
 * Closes, checks, appends a seal, fsyncs, renames, fsyncs the folder. On failure the final name
 * does not appear and the temporary file is removed. Releases the output in any case.
 */
int hdf5_output_seal(struct hdf5_output *output, struct error *error);

/* Closes and removes the temporary file. */
void hdf5_output_abandon(struct hdf5_output *output);

/* ---- attributes */

/*
 * Sets attributes of one object. After a failure all further calls do nothing; `result` is 0 or the
 * -errno that the caller returns at the end.
 */
struct hdf5_attributes {
	hid_t object;
	struct error *error;
	int result;
};

void hdf5_set_u64(struct hdf5_attributes *attributes, const char *name, uint64_t value);
void hdf5_set_i64(struct hdf5_attributes *attributes, const char *name, int64_t value);
void hdf5_set_double(struct hdf5_attributes *attributes, const char *name, double value);
/* h5py's boolean: an 8-bit enumeration of FALSE and TRUE. */
void hdf5_set_bool(struct hdf5_attributes *attributes, const char *name, bool value);
/* Variable-length UTF-8, which h5py reads as str. */
void hdf5_set_text(struct hdf5_attributes *attributes, const char *name, const char *text);

/* Return 0; 1 if there is no such attribute, without changing *ret_value; or -errno. */
int hdf5_get_u64(hid_t object, const char *name, uint64_t *ret_value, struct error *error);
/* Of variable or fixed length. The caller frees. */
int hdf5_get_text(hid_t object, const char *name, char **ret_text, struct error *error);

/* ---- columns and types */

/* The boolean type of hdf5_set_bool, and a string of at most `size` bytes. For cleanup_hid. */
hid_t hdf5_bool_type(void);
hid_t hdf5_fixed_text_type(size_t size);

/* A column of exactly `n` elements: chunked, shuffled and deflated (level 1). */
int hdf5_create_column(hid_t group, const char *name, hid_t type, uint64_t n, hid_t *ret_dataset,
	struct error *error);

/* Elements [offset, offset + n) of a one-dimensional dataset. */
int hdf5_write_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	const void *elements, struct error *error);
int hdf5_read_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	void *ret_elements, struct error *error);

/* Number of elements of a one-dimensional dataset; more dimensions are an error. */
int hdf5_count_elements(hid_t dataset, uint64_t *ret_n, struct error *error);
