#pragma once

/*
 * Non-blocking output of unimportant messages: what cannot be written at once is dropped. Otherwise
 * a terminal stopped by Ctrl-S, or a pipe with a slow reader, would delay the measurement.
 */

#include <stddef.h>
#include <stdio.h>

/*
 * Opens the same file again without blocking, if possible. It needs its own open file, since
 * O_NONBLOCK would affect all who share it, including the caller's shell. The caller closes it.
 * -errno.
 */
int unblocked_open(int fd);

/* Writes as much as there is room for, and drops the rest, also on any error. */
void unblocked_write(int fd, const void *data, size_t length);

/* An unbuffered stream for it. Borrows `fd`. NULL on ENOMEM; the caller closes it. */
FILE *unblocked_stream(int fd);
