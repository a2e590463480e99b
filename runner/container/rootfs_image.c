/* The visible parts of an image: its top-level folders and links. */

#include "runner/container/rootfs_state.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Names in an image's tree that are ignored: created fresh, or not part of a system. */
static const char *const NOT_OF_THE_IMAGE[] = {".", "..", "boot", "dev", "home", "lost+found",
	"media", "mnt", "proc", "root", "run", "sys", "tmp"};

/* The host's visible names: links or folders. */
static const char *const OF_THE_HOST[] = {"bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr"};

/*
 * Folders of hundreds of links and no secrets, which would take long to copy (up to 2 ms per link
 * on a loaded ext4): the first leads to numpy's BLAS, the second to certificates.
 */
static const char *const OF_THE_HOSTS_ETC[] = {"etc/alternatives", "etc/ssl/certs"};

static int rootfs_add_folder(struct rootfs *rootfs, const char *image_root, const char *name)
{
	const char *separator = strcmp(image_root, "/") == 0 ? "" : "/";
	struct rootfs_folder folder = {
		.destination = string_format("/%s", name),
		.source = string_format("%s%s%s", image_root, separator, name),
	};

	if (!folder.destination || !folder.source ||
		!ARRAY_GROW(rootfs->folders, rootfs->n_folders)) {
		free(folder.destination);
		free(folder.source);
		return -ENOMEM;
	}
	rootfs->folders[rootfs->n_folders++] = folder;
	return 0;
}

/* Returns 1 or 0, or -errno. */
static int is_empty_directory(int parent_fd, const char *name)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int r = file_list(parent_fd, name, &directory);

	if (r < 0)
		return r;
	if (file_next(directory))
		return 0;
	return errno ? -errno : 1;
}

static int make_link(int image_fd, int root_fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(image_fd, name, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlinkat(target, root_fd, name) < 0 ? -errno : 0;
}

/* One name in the image's root: links are copied, folders mounted, empty folders created. */
static int take_entry(struct rootfs *rootfs, const struct image *image, int image_fd, int root_fd,
	const char *name)
{
	struct stat status;
	int r;

	if (fstatat(image_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(status.st_mode))
		return make_link(image_fd, root_fd, name);
	if (!S_ISDIR(status.st_mode))
		return 0;
	r = is_empty_directory(image_fd, name);
	if (r == 0)
		r = rootfs_add_folder(rootfs, image->root, name);
	if (r < 0)
		return r;
	return mkdirat(root_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int keep_wanted(const struct dirent *entry)
{
	for (size_t i = 0; i < LENGTH(NOT_OF_THE_IMAGE); i++)
		if (strcmp(NOT_OF_THE_IMAGE[i], entry->d_name) == 0)
			return 0;
	return 1;
}

static int take_built_image(
	struct rootfs *rootfs, const struct image *image, int image_fd, int root_fd)
{
	struct dirent **entries = NULL;
	int n = scandirat(image_fd, ".", &entries, keep_wanted, alphasort);
	int r = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = take_entry(rootfs, image, image_fd, root_fd, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* The deeper folders are skipped where they are missing, or links. */
static int take_host(struct rootfs *rootfs, const struct image *image, int image_fd, int root_fd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LENGTH(OF_THE_HOST); i++)
		r = take_entry(rootfs, image, image_fd, root_fd, OF_THE_HOST[i]);
	for (size_t i = 0; r == 0 && i < LENGTH(OF_THE_HOSTS_ETC); i++) {
		const char *path = OF_THE_HOSTS_ETC[i];
		struct stat status;

		if (fstatat(image_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISDIR(status.st_mode))
			continue;
		r = file_make_directories(root_fd, path, 0755, NULL);
		if (r == 0)
			r = rootfs_add_folder(rootfs, image->root, path);
	}
	return r;
}

int rootfs_take_image(
	struct rootfs *rootfs, const struct image *image, int root_fd, struct error *error)
{
	CLEANUP(cleanup_close)
	int image_fd = open(image->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (image_fd < 0)
		return error_set_errno(
			error, errno, "cannot open image %s at %s", image->name, image->root);
	r = image_is_host(image) ? take_host(rootfs, image, image_fd, root_fd)
				 : take_built_image(rootfs, image, image_fd, root_fd);
	if (r < 0)
		return error_set_errno(error, -r, "cannot make a root from image %s", image->name);
	return 0;
}
