/* The places of the experiment's mounts: in the root, or in a layer above a folder of the image. */

#include "runner/container/mount_list.h"
#include "runner/container/rootfs_state.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct rootfs_folder *rootfs_find_folder(struct rootfs *rootfs, const char *path)
{
	for (size_t i = 0; i < rootfs->n_folders; i++) {
		size_t length = strlen(rootfs->folders[i].destination);

		if (strncmp(path, rootfs->folders[i].destination, length) == 0 &&
			(path[length] == '/' || path[length] == '\0'))
			return &rootfs->folders[i];
	}
	return NULL;
}

/*
 * Whether `path` below a directory is a directory (or a file, as requested). Returns 1 or 0
 * (missing); -ELOOP for a link on the way, -ENOTDIR or -EISDIR for the other kind. A link is
 * refused because the runtime would follow it and mount elsewhere.
 */
static int has_mount_point(const char *directory, const char *path, bool is_directory)
{
	CLEANUP(cleanup_close) int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close) int found_fd = -1;
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	struct stat status;

	if (fd < 0)
		return -errno;
	found_fd = (int)syscall(SYS_openat2, fd, path, &how, sizeof(how));
	if (found_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(found_fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode) != is_directory)
		return is_directory ? -ENOTDIR : -EISDIR;
	return 1;
}

static int make_mount_point(
	const char *directory, const char *path, bool is_directory, struct error *error)
{
	CLEANUP(cleanup_free) char *whole = string_format("%s/%s", directory, path);
	CLEANUP(cleanup_free) char *parent = whole ? strdup(whole) : NULL;
	int r;

	if (!parent)
		return error_set_errno(error, ENOMEM, "cannot make a mount point");
	if (is_directory)
		return file_make_directories(AT_FDCWD, whole, 0755, error);
	*strrchr(parent, '/') = '\0';
	r = file_make_directories(AT_FDCWD, parent, 0755, error);
	return r < 0 ? r : file_write(AT_FDCWD, whole, "", 0, 0644, error);
}

int rootfs_use_layer(struct rootfs *rootfs, struct rootfs_folder *folder, struct error *error)
{
	if (!folder->layer)
		folder->layer = string_format("%s%s", rootfs->layers, folder->destination);
	if (!folder->layer)
		return error_set_errno(error, ENOMEM, "cannot make a layer");
	return file_make_directories(AT_FDCWD, folder->layer, 0755, error);
}

/* Uses the folder of the image if it has the path, else the layer above it. `folder` NULL: in the root itself. */
static int ensure_in_folder(struct rootfs *rootfs, struct rootfs_folder *folder, const char *path,
	bool is_directory, struct error *error)
{
	const char *rest = path + (folder ? strlen(folder->destination) : 0) + 1;
	int r = has_mount_point(folder ? folder->source : rootfs->path, rest, is_directory);

	if (r < 0)
		return error_set_errno(error, -r, "cannot mount at %s in this image", path);
	if (r == 1)
		return 0;
	r = folder ? rootfs_use_layer(rootfs, folder, error) : 0;
	if (r < 0)
		return r;
	return make_mount_point(folder ? folder->layer : rootfs->path, rest, is_directory, error);
}

/*
 * Below another mount nothing may be created: that would be on the host. In a tmpfs the runtime
 * creates the mount point itself.
 */
static int ensure_mount_point(
	struct rootfs *rootfs, const struct rootfs_mount *mount, struct error *error)
{
	const char *path = mount->destination;
	struct rootfs_folder *folder = rootfs_find_folder(rootfs, path);
	const struct rootfs_mount *parent;
	struct stat status;
	const char *rest;

	if (stat(mount->source, &status) < 0)
		return error_set_errno(error, errno, "cannot mount %s", mount->source);
	parent = mount_list_parent(rootfs->mounts, rootfs->n_mounts, mount, &rest);
	if (parent) {
		int r = has_mount_point(parent->source, rest, S_ISDIR(status.st_mode));

		if (r == 1)
			return 0;
		return error_set_errno(error, r < 0 ? -r : ENOENT,
			"cannot mount at %s: it is in %s and does not exist", path, parent->source);
	}
	if (strncmp(path, "/tmp/", 5) == 0)
		return 0;
	return ensure_in_folder(rootfs, folder, path, S_ISDIR(status.st_mode), error);
}

int rootfs_make_mount_points(struct rootfs *rootfs, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rootfs->n_mounts; i++)
		r = ensure_mount_point(rootfs, &rootfs->mounts[i], error);
	return r;
}
