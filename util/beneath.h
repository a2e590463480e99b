#pragma once

/*
 * Access to files below an untrusted folder. Its owner, or the owner of a folder above it, may at
 * any moment replace anything by a link, a FIFO, a device or another file. So:
 *
 *   - the folder is opened once and held: everything below it is opened relative to that descriptor,
 *     never by path;
 *   - nothing on the way may be a symbolic link, a magic link, ".." or an absolute path (openat2(2),
 *     Linux 5.6; if that is missing or refused by a seccomp profile, the names are opened one by one
 *     with O_NOFOLLOW, which is equivalent);
 *   - files are opened for reading with O_NONBLOCK, so that a FIFO or a terminal does not block, and must
 *     be regular;
 *   - files are written only if newly created (file_replace and file_create_part in util/file.h), or
 *     appended to if they are regular and have no second name.
 *
 * Every descriptor is O_CLOEXEC. `shown` is the path of the file in errors, as its user knows it.
 */

#include "util/error.h"

#include <stddef.h>

/*
 * Opens a regular file for reading. The caller owns *ret_fd. -ELOOP for a link on the way, -EXDEV
 * for a path that leaves the folder, -EBADMSG for anything but a regular file.
 */
int beneath_open_file(
	int folder_fd, const char *path, const char *shown, int *ret_fd, struct error *error);

/* Opens a folder. Returns the descriptor or -errno. */
int beneath_open_folder(int folder_fd, const char *path);

/*
 * Opens a file to append to; a missing one is made, with mode 0644, and is the folder's owner's (file_give). -EBADMSG
 * for what is not a regular file, and -EMLINK for one with a second name: it may stand in a folder that its owner may
 * not write to.
 */
int beneath_open_log(
	int folder_fd, const char *path, const char *shown, int *ret_fd, struct error *error);

/* file_read (util/file.h) with the checks of beneath_open_file. */
int beneath_read(int folder_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error);
