#include "runner/container/rootfs.h"

#include "runner/container/host_files.h"
#include "runner/container/mount_list.h"
#include "runner/container/rootfs_state.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Directories of every container, its own or its mount points. */
static const char *const OWN_DIRECTORIES[] = {"dev", "etc", "proc", "run/memcg-run/phenomena",
	"run/memcg-run/profiler", "run/memcg-run/python", "sys", "tmp", "home", "root", "var/tmp"};
static const char *const OWN_FILES[] = {"run/memcg-run/channel", "run/memcg-run/launcher",
	"run/memcg-run/reporter.py", "run/memcg-run/stdin"};

#define HOSTS_MAX_BYTES (1u << 20)

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

CLEANUP_POINTER(cleanup_rootfs, struct rootfs, rootfs_free)

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

/* ---- the container's own files */

static int make_own(const struct rootfs *rootfs, int root_fd, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < LENGTH(OWN_DIRECTORIES); i++)
		r = file_make_directories(root_fd, OWN_DIRECTORIES[i], 0755, error);
	for (size_t i = 0; r == 0 && i < LENGTH(OWN_FILES); i++)
		r = file_write(root_fd, OWN_FILES[i], "", 0, 0644, error);
	/*
	 * runc gives a tmpfs the mode of its mount point, regardless of its options: seen with
	 * 1.1.5.
	 */
	if (r == 0 && (fchmodat(root_fd, "tmp", 01777, 0) < 0 ||
			      fchmodat(root_fd, "var/tmp", 01777, 0) < 0))
		return error_set_errno(error, errno, "cannot set the mode of %s/tmp", rootfs->path);
	return r;
}

/* Our own folder for /etc: in the root for the host, a layer for an image. */
static int open_own_etc(struct rootfs *rootfs, int root_fd, struct error *error)
{
	struct rootfs_folder *folder = rootfs_find_folder(rootfs, "/etc");
	int fd;
	int r = folder ? rootfs_use_layer(rootfs, folder, error) : 0;

	if (r < 0)
		return r;
	fd = openat(root_fd, folder ? folder->layer : "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set_errno(error, errno, "cannot open the root's /etc") : fd;
}

/*
 * Adds the container's own name to its hosts, as Docker does: Java's getLocalHost() resolves it.
 * Keeps the content from the host or the image.
 */
static int add_own_name(const struct image *image, int etc_fd, struct error *error)
{
	static const char name[] = "127.0.1.1\t" CONTAINER_HOST_NAME "\n";
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *of_image = string_format("%s/etc/hosts", image->root);
	CLEANUP(cleanup_free) char *hosts = NULL;
	size_t length;
	int r = of_image ? 0 : -ENOMEM;

	if (r == 0)
		r = file_read(etc_fd, "hosts", HOSTS_MAX_BYTES, &text, &length, NULL);
	if (r == -ENOENT)
		r = file_read(AT_FDCWD, of_image, HOSTS_MAX_BYTES, &text, &length, NULL);
	if (r < 0 && r != -ENOENT)
		return error_set_errno(error, -r, "cannot read the container's /etc/hosts");
	hosts = string_format("%s%s%s", text ? text : "127.0.0.1\tlocalhost\n",
		text && length > 0 && text[length - 1] != '\n' ? "\n" : "", name);
	if (!hosts)
		return error_set_errno(error, ENOMEM, "cannot write the container's /etc/hosts");
	if (unlinkat(etc_fd, "hosts", 0) < 0 && errno != ENOENT)
		return error_set_errno(error, errno, "cannot remove the container's /etc/hosts");
	return file_write(etc_fd, "hosts", hosts, strlen(hosts), 0644, error);
}

static int copy_host_files(struct rootfs *rootfs, const struct image *image, bool network,
	int root_fd, struct error *error)
{
	CLEANUP(cleanup_close) int host_fd = -1;
	CLEANUP(cleanup_close) int etc_fd = -1;
	int r = 0;

	host_fd = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (host_fd < 0)
		return error_set_errno(error, errno, "cannot open /etc");
	etc_fd = open_own_etc(rootfs, root_fd, error);
	if (etc_fd < 0)
		return etc_fd;
	if (image_is_host(image))
		r = host_files_copy(host_fd, etc_fd, error);
	if (r == 0 && network)
		r = host_files_copy_network(host_fd, etc_fd, error);
	return r == 0 ? add_own_name(image, etc_fd, error) : r;
}

/* ---- the whole */

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

static int rootfs_fill(
	struct rootfs *rootfs, const struct image *image, bool network, struct error *error)
{
	CLEANUP(cleanup_close)
	int root_fd = open(rootfs->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root_fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", rootfs->path);
	r = rootfs_take_image(rootfs, image, root_fd, error);
	if (r == 0)
		r = make_own(rootfs, root_fd, error);
	if (r == 0)
		r = copy_host_files(rootfs, image, network, root_fd, error);
	return r == 0 ? rootfs_make_mount_points(rootfs, error) : r;
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
		r = rootfs_fill(rootfs, image, experiment->container.network, error);
	if (r < 0)
		return r;
	*ret_rootfs = TAKE_PTR(rootfs);
	return 0;
}
