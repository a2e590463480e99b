#pragma once

/*
 * The files that a backend's tool leaves in its folder, read line by line. The task can write there as well: no link
 * is followed, what is no regular file is refused, so that a FIFO does not hold the runner up, and a file has a
 * bound, so that a hole of 15 TiB in it, which takes no room on the disk, does not either.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The longest file that is read: far more than a tool writes, and still read to its end in a bounded time. */
#define PROFILE_MAX_BYTES (UINT64_C(4) << 30)

struct profile {
	const char *name;
	FILE *stream;
	uint64_t left_bytes; /* that may still be read */
};

/* Opens a file of the folder for reading; `name` is borrowed. -EOVERFLOW: longer than PROFILE_MAX_BYTES. */
int profile_open(
	int profiler_fd, const char *name, struct profile *ret_profile, struct error *error);

void profile_close(struct profile *profile);

/*
 * The next line, with its newline where it has one, cut to `size` - 1 bytes; the rest of a longer one is passed
 * over. False at the end, and where no more can be read (profile_check).
 */
bool profile_line(struct profile *profile, char *line, size_t size);

/* After the last line: whether all of the file was read. -EIO; -EOVERFLOW where it has grown past its bound. */
int profile_check(const struct profile *profile, struct error *error);
