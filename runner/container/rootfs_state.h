#pragma once

/*
 * A run's root while it is made, private to rootfs.c (all of it), rootfs_image.c (what is shown of the image)
 * and rootfs_mount_points.c (where the experiment's mounts go).
 */

#include "runner/container/rootfs.h"

struct rootfs {
	char *path;
	char *layers; /* layers/usr lies above the image's /usr */
	struct rootfs_folder *folders;
	size_t n_folders;
	struct rootfs_mount *mounts;
	size_t n_mounts;
};

/* rootfs_image.c: the image's folders, to be mounted, and its links, made in the root. */
int rootfs_take_image(
	struct rootfs *rootfs, const struct image *image, int root_fd, struct error *error);

/* rootfs_mount_points.c: the folder of the image that a path lies in or is; NULL: none. */
struct rootfs_folder *rootfs_find_folder(struct rootfs *rootfs, const char *path);

/* Makes the layer above a folder of the image where it has none yet. */
int rootfs_use_layer(struct rootfs *rootfs, struct rootfs_folder *folder, struct error *error);

/* Makes the place of each of the experiment's mounts that is not there, in the root or in a layer. */
int rootfs_make_mount_points(struct rootfs *rootfs, struct error *error);
