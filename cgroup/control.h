#pragma once

/*
 * Control files: the small files that control and report a cgroup. Each write is one system call,
 * as the kernel takes one value per write.
 */

#include "util/error.h"

#include <stddef.h>

/* The error names only the file; a caller that knows the group prefixes its path. */
int control_write(int directory_fd, const char *file, const char *text, struct error *error);

/*
 * Reads the file from its start and appends a NUL. Returns the length or -errno; -EFBIG if it does
 * not fit in `size` - 1 bytes. One system call, no allocation.
 */
int control_pread(int fd, char *ret_text, size_t size);

/* The same, opening the file for this read. */
int control_read(
	int directory_fd, const char *file, char *ret_text, size_t size, struct error *error);
