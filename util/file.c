#include "util/file.h"

#include "util/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_FIRST_BYTES 4096

/* A buffer that grows while a file is read: files in /proc and cgroups report a size of 0. */
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

	/* One byte above the limit tells a file that is too large from one that just fits. */
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

int file_read(int directory_fd, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error)
{
	CLEANUP(buffer_release) struct buffer buffer = {.data = NULL};
	CLEANUP(cleanup_close) int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", path);
	result = buffer_fill(&buffer, fd, max_bytes);
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

/* On Linux the descriptor is gone even when close() was interrupted (close(2)): never call it twice. */
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

	/* Each turn cuts the path after one more component: "/a", "/a/b", "/a/b/c". */
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

int file_open_beneath(int directory_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/*
 * Where a removal stands. A task may have left a tree deeper than there are descriptors or stack, so
 * the walk holds one descriptor and goes back up through "..", and makes sure that it arrives where it
 * came from: a directory moved elsewhere meanwhile must not lead the removal there.
 */
struct removal {
	int fd;
	struct removal_level *levels;
	size_t n_levels;
	size_t capacity;
};

struct removal_level {
	char *name; /* of the directory that was entered */
	dev_t parent_device;
	ino_t parent_inode;
};

static void removal_release(struct removal *removal)
{
	cleanup_close(&removal->fd);
	for (size_t i = 0; i < removal->n_levels; i++)
		free(removal->levels[i].name);
	free(removal->levels);
}

static int removal_push(struct removal *removal, const char *name, const struct stat *parent)
{
	struct removal_level level = {
		.parent_device = parent->st_dev,
		.parent_inode = parent->st_ino,
	};

	if (removal->n_levels == removal->capacity) {
		size_t capacity = removal->capacity ? removal->capacity * 2 : 16;
		void *levels = reallocarray(removal->levels, capacity, sizeof(removal->levels[0]));

		if (!levels)
			return -ENOMEM;
		removal->levels = levels;
		removal->capacity = capacity;
	}
	level.name = strdup(name);
	if (!level.name)
		return -ENOMEM;
	removal->levels[removal->n_levels++] = level;
	return 0;
}

static int removal_enter(struct removal *removal, const char *name)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct stat parent;
	int result;

	if (fstat(removal->fd, &parent) < 0)
		return -errno;
	fd = file_open_beneath(removal->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	result = removal_push(removal, name, &parent);
	if (result < 0)
		return result;
	close(removal->fd);
	removal->fd = TAKE_FD(fd);
	return 0;
}

/* Goes up and removes the directory that was left, which is empty now. */
static int removal_leave(struct removal *removal)
{
	struct removal_level *level = &removal->levels[removal->n_levels - 1];
	CLEANUP(cleanup_close) int fd = -1;
	struct stat parent;

	fd = openat(removal->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &parent) < 0)
		return -errno;
	if (parent.st_dev != level->parent_device || parent.st_ino != level->parent_inode)
		return -ESTALE;
	if (unlinkat(fd, level->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -errno;

	close(removal->fd);
	removal->fd = TAKE_FD(fd);
	free(level->name);
	removal->n_levels--;
	return 0;
}

enum removal_outcome {
	REMOVAL_EMPTY,	   /* nothing is left in this directory */
	REMOVAL_AGAIN,	   /* entries were removed: a pass that removes may have missed some */
	REMOVAL_DIRECTORY, /* name is a directory to enter */
};

/*
 * Removes what is no directory, up to the first directory. Asking unlinkat() whether it is one
 * (EISDIR) leaves no gap between a check and its use. Returns an outcome, or -errno for name.
 */
static int remove_files(DIR *directory, char name[NAME_MAX + 1])
{
	int outcome = REMOVAL_EMPTY;
	struct dirent *entry;

	while (errno = 0, (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		outcome = REMOVAL_AGAIN;
		if (unlinkat(dirfd(directory), entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		outcome = errno == EISDIR ? REMOVAL_DIRECTORY : -errno;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		return outcome;
	}
	return errno != 0 ? -errno : outcome;
}

static int removal_step(struct removal *removal, char name[NAME_MAX + 1])
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int fd = openat(removal->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -errno : 0;

	snprintf(name, NAME_MAX + 1, "%s", removal->levels[removal->n_levels - 1].name);
	if (result < 0)
		return result;
	directory = fdopendir(fd);
	if (!directory) {
		cleanup_close(&fd);
		return -errno;
	}

	result = remove_files(directory, name);
	if (result == REMOVAL_EMPTY)
		return removal_leave(removal);
	if (result == REMOVAL_DIRECTORY) {
		result = removal_enter(removal, name);
		return result == -ENOENT ? 0 : result;
	}
	return result < 0 ? result : 0;
}

/* Removes the whole tree at name; on failure name is the entry that stood in the way. */
static int removal_run(struct removal *removal, char name[NAME_MAX + 1])
{
	int result;

	if (unlinkat(removal->fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	result = removal_enter(removal, name);
	if (result == -ENOENT)
		return 0;
	while (result == 0 && removal->n_levels > 0)
		result = removal_step(removal, name);
	return result;
}

/* Cuts "a/b/c//" into "a/b/" and "c". What ends in no name of its own ("/", "..") is refused. */
static int split_path(char *path, const char **ret_parent, char ret_name[NAME_MAX + 1])
{
	size_t length = strlen(path);
	char *slash;
	char *name;

	while (length > 0 && path[length - 1] == '/')
		path[--length] = '\0';
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;

	snprintf(ret_name, NAME_MAX + 1, "%s", name);
	*name = '\0';
	*ret_parent = slash ? path : ".";
	return 0;
}

int file_remove_tree(int directory_fd, const char *path, struct error *error)
{
	CLEANUP(removal_release) struct removal removal = {.fd = -1};
	CLEANUP(cleanup_free) char *copy = strdup(path);
	char name[NAME_MAX + 1];
	const char *parent;
	int result;

	if (!copy)
		return error_set_errno(error, ENOMEM, "cannot remove %s", path);
	result = split_path(copy, &parent, name);
	if (result < 0)
		return error_set_errno(error, -result, "cannot remove \"%s\"", path);

	removal.fd = openat(directory_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (removal.fd < 0 && errno == ENOENT)
		return 0;
	if (removal.fd < 0)
		return error_set_errno(error, errno, "cannot remove %s", path);
	result = removal_run(&removal, name);
	/* openat2() reports a mount in the way as EXDEV, unlinkat() as EBUSY. */
	if (result == -EXDEV || result == -EBUSY)
		return error_set(error, EBUSY, "cannot remove %s: %s is a mount point", path, name);
	if (result < 0)
		return error_set_errno(error, -result, "cannot remove %s, at %s", path, name);
	return 0;
}

char *string_format(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}
