#pragma once

/*
 * Whole files, read and written relative to a held directory (AT_FDCWD for the working one). Every
 * descriptor is O_CLOEXEC. Errors name the path.
 */

#include "util/error.h"

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads a file of at most `max_bytes` into a fresh buffer that has a NUL after its last byte (not
 * counted in *ret_length, which may be NULL). The caller frees it. -EFBIG when the file is larger.
 * Works for files in /proc and cgroups, which report a size of 0.
 */
int file_read(int directory_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error);

/* The same of a regular file alone, by its path. -EBADMSG for a FIFO or a device, which is not even opened. */
int file_read_regular(const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error);

/* The same of a file that is open; its path is for errors. */
int file_read_fd(int fd, const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error);

/* Writes all of a buffer to a descriptor, past short writes and EINTR. Returns 0 or -errno. */
int file_write_fd(int fd, const void *data, size_t length);

/* Creates or replaces a file with exactly these bytes, in place. Not atomic, not synced. */
int file_write(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error);

/*
 * The same so that a reader, and whoever comes after a crash, finds the old bytes or the new ones, never a
 * part: written as PATH.part, synced, renamed, and its directory synced. `path` is a name in `directory_fd`.
 */
int file_replace(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error);

/*
 * Creates a file anew for what becomes another's by rename: what has its name is removed, never written to, a link
 * among it. Whose folder it is may have put one there that leads to a file which only root may write. `access` is
 * O_WRONLY or O_RDWR. Returns a descriptor or -errno.
 */
int file_create_part(int directory_fd, const char *part, int access, mode_t mode);

/*
 * What root made in another's directory becomes theirs: the file gets the directory's owner and group. Does nothing
 * for who is not root, nor in root's own directory. Last: what is written to it before, its owner cannot change.
 * Returns 0 or -errno.
 */
int file_give(int fd, int directory_fd);

/* Makes a rename or a new file in this directory durable. */
int file_sync_directory(int directory_fd, const char *path, struct error *error);

/* mkdir -p relative to a directory: existing directories are fine, anything else in the way is not. */
int file_make_directories(int directory_fd, const char *path, mode_t mode, struct error *error);

/*
 * Lists a directory by a descriptor of its own, never through a link at the last name; "." is `directory_fd`
 * itself, whose position is left alone. Returns 0 or -errno; the caller closes with closedir().
 */
int file_list(int directory_fd, const char *path, DIR **ret_listing);

/* The same of a directory that is open for it: `fd` is the listing's then, and closed on failure. */
int file_list_fd(int fd, DIR **ret_listing);

/*
 * Opens what stands below a directory: never through a link, "..", or a mount, bind mounts of the same
 * file system included (openat2, Linux 5.6). O_CLOEXEC is added; no O_CREAT. Returns the descriptor,
 * which the caller owns, or -errno: -EXDEV for a mount in the way, -ELOOP for a link.
 */
int file_open_beneath(int directory_fd, const char *path, int flags);

/*
 * rm -r relative to a directory, never crossing a mount or following a link. Missing is success. A
 * mount in the way is -EBUSY, and the removal stops there, as at any first failure. The path itself
 * must end in a name ("a/..", "." and "/" are -EINVAL); its parent is found in the usual way.
 */
int file_remove_tree(int directory_fd, const char *path, struct error *error);
