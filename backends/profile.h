#pragma once

/*
 * Reads the files in a backend tool's folder line by line. The task can also write there, so links
 * are not followed; only regular files are read, as a FIFO would block the runner; and size is
 * limited, as reading a hole of 15 TiB, which takes no disk space, would never end.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The longest file that is read: far more than a tool writes, but still read in bounded time. */
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
 * Reads the next line, including its newline if any, truncated to `size` - 1 bytes; skips the rest
 * of a longer line. False at the end, and after an error (see profile_check).
 */
bool profile_line(struct profile *profile, char *line, size_t size);

/*
 * After the last line: checks that the whole file was read. -EIO; -EOVERFLOW if it has grown past
 * the limit.
 */
int profile_check(const struct profile *profile, struct error *error);
