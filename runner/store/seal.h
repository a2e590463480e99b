#pragma once

/*
 * The seal: the last bytes of a file hold the digest of all bytes before them: "memcg-run sha256
 * <64 digits>\n". The HDF5 format of 1.8 has no checksum over its structure: with one bit flipped,
 * HDF5 may return a wrong number, and 1.10 may crash or loop. So a sealed file is given to HDF5
 * only after its seal was verified.
 *
 * To HDF5 a file ends where its superblock says, and later bytes do not exist: every reader can
 * open a sealed file. A writer (h5py in mode "r+", h5repack) cuts the seal off; appended bytes, or
 * a disk that lost the last blocks, hide it. So the file's root attribute SEAL_ATTRIBUTE says that
 * it has a seal, and such a file without one is rejected, unless the attribute was removed too, by
 * someone who changed the file on purpose.
 */

#include "util/error.h"

/* Root attribute: the file must have a seal. */
#define SEAL_ATTRIBUTE "sealed"

/* Appends the seal of the file's whole content. Does not sync. */
int seal_append(int fd, const char *name, struct error *error);

/* Returns 1 for a file without a seal; -EBADMSG if the content differs from the seal. */
int seal_check(int fd, const char *name, struct error *error);
