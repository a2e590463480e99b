#pragma once

/*
 * Cleanup attributes for memory and descriptors.
 *
 * A variable declared with `CLEANUP(cleanup_free)` is released when it leaves scope. Hand it over
 * with TAKE_PTR or TAKE_FD, which leave NULL or -1. Resources whose closing can fail silently (a
 * written file, a cgroup, a container) must not rely on this: close them by name and check.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(handler) __attribute__((cleanup(handler)))

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* Closes a descriptor that was only read; keeps errno, so that `return -errno` stays correct. */
static inline void cleanup_close(int *fd)
{
	if (*fd >= 0) {
		int saved_errno = errno;

		close(*fd);
		errno = saved_errno;
	}
}

static inline void cleanup_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static inline void cleanup_fclose(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}

/*
 * A handler for pointers to `type`, which `release` takes, NULL too:
 *
 *   CLEANUP_POINTER(cleanup_image, struct image, image_free)
 *   ...
 *   CLEANUP(cleanup_image) struct image *image = NULL;
 */
#define CLEANUP_POINTER(name, type, release)                                                       \
	static inline void name(type **pointer)                                                    \
	{                                                                                          \
		release(*pointer);                                                                 \
	}

#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) take_ptr_value_ = (pointer);                                   \
		(pointer) = NULL;                                                                  \
		take_ptr_value_;                                                                   \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int take_fd_value_ = (fd);                                                         \
		(fd) = -1;                                                                         \
		take_fd_value_;                                                                    \
	})
