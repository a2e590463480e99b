#pragma once

/*
 * Reads and writes whole files relative to an open directory (AT_FDCWD for the working directory).
 * Every descriptor is O_CLOEXEC. Errors name the path.
 */

#include "util/error.h"

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Reads a file of at most `max_bytes` into a new buffer with a NUL after its last byte (not counted
 * in *ret_length, which may be NULL). The caller frees it. -EFBIG if the file is larger. Works for
 * files in /proc and cgroups, whose size is reported as 0.
 */
int file_read(int directory_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error);

/* The same of a regular file alone, by its path. -EBADMSG for a FIFO or a device, which is not even opened. */
int file_read_regular(const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error);

/* The same for an open file; its path is for errors. */
int file_read_fd(int fd, const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error);

/* Writes the whole buffer to a descriptor, handling short writes and EINTR. Returns 0 or -errno. */
int file_write_fd(int fd, const void *data, size_t length);

/* Creates or overwrites a file with exactly these bytes, in place. Not atomic, not synced. */
int file_write(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error);

/*
 * The same, but atomic and durable: readers, even after a crash, see the old or the new content,
 * never a mixture. Writes PATH.part, syncs it, renames it, and syncs its directory. `path` is a
 * name in `directory_fd`.
 */
int file_replace(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error);

/*
 * Creates a new file that will replace another by rename. An existing file of this name, even a
 * link, is removed, never written to: the owner of the folder may have placed a link there to a
 * file that only root may write. `access` is O_WRONLY or O_RDWR. Returns a descriptor or -errno.
 */
int file_create_part(int directory_fd, const char *part, int access, mode_t mode);

/*
 * Gives a file that root made in another user's directory to that user: the directory's owner and group. Does nothing
 * unless root, nor in root's own directory. Call it last: until then the owner cannot change the content. Returns 0 or
 * -errno.
 */
int file_give(int fd, int directory_fd);

/* Makes a rename or a new file in this directory durable. */
int file_sync_directory(int directory_fd, const char *path, struct error *error);

/*
 * mkdir -p relative to a directory: existing directories are fine, other existing files are an
 * error.
 */
int file_make_directories(int directory_fd, const char *path, mode_t mode, struct error *error);

/*
 * Opens a listing of a directory on a new descriptor, without following a link in the last
 * component; "." is `directory_fd` itself, whose position does not change. Returns 0 or -errno;
 * close it with closedir().
 */
int file_list(int directory_fd, const char *path, DIR **ret_listing);

/*
 * The same for an open directory: the listing takes ownership of `fd`, which is closed on failure.
 */
int file_list_fd(int fd, DIR **ret_listing);

/*
 * The next entry of a listing, without "." and ".."; NULL at the end, with errno 0, or on failure, with the
 * cause in errno.
 */
struct dirent *file_next(DIR *listing);

/*
 * Opens a path below a directory, never through a link, "..", or a mount, including bind mounts of
 * the same file system, by openat2 (Linux 5.6). Adds O_CLOEXEC; no O_CREAT. Returns the descriptor,
 * which the caller owns, or -errno: -EXDEV for a mount on the way, -ELOOP for a link.
 */
int file_open_beneath(int directory_fd, const char *path, int flags);

/*
 * rm -r relative to a directory, never crossing a mount or following a link. Success if missing. A
 * mount on the way is -EBUSY; the removal stops at the first failure. The path must end in a name
 * ("a/..", "." and "/" are -EINVAL). Below a directory that is held nothing before that name may be
 * a link, "..", or an absolute path (util/beneath.h); with AT_FDCWD the parent is resolved normally.
 */
int file_remove_tree(int directory_fd, const char *path, struct error *error);

/* The same for what is in an open directory, wherever its name is by now; `path` is for errors. */
int file_empty_directory(int fd, const char *path, struct error *error);

/*
 * Removes an open directory that is empty, by the last name of `path` in the directory above it. Returns 0 or -errno:
 * -ESTALE if that name means something else by now. If another replaces it after this was checked, all that can go is
 * an empty directory.
 */
int file_remove_held(int fd, const char *path);
