/* rm -r: the removal of trees in util/file.h. */

#include "util/file.h"

#include "util/array.h"
#include "util/beneath.h"
#include "util/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The position of a removal. A task may have left a tree deeper than descriptors or stack allow, so
 * the walk holds one descriptor and returns through "..", verifying that it arrives where it came
 * from: a directory that was moved meanwhile must not divert the removal.
 */
struct removal {
	int fd;
	struct removal_level *levels;
	size_t n_levels;
};

struct removal_level {
	char *name; /* of the current directory */
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

	if (!ARRAY_GROW(removal->levels, removal->n_levels))
		return -ENOMEM;
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

/* Goes up and removes the directory that it left, which is now empty. */
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
	REMOVAL_AGAIN,	   /* entries were removed, and this pass may have missed some */
	REMOVAL_DIRECTORY, /* name is a directory to enter */
};

/*
 * Removes files up to the first directory. Letting unlinkat() detect directories (EISDIR) leaves no
 * gap between check and use. Returns an outcome, or -errno for name.
 */
static int remove_files(DIR *directory, char name[NAME_MAX + 1])
{
	int outcome = REMOVAL_EMPTY;
	struct dirent *entry;

	while ((entry = file_next(directory))) {
		outcome = REMOVAL_AGAIN;
		if (unlinkat(dirfd(directory), entry->d_name, 0) == 0 || errno == ENOENT)
			continue;
		outcome = errno == EISDIR ? REMOVAL_DIRECTORY : -errno;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		return outcome;
	}
	return errno != 0 ? -errno : outcome;
}

/* Returns 1 once the directory that it began in is empty; on failure name is the entry that could not be removed. */
static int removal_step(struct removal *removal, char name[NAME_MAX + 1])
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int result = file_list(removal->fd, ".", &directory);

	if (removal->n_levels > 0)
		snprintf(name, NAME_MAX + 1, "%s", removal->levels[removal->n_levels - 1].name);
	if (result < 0)
		return result;

	result = remove_files(directory, name);
	if (result == REMOVAL_EMPTY)
		return removal->n_levels > 0 ? removal_leave(removal) : 1;
	if (result == REMOVAL_DIRECTORY) {
		result = removal_enter(removal, name);
		return result == -ENOENT ? 0 : result;
	}
	return result < 0 ? result : 0;
}

/* Takes ownership of the descriptor, and removes what is in its directory. */
static int removal_run(int fd, char name[NAME_MAX + 1])
{
	CLEANUP(removal_release) struct removal removal = {.fd = fd};
	int result = 0;

	while (result == 0)
		result = removal_step(&removal, name);
	return result < 0 ? result : 0;
}

/* Removes the whole tree at name; on failure name is the entry that could not be removed. */
static int remove_entry(int parent_fd, char name[NAME_MAX + 1])
{
	char directory[NAME_MAX + 1];
	int result;

	if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	result = file_open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	snprintf(directory, sizeof(directory), "%s", name);
	result = removal_run(result, name);
	if (result == 0 && unlinkat(parent_fd, directory, AT_REMOVEDIR) < 0 && errno != ENOENT)
		result = -errno;
	return result;
}

/* openat2() reports a mount on the way as EXDEV, unlinkat() as EBUSY. */
static int removal_error(int result, const char *path, const char *name, struct error *error)
{
	if (result == -EXDEV || result == -EBUSY)
		return error_set(error, EBUSY, "cannot remove %s: %s is a mount point", path, name);
	return error_set_errno(error, -result, "cannot remove %s, at %s", path, name);
}

/* Splits "a/b/c//" into "a/b/" and "c". A path without a final name ("/", "..") is refused. */
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

/* Where a path is the caller's own, its links are followed; below a directory that is held, none is. */
static int open_parent(int directory_fd, const char *parent)
{
	int fd;

	if (directory_fd != AT_FDCWD)
		return beneath_open_folder(directory_fd, parent);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int file_remove_tree(int directory_fd, const char *path, struct error *error)
{
	CLEANUP(cleanup_free) char *copy = strdup(path);
	CLEANUP(cleanup_close) int parent_fd = -1;
	char name[NAME_MAX + 1];
	const char *parent;
	int result;

	if (!copy)
		return error_set_errno(error, ENOMEM, "cannot remove %s", path);
	result = split_path(copy, &parent, name);
	if (result < 0)
		return error_set_errno(error, -result, "cannot remove \"%s\"", path);

	parent_fd = open_parent(directory_fd, parent);
	if (parent_fd == -ENOENT)
		return 0;
	if (parent_fd < 0)
		return error_set_errno(error, -parent_fd, "cannot remove %s", path);
	result = remove_entry(parent_fd, name);
	return result < 0 ? removal_error(result, path, name, error) : 0;
}

int file_empty_directory(int fd, const char *path, struct error *error)
{
	int own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1] = ".";
	int result;

	if (own_fd < 0)
		return error_set_errno(error, errno, "cannot empty %s", path);
	result = removal_run(own_fd, name);
	return result < 0 ? removal_error(result, path, name, error) : 0;
}

int file_remove_held(int fd, const char *path)
{
	CLEANUP(cleanup_close)
	int above_fd = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct stat held, named;

	if (above_fd < 0 || fstat(fd, &held) < 0 ||
		fstatat(above_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (held.st_dev != named.st_dev || held.st_ino != named.st_ino)
		return -ESTALE;
	return unlinkat(above_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}
