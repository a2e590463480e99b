#pragma once

/*
 * An HDF5 virtual file driver over a descriptor that we hold.
 *
 * The library does not survive a failed write. After the first ENOSPC its metadata cache can be
 * neither flushed nor closed, datasets stay half closed, and the program crashes (seen with HDF5
 * 1.10.8). So the driver hides write errors: it keeps the first errno, drops all further writes,
 * and reports success. The file then looks consistent to the library and can be closed; callers
 * check `write_error` and discard it, as hdf5_output_seal does.
 *
 * In addition, the descriptor is O_CLOEXEC, opened relative to a folder, and can be fsynced.
 */

#include <hdf5.h>
#include <stdbool.h>

struct hdf5_io {
	int fd;		 /* borrowed while the library has the file open */
	int write_error; /* a positive errno: later writes were dropped */
	bool open;	 /* the library has it open: other files that it refers to are not opened */
};

/*
 * A file access property list that opens `io`, regardless of the name passed to H5Fopen or
 * H5Fcreate. Do not move `io` until the file is closed. H5I_INVALID_HID on failure.
 */
hid_t hdf5_driver_access(struct hdf5_io *io);
