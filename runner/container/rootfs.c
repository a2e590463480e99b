#include "runner/container/rootfs.h"

#include "runner/container/host_files.h"
#include "runner/container/mount_list.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct rootfs {
	char *path;
	char *layers; /* layers/usr lies above the image's /usr */
	struct rootfs_folder *folders;
	size_t n_folders;
	struct rootfs_mount *mounts;
	size_t n_mounts;
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What every container has. Private to the container, or its mount point. */
static const char *const OWN_DIRECTORIES[] = {"dev", "etc", "proc", "run/memcg-run/profiler",
	"run/memcg-run/python", "sys", "tmp", "home", "root", "var"};
static const char *const OWN_FILES[] = {"run/memcg-run/channel", "run/memcg-run/launcher"};

/* Of an image's own tree these are not looked at: they are made fresh, or hold nothing of a system. */
static const char *const NOT_OF_THE_IMAGE[] = {
	"boot", "dev", "home", "lost+found", "media", "mnt", "proc", "root", "run", "sys", "tmp"};

/* Of the host nothing else is shown: links or folders, as the host has them. */
static const char *const OF_THE_HOST[] = {"bin", "lib", "lib32", "lib64", "libx32", "sbin", "usr"};

/*
 * Folders of hundreds of links and nothing private, which would take long to copy (2 ms a link were
 * seen, on a loaded ext4): numpy's BLAS is found through the one, certificates through the other.
 */
static const char *const OF_THE_HOSTS_ETC[] = {"etc/alternatives", "etc/ssl/certs"};

static bool is_one_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_host(const struct image *image)
{
	return strcmp(image->root, "/") == 0;
}

void rootfs_free(struct rootfs *rootfs)
{
	if (!rootfs)
		return;
	for (size_t i = 0; i < rootfs->n_folders; i++) {
		free(rootfs->folders[i].destination);
		free(rootfs->folders[i].source);
		free(rootfs->folders[i].layer);
	}
	free(rootfs->folders);
	mount_list_free(rootfs->mounts, rootfs->n_mounts);
	free(rootfs->path);
	free(rootfs->layers);
	free(rootfs);
}

static void cleanup_rootfs(struct rootfs **rootfs)
{
	rootfs_free(*rootfs);
}

const char *rootfs_path(const struct rootfs *rootfs)
{
	return rootfs->path;
}

const struct rootfs_folder *rootfs_folders(const struct rootfs *rootfs, size_t *ret_n)
{
	*ret_n = rootfs->n_folders;
	return rootfs->folders;
}

const struct rootfs_mount *rootfs_mounts(const struct rootfs *rootfs, size_t *ret_n)
{
	*ret_n = rootfs->n_mounts;
	return rootfs->mounts;
}

/* ---- the image's top-level folders */

static int add_folder(struct rootfs *rootfs, const char *image_root, const char *name)
{
	const char *separator = strcmp(image_root, "/") == 0 ? "" : "/";
	struct rootfs_folder folder = {
		.destination = string_format("/%s", name),
		.source = string_format("%s%s%s", image_root, separator, name),
	};
	struct rootfs_folder *folders =
		reallocarray(rootfs->folders, rootfs->n_folders + 1, sizeof(folder));

	if (folders)
		rootfs->folders = folders;
	if (!folders || !folder.destination || !folder.source) {
		free(folder.destination);
		free(folder.source);
		return -ENOMEM;
	}
	rootfs->folders[rootfs->n_folders++] = folder;
	return 0;
}

