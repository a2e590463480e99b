#pragma once

/*
 * The store's own way for HDF5 to reach a file: a virtual file driver over a descriptor that we hold.
 *
 * The library does not survive a write that fails. After the first ENOSPC its metadata cache can be
 * neither flushed nor closed, datasets stay half closed, and the program ends in a crash (seen with
 * HDF5 1.10.8). So it is never told: the driver keeps the first write's errno, drops what comes after,
 * and says that all is well. What was being written is consistent to the library, can be closed, and is
 * thrown away by whoever looks at `write_error`, as hdf5_output_seal does.
 *
 * Besides, the descriptor is O_CLOEXEC, opened relative to a folder, and ours to fsync.
 */

#include <hdf5.h>
#include <stdbool.h>

struct hdf5_io {
	int fd;		 /* borrowed for as long as the library has the file open */
	int write_error; /* a positive errno: what the library believes to be written is not */
	bool open;	 /* the library has it: what a file names besides itself is not opened */
};

/*
 * A file access property list that opens `io`, whatever name H5Fopen or H5Fcreate is given. `io` must
 * stay where it is until the file is closed. H5I_INVALID_HID on failure.
 */
hid_t hdf5_driver_access(struct hdf5_io *io);
