/* rm -r: the removal of trees in util/file.h. */

#include "util/file.h"

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
	size_t capacity;
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

static int removal_step(struct removal *removal, char name[NAME_MAX + 1])
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int result = file_list(removal->fd, ".", &directory);

	snprintf(name, NAME_MAX + 1, "%s", removal->levels[removal->n_levels - 1].name);
	if (result < 0)
		return result;

	result = remove_files(directory, name);
	if (result == REMOVAL_EMPTY)
		return removal_leave(removal);
	if (result == REMOVAL_DIRECTORY) {
		result = removal_enter(removal, name);
		return result == -ENOENT ? 0 : result;
	}
	return result < 0 ? result : 0;
}

/* Removes the whole tree at name; on failure name is the entry that could not be removed. */
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
	/* openat2() reports a mount on the way as EXDEV, unlinkat() as EBUSY. */
	if (result == -EXDEV || result == -EBUSY)
		return error_set(error, EBUSY, "cannot remove %s: %s is a mount point", path, name);
	if (result < 0)
		return error_set_errno(error, -result, "cannot remove %s, at %s", path, name);
	return 0;
}
