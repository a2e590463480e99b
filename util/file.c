#include "util/file.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_FIRST_BYTES 4096

/* A buffer that grows during a read: files in /proc and cgroups report a size of 0. */
struct buffer {
	char *data;
	size_t length;
	size_t capacity;
};

static void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
}

static int buffer_reserve(struct buffer *buffer, size_t max_bytes)
{
	size_t capacity = buffer->capacity ? buffer->capacity * 2 : READ_FIRST_BYTES;
	char *data;

	/*
	 * One byte above the limit distinguishes a file that is too large from one that just fits.
	 */
	if (max_bytes < SIZE_MAX / 2 && capacity > max_bytes + 1)
		capacity = max_bytes + 1;
	data = realloc(buffer->data, capacity + 1);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->capacity = capacity;
	return 0;
}

static int buffer_fill(struct buffer *buffer, int fd, size_t max_bytes)
{
	for (;;) {
		ssize_t n;
		int result = 0;

		if (buffer->length > max_bytes)
			return -EFBIG;
		if (buffer->length == buffer->capacity)
			result = buffer_reserve(buffer, max_bytes);
		if (result < 0)
			return result;

		n = read(fd, buffer->data + buffer->length, buffer->capacity - buffer->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		buffer->length += (size_t)n;
	}
}

int file_read_fd(int fd, const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error)
{
	CLEANUP(buffer_release) struct buffer buffer = {.data = NULL};
	int result = buffer_fill(&buffer, fd, max_bytes);

	if (result == -EFBIG)
		return error_set(
			error, EFBIG, "cannot read %s: larger than %zu bytes", path, max_bytes);
	if (result < 0)
		return error_set_errno(error, -result, "cannot read %s", path);

	buffer.data[buffer.length] = '\0';
	if (ret_length)
		*ret_length = buffer.length;
	*ret_text = TAKE_PTR(buffer.data);
	return 0;
}

int file_read(int directory_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error)
{
	CLEANUP(cleanup_close) int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	return file_read_fd(fd, path, max_bytes, ret_text, ret_length, error);
}

/* Opening a device may already do something: a watchdog starts, a tape is rewound. */
int file_read_regular(const char *path, size_t max_bytes, char **ret_text, size_t *ret_length,
	struct error *error)
{
	CLEANUP(cleanup_close) int held = open(path, O_PATH | O_CLOEXEC);
	CLEANUP(cleanup_close) int fd = -1;
	char link[sizeof("/proc/self/fd/-2147483648")];
	struct stat status;

	if (held < 0 || fstat(held, &status) < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EBADMSG, "%s is not a regular file", path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", held);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	return file_read_fd(fd, path, max_bytes, ret_text, ret_length, error);
}

int file_write_fd(int fd, const void *data, size_t length)
{
	const char *rest = data;

	while (length > 0) {
		ssize_t n = write(fd, rest, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		rest += n;
		length -= (size_t)n;
	}
	return 0;
}

/* On Linux close() releases the descriptor even if interrupted (close(2)): never call it twice. */
static int close_checked(int fd)
{
	if (close(fd) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int file_write(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error)
{
	int fd = openat(directory_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	int write_result;
	int close_result;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot create %s", path);
	write_result = file_write_fd(fd, data, length);
	close_result = close_checked(fd);
	if (write_result < 0)
		return error_set_errno(error, -write_result, "cannot write %s", path);
	if (close_result < 0)
		return error_set_errno(error, -close_result, "cannot close %s", path);
	return 0;
}

int file_create_part(int directory_fd, const char *part, int access, mode_t mode)
{
	int fd;

	if (unlinkat(directory_fd, part, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(directory_fd, part, access | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

int file_give(int fd, int directory_fd)
{
	struct stat directory;

	if (fstat(directory_fd, &directory) < 0)
		return -errno;
	if (geteuid() != 0 || directory.st_uid == 0)
		return 0;
	/* EINVAL: of a user that this user namespace does not know. */
	if (fchown(fd, directory.st_uid, directory.st_gid) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

static int write_part_file(
	int directory_fd, const char *part, const void *data, size_t length, mode_t mode)
{
	int fd = file_create_part(directory_fd, part, O_WRONLY, mode);
	int close_result;
	int r;

	if (fd < 0)
		return fd;
	r = file_write_fd(fd, data, length);
	if (r == 0)
		r = file_give(fd, directory_fd);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close_result = close_checked(fd);
	return r < 0 ? r : close_result;
}

int file_replace(int directory_fd, const char *path, const void *data, size_t length, mode_t mode,
	struct error *error)
{
	CLEANUP(cleanup_free) char *part = string_format("%s.part", path);
	int r;

	if (!part)
		return error_set_errno(error, ENOMEM, "cannot write %s", path);
	r = write_part_file(directory_fd, part, data, length, mode);
	if (r == 0 && renameat(directory_fd, part, directory_fd, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(directory_fd, part, 0);
		return error_set_errno(error, -r, "cannot write %s", path);
	}
	return file_sync_directory(directory_fd, ".", error);
}

int file_sync_directory(int directory_fd, const char *path, struct error *error)
{
	CLEANUP(cleanup_close) int fd = -1;

	fd = openat(directory_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", path);
	if (fsync(fd) < 0)
		return error_set_errno(error, errno, "cannot sync directory %s", path);
	return 0;
}

static int make_directory(int directory_fd, const char *path, mode_t mode)
{
	struct stat status;

	if (mkdirat(directory_fd, path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(directory_fd, path, &status, 0) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

int file_make_directories(int directory_fd, const char *path, mode_t mode, struct error *error)
{
	CLEANUP(cleanup_free) char *prefix = strdup(path);
	char *end;

	if (!prefix)
		return error_set_errno(error, ENOMEM, "cannot make directory %s", path);
	if (*prefix == '\0')
		return error_set_errno(error, ENOENT, "cannot make directory \"\"");

	/* Each turn includes one more component: "/a", "/a/b", "/a/b/c". */
	end = prefix + strspn(prefix, "/");
	while (*end != '\0') {
		char separator;
		int result;

		end += strcspn(end, "/");
		separator = *end;
		*end = '\0';
		result = make_directory(directory_fd, prefix, mode);
		if (result < 0)
			return error_set_errno(error, -result, "cannot make directory %s", prefix);
		*end = separator;
		end += strspn(end, "/");
	}
	return 0;
}

int file_list_fd(int fd, DIR **ret_listing)
{
	DIR *listing = fdopendir(fd);

	if (!listing) {
		cleanup_close(&fd);
		return -errno;
	}
	*ret_listing = listing;
	return 0;
}

int file_list(int directory_fd, const char *path, DIR **ret_listing)
{
	int fd = openat(directory_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : file_list_fd(fd, ret_listing);
}

struct dirent *file_next(DIR *listing)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(listing);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry;
}

int file_open_beneath(int directory_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}
