#pragma once

/*
 * The files that a backend's tool leaves in its folder. The task can write there as well: no link is followed,
 * and what is no regular file is refused, so that a FIFO does not hold the runner up.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

/* Opens a file of the folder for reading; the caller closes. */
int profile_open(int profiler_fd, const char *name, FILE **ret_stream, struct error *error);

/*
 * The next line, with its newline where it has one, cut to `size` - 1 bytes; the rest of a longer one is passed
 * over. False at the end, and where the stream has an error (ferror tells).
 */
bool profile_line(FILE *stream, char *line, size_t size);
