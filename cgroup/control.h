#pragma once

/*
 * Control files: the small files by which a cgroup is steered and read. Each write is one system call,
 * as the kernel takes one value a write.
 */

#include "util/error.h"

#include <stddef.h>

/* The error names the file only; a caller that knows the group puts its path before it. */
int control_write(int directory_fd, const char *file, const char *text, struct error *error);

/*
 * Reads from the file's start what stands in it now, with a NUL after it. Returns its length or
 * -errno; -EFBIG where it does not fit in `size` - 1 bytes. Of one system call, without allocation.
 */
int control_pread(int fd, char *ret_text, size_t size);

/* The same of a file that is opened for it alone. */
int control_read(
	int directory_fd, const char *file, char *ret_text, size_t size, struct error *error);
