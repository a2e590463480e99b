#pragma once

/*
 * What the store needs of HDF5, with its failures as our sentences. The library's own error stack is
 * kept off stderr; the innermost of its messages, the cause, ends the sentence. Only the stable part of
 * the interface is used, which is the same from HDF5 1.10 to 1.14, and the file format of HDF5 1.8, so
 * that old readers can open what is written.
 *
 * Writing through the library does not fail for want of space: see hdf5_driver.h. Whether the bytes
 * have reached the file is known when hdf5_output_seal has said so, or earlier from hdf5_output_check.
 */

#include "runner/store/hdf5_driver.h"
#include "util/error.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Elements of a chunk: 512 KiB of u64, which fits the library's chunk cache of 1 MiB a dataset. */
#define HDF5_CHUNK_ELEMENTS 65536

/* Bytes of a path or name that is built here. */
#define HDF5_NAME_SIZE 256

static inline void cleanup_hid(hid_t *id)
{
	/* Whatever it names: the last reference closes it. */
	if (*id >= 0)
		H5Idec_ref(*id);
}

/* Keeps the library from printing. Every entry point of the store calls it; again is harmless. */
void hdf5_be_quiet(void);

/*
 * "<formatted>: <cause>", from the library's error stack, which is cleared. The number is the errno
 * that the library met, EIO where it met none. Returns -number.
 */
int hdf5_error(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Closes any id, leaving H5I_INVALID_HID behind; `name` is for the sentence. */
int hdf5_close(hid_t *id, const char *name, struct error *error);

int hdf5_create_group(hid_t parent, const char *name, hid_t *ret_group, struct error *error);

/*
 * Opens a file to read from, as util/beneath.h has it; `shown` is its path for errors. -EBADMSG for one that is
 * not what was sealed (runner/store/seal.h). The caller closes *ret_io.fd after the file.
 */
int hdf5_open_file(int folder_fd, const char *name, const char *shown, struct hdf5_io *ret_io,
	hid_t *ret_file, struct error *error);

/*
 * Opens a dataset of a file that may be anybody's. -EPERM for one whose data stand in other files (external storage,
 * virtual), which HDF5 would read by their names with the reader's rights.
 */
int hdf5_open_dataset(hid_t parent, const char *path, hid_t *ret_dataset, struct error *error);

/* -EPERM where anything in it stands in another file, links among it: before it is copied as a whole. */
int hdf5_check_contained(hid_t file, struct error *error);

/* ---- whole files that appear when they are complete */

struct hdf5_output {
	hid_t file;
	struct hdf5_io io;
	int directory_fd;
	char name[HDF5_NAME_SIZE]; /* as it will be called */
	char part[HDF5_NAME_SIZE]; /* as it is called until then: name.part */
};

/*
 * Creates name.part in a folder; one that a crash left there is replaced. Borrows `directory_fd`. The
 * output must stay where it is: the library has a pointer into it.
 */
int hdf5_output_create(
	int directory_fd, const char *name, struct hdf5_output *output, struct error *error);

/* The first write that failed, if one has: there is no use in going on. */
int hdf5_output_check(const struct hdf5_output *output, struct error *error);

/*
 * Closes, checks, appends a seal, fsyncs, renames, fsyncs the folder. Where that fails nothing of that name appears and
 * the part is removed. Releases the output in any case.
 */
int hdf5_output_seal(struct hdf5_output *output, struct error *error);

/* Gives it up: closes and removes the part. */
void hdf5_output_abandon(struct hdf5_output *output);

/* ---- attributes */

/*
 * Attributes of one object. A failure is kept, everything after it does nothing, and `result` is 0 or
 * the -errno that a caller returns when it has set them all.
 */
struct hdf5_attributes {
	hid_t object;
	struct error *error;
	int result;
};

void hdf5_set_u64(struct hdf5_attributes *attributes, const char *name, uint64_t value);
void hdf5_set_i64(struct hdf5_attributes *attributes, const char *name, int64_t value);
void hdf5_set_double(struct hdf5_attributes *attributes, const char *name, double value);
/* h5py's own boolean: an enumeration of FALSE and TRUE over 8 bits. */
void hdf5_set_bool(struct hdf5_attributes *attributes, const char *name, bool value);
/* UTF-8 of variable length, which h5py gives as str. */
void hdf5_set_text(struct hdf5_attributes *attributes, const char *name, const char *text);

/* Return 0; 1 where there is no such attribute, and *ret_value is left alone; or -errno. */
int hdf5_get_u64(hid_t object, const char *name, uint64_t *ret_value, struct error *error);
/* Of variable or fixed length. The caller frees. */
int hdf5_get_text(hid_t object, const char *name, char **ret_text, struct error *error);

/* ---- columns and types */

/* A boolean as hdf5_set_bool writes it, and a string of at most `size` bytes. For cleanup_hid. */
hid_t hdf5_bool_type(void);
hid_t hdf5_fixed_text_type(size_t size);

/* A column of `n` elements, no more and no less: chunked, shuffled and deflated (level 1). */
int hdf5_create_column(hid_t group, const char *name, hid_t type, uint64_t n, hid_t *ret_dataset,
	struct error *error);

/* Elements [offset, offset + n) of a dataset with one dimension. */
int hdf5_write_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	const void *elements, struct error *error);
int hdf5_read_elements(hid_t dataset, hid_t memory_type, uint64_t offset, size_t n,
	void *ret_elements, struct error *error);

/* How many elements a dataset with one dimension has; one with more dimensions is an error. */
int hdf5_count_elements(hid_t dataset, uint64_t *ret_n, struct error *error);
