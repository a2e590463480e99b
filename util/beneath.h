#pragma once

/*
 * Files below a folder that somebody else may own. Its owner, and whoever owns a folder above it, may put a link,
 * a FIFO, a device or a file of another in place of anything at any moment. So:
 *
 *   - the folder is opened once, and held: everything below it is found from that descriptor, never by its path;
 *   - nothing on the way may be a symbolic link, a magic link, ".." or an absolute path (openat2(2), Linux 5.6;
 *     where that is not to be had, or a seccomp profile refuses it, the names are walked one by one with
 *     O_NOFOLLOW, which comes to the same);
 *   - what is read is opened with O_NONBLOCK, so that a FIFO or a terminal holds nobody, and must be a regular
 *     file;
 *   - what is written is a file that was made for it (file_replace and file_create_part in util/file.h), or one
 *     that is only appended to, which must be a regular file without a second name.
 *
 * Every descriptor is O_CLOEXEC. `shown` is how errors name the file: its path as its user knows it.
 */

#include "util/error.h"

#include <stddef.h>

/*
 * Opens a regular file to read. *ret_fd is the caller's. -ELOOP for a link on the way, -EXDEV for a way out of the
 * folder, -EBADMSG for what is not a regular file.
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

/* file_read (util/file.h) of a file that beneath_open_file opens. */
int beneath_read(int folder_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error);
