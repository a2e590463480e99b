#pragma once

/*
 * Messages that nobody has to read: what cannot be written at once is dropped. A terminal that Ctrl-S has stopped, and
 * a pipe whose reader has other things to do, would else hold up who measures.
 */

#include <stddef.h>
#include <stdio.h>

/*
 * A descriptor of the same file that does not block, where that can be had: one of its own, since O_NONBLOCK of the
 * open file would be seen by all who have it, the caller's shell among them. The caller closes it. -errno.
 */
int unblocked_open(int fd);

/* Writes what there is room for, and drops the rest. So is what cannot be written for any other reason. */
void unblocked_write(int fd, const void *data, size_t length);

/* A stream for it, without a buffer. `fd` is borrowed. NULL where there is no memory; the caller closes. */
FILE *unblocked_stream(int fd);
