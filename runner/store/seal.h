#pragma once

/*
 * The last bytes of a file say what stands before them: "memcg-run sha256 <64 digits>\n". HDF5 has no
 * checksum over its own structure, in the format of 1.8: of a file with one bit turned it may give a
 * wrong number, and 1.10 may crash or loop. So nothing that has a seal is given to it before the seal holds.
 *
 * To HDF5 a file ends where its superblock says, and what is behind does not exist: every reader opens a
 * sealed file. A writer (h5py in mode "r+", h5repack) cuts the seal off; a byte that is appended, or a disk that lost
 * its last blocks, hides it. So the file's root says that it has one (SEAL_ATTRIBUTE): without it such a file is
 * refused, unless who changed it on purpose has removed the attribute too.
 */

#include "util/error.h"

/* A root attribute: the file must have a seal. */
#define SEAL_ATTRIBUTE "sealed"

/* Appends the seal of all that a file has. Does not sync. */
int seal_append(int fd, const char *name, struct error *error);

/* Returns 1 for a file without a seal; -EBADMSG for one that is not what was sealed. */
int seal_check(int fd, const char *name, struct error *error);