/* Returns 1 when it is, 0 when it is not. */
static int is_empty_directory(int parent_fd, const char *name)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *entry;

	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		cleanup_close(&fd);
		return -errno;
	}
	while (errno = 0, (entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
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

static int make_directory(int root_fd, const char *name)
{
	return mkdirat(root_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* One name of the image's root: a link is copied, a folder mounted, an empty one just made. */
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
		r = add_folder(rootfs, image->root, name);
	return r < 0 ? r : make_directory(root_fd, name);
}

static int keep_wanted(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	       !is_one_of(NOT_OF_THE_IMAGE, LENGTH(NOT_OF_THE_IMAGE), entry->d_name);
}

static int compare_entries(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int take_built_image(
	struct rootfs *rootfs, const struct image *image, int image_fd, int root_fd)
{
	struct dirent **entries = NULL;
	int n = scandirat(image_fd, ".", &entries, keep_wanted, compare_entries);
	int r = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = take_entry(rootfs, image, image_fd, root_fd, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* As take_entry, further down; what is not there, or is a link elsewhere, is left out. */
static int take_directory(struct rootfs *rootfs, const struct image *image, int image_fd,
	int root_fd, const char *path)
{
	struct stat status;
	int r;

	if (fstatat(image_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(status.st_mode))
		return 0;
	r = file_make_directories(root_fd, path, 0755, NULL);
	return r < 0 ? r : add_folder(rootfs, image->root, path);
}

static int take_host(struct rootfs *rootfs, const struct image *image, int image_fd, int root_fd)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LENGTH(OF_THE_HOST); i++)
		r = take_entry(rootfs, image, image_fd, root_fd, OF_THE_HOST[i]);
	for (size_t i = 0; r == 0 && i < LENGTH(OF_THE_HOSTS_ETC); i++)
		r = take_directory(rootfs, image, image_fd, root_fd, OF_THE_HOSTS_ETC[i]);
	return r;
}

static int take_image(
	struct rootfs *rootfs, const struct image *image, int root_fd, struct error *error)
{
	CLEANUP(cleanup_close)
	int image_fd = open(image->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (image_fd < 0)
		return error_set_errno(
			error, errno, "cannot open image %s at %s", image->name, image->root);
	r = is_host(image) ? take_host(rootfs, image, image_fd, root_fd)
			   : take_built_image(rootfs, image, image_fd, root_fd);
	if (r < 0)
		return error_set_errno(error, -r, "cannot make a root from image %s", image->name);
	return 0;
}

/* ---- mount points */

static struct rootfs_folder *find_folder(struct rootfs *rootfs, const char *path)
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
 * Whether `path` below a directory is a directory (or a file, as asked). Returns 1 or 0 (nothing
 * there); -ELOOP for a link on the way, -ENOTDIR or -EISDIR for something of the other kind. A link
 * is refused since the runtime would follow it and put the mount somewhere else.
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

static int use_layer(struct rootfs *rootfs, struct rootfs_folder *folder, struct error *error)
{
	if (!folder->layer)
		folder->layer = string_format("%s%s", rootfs->layers, folder->destination);
	if (!folder->layer)
		return error_set_errno(error, ENOMEM, "cannot make a layer");
	return file_make_directories(AT_FDCWD, folder->layer, 0755, error);
}

/* In the folder of the image if it is there already, else in the layer above it. */
static int ensure_in_folder(struct rootfs *rootfs, struct rootfs_folder *folder, const char *path,
	bool is_directory, struct error *error)
{
	const char *rest = path + strlen(folder->destination) + 1;
	int r = has_mount_point(folder->source, rest, is_directory);

	if (r < 0)
		return error_set_errno(error, -r, "cannot mount at %s in this image", path);
	if (r == 1)
		return 0;
	r = use_layer(rootfs, folder, error);
	return r < 0 ? r : make_mount_point(folder->layer, rest, is_directory, error);
}

static int ensure_in_root(
	struct rootfs *rootfs, const char *path, bool is_directory, struct error *error)
{
	int r = has_mount_point(rootfs->path, path + 1, is_directory);

	if (r < 0)
		return error_set_errno(error, -r, "cannot mount at %s in this image", path);
	return r == 1 ? 0 : make_mount_point(rootfs->path, path + 1, is_directory, error);
}

/*
 * Below another mount nothing can be made: that would be on the host. In a tmpfs the runtime makes
 * the mount point itself.
 */
static int ensure_mount_point(
	struct rootfs *rootfs, const struct rootfs_mount *mount, struct error *error)
{
	const char *path = mount->destination;
	struct rootfs_folder *folder = find_folder(rootfs, path);
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
			"cannot mount at %s: it lies in %s, and is not there", path,
			parent->source);
	}
	if (strncmp(path, "/tmp/", 5) == 0)
		return 0;
	if (folder)
		return ensure_in_folder(rootfs, folder, path, S_ISDIR(status.st_mode), error);
	return ensure_in_root(rootfs, path, S_ISDIR(status.st_mode), error);
}

static int ensure_mount_points(struct rootfs *rootfs, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rootfs->n_mounts; i++)
		r = ensure_mount_point(rootfs, &rootfs->mounts[i], error);
	return r;
}

/* ---- the container's own */

static int make_own(const struct rootfs *rootfs, int root_fd, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LENGTH(OWN_DIRECTORIES); i++)
		r = file_make_directories(root_fd, OWN_DIRECTORIES[i], 0755, error);
	for (size_t i = 0; r == 0 && i < LENGTH(OWN_FILES); i++)
		r = file_write(root_fd, OWN_FILES[i], "", 0, 0644, error);
	/* runc gives a tmpfs the mode of its mount point, whatever its options say: seen with 1.1.5. */
	if (r == 0 && fchmodat(root_fd, "tmp", 01777, 0) < 0)
		return error_set_errno(error, errno, "cannot set the mode of %s/tmp", rootfs->path);
	return r;
}

/* The folder of /etc that is ours: the root's own for the host, a layer for an image. */
static int open_own_etc(struct rootfs *rootfs, int root_fd, struct error *error)
{
	struct rootfs_folder *folder = find_folder(rootfs, "/etc");
	int fd;
	int r = folder ? use_layer(rootfs, folder, error) : 0;

	if (r < 0)
		return r;
	fd = openat(root_fd, folder ? folder->layer : "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set_errno(error, errno, "cannot open the root's /etc") : fd;
}

static int copy_host_files(struct rootfs *rootfs, const struct image *image, bool network,
	int root_fd, struct error *error)
{
	CLEANUP(cleanup_close) int host_fd = -1;
	CLEANUP(cleanup_close) int etc_fd = -1;
	int r = 0;

	if (!is_host(image) && !network)
		return 0;
	host_fd = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (host_fd < 0)
		return error_set_errno(error, errno, "cannot open /etc");
	etc_fd = open_own_etc(rootfs, root_fd, error);
	if (etc_fd < 0)
		return etc_fd;
	if (is_host(image))
		r = host_files_copy(host_fd, etc_fd, error);
	if (r == 0 && network)
		r = host_files_copy_network(host_fd, etc_fd, error);
	return r;
}

/* ---- all of it */

static int name_paths(struct rootfs *rootfs, const char *directory, struct error *error)
{
	if (strpbrk(directory, ":,\\"))
		return error_set(error, EINVAL,
			"cannot make a root in %s: the path has a ':', ',' or '\\'", directory);
	rootfs->path = string_format("%s/rootfs", directory);
	rootfs->layers = string_format("%s/layers", directory);
	if (!rootfs->path || !rootfs->layers)
		return error_set_errno(error, ENOMEM, "cannot make a root in %s", directory);
	if (mkdir(rootfs->path, 0755) < 0)
		return error_set_errno(error, errno, "cannot make directory %s", rootfs->path);
	return 0;
}

static int fill(struct rootfs *rootfs, const struct image *image, bool network, struct error *error)
{
	CLEANUP(cleanup_close)
	int root_fd = open(rootfs->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root_fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", rootfs->path);
	r = take_image(rootfs, image, root_fd, error);
	if (r == 0)
		r = make_own(rootfs, root_fd, error);
	if (r == 0)
		r = copy_host_files(rootfs, image, network, root_fd, error);
	return r == 0 ? ensure_mount_points(rootfs, error) : r;
}

int rootfs_create(const struct image *image, const struct experiment *experiment,
	const char *directory, struct rootfs **ret_rootfs, struct error *error)
{
	CLEANUP(cleanup_rootfs) struct rootfs *rootfs = calloc(1, sizeof(*rootfs));
	int r;

	if (!rootfs)
		return error_set_errno(error, ENOMEM, "cannot make a root in %s", directory);
	r = mount_list_new(experiment, &rootfs->mounts, &rootfs->n_mounts, error);
	if (r == 0)
		r = name_paths(rootfs, directory, error);
	if (r == 0)
		r = fill(rootfs, image, experiment->container.network, error);
	if (r < 0)
		return r;
	*ret_rootfs = TAKE_PTR(rootfs);
	return 0;
}
