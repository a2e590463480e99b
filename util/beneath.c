#include "util/beneath.h"

#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* A link that is opened as a folder is ENOTDIR, for openat2 ELOOP. */
static int why_not_through(int folder_fd, const char *name, int error_number)
{
	struct stat status;

	if (error_number == ENOTDIR &&
		fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISLNK(status.st_mode))
		return -ELOOP;
	return -error_number;
}

/* Opens the names one by one. Returns the descriptor or -errno. */
static int walk_names(int folder_fd, const char *path, int flags, mode_t mode)
{
	CLEANUP(cleanup_close) int held = -1;
	char name[NAME_MAX + 1];

	if (*path == '/')
		return -EXDEV;
	for (;;) {
		size_t length = strcspn(path, "/");
		const char *rest = path + length + strspn(path + length, "/");
		int fd;

		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, length);
		name[length] = '\0';
		if (strcmp(name, "..") == 0)
			return -EXDEV;
		if (!*rest) {
			fd = openat(held < 0 ? folder_fd : held, name,
				flags | O_NOFOLLOW | O_CLOEXEC, mode);
			return fd < 0 ? -errno : fd;
		}
		fd = openat(held < 0 ? folder_fd : held, name,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return why_not_through(held < 0 ? folder_fd : held, name, errno);
		cleanup_close(&held);
		held = fd;
		path = rest;
	}
}

/* Returns the descriptor or -errno. */
static int open_beneath(int folder_fd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, folder_fd, path, &how, sizeof(how));

	/*
	 * EPERM may come from a seccomp profile that blocks the call, or from the file: then it
	 * comes again.
	 */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk_names(folder_fd, path, flags, mode);
	return fd < 0 ? -errno : (int)fd;
}

/*
 * Takes ownership of a descriptor, or an -errno; returns the descriptor if it is a regular file's.
 */
static int take_regular(int opened, const char *shown, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_close) int fd = opened;
	struct stat status;

	/* ENXIO: a FIFO without a reader, a socket, or a missing device. */
	if (fd == -ENXIO || fd == -ENODEV)
		return error_set(error, EBADMSG, "%s is not a regular file", shown);
	if (fd == -ELOOP)
		return error_set(error, ELOOP, "cannot open %s: it is a symbolic link", shown);
	if (fd < 0)
		return error_set_errno(error, -fd, "cannot open %s", shown);
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot open %s", shown);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EBADMSG, "%s is not a regular file", shown);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int beneath_open_file(
	int folder_fd, const char *path, const char *shown, int *ret_fd, struct error *error)
{
	int fd = open_beneath(folder_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	return take_regular(fd, shown, ret_fd, error);
}

int beneath_open_folder(int folder_fd, const char *path)
{
	return open_beneath(folder_fd, path, O_RDONLY | O_DIRECTORY, 0);
}

int beneath_open_log(
	int folder_fd, const char *path, const char *shown, int *ret_fd, struct error *error)
{
	const int flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;
	int opened = open_beneath(folder_fd, path, flags, 0);
	const bool made = opened == -ENOENT;
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;
	int r;

	if (made)
		opened = open_beneath(folder_fd, path, flags | O_CREAT | O_EXCL, 0644);
	r = take_regular(opened, shown, &fd, error);
	if (r == 0 && made)
		r = file_give(fd, folder_fd);
	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot open %s", shown);
	if (status.st_nlink > 1)
		return error_set(error, EMLINK,
			"cannot open %s: the file has a second name (a hard link)", shown);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int beneath_read(int folder_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error)
{
	CLEANUP(cleanup_close) int fd = -1;
	int r = beneath_open_file(folder_fd, path, path, &fd, error);

	return r < 0 ? r : file_read_fd(fd, path, max_bytes, ret_text, ret_length, error);
}
