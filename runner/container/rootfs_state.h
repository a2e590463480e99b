#pragma once

/*
 * A run's root while it is built. Private to rootfs.c (the whole), rootfs_image.c (the image's
 * folders) and rootfs_mount_points.c (the places of the experiment's mounts).
 */

#include "runner/container/rootfs.h"

struct rootfs {
	char *path;
	char *layers; /* layers/usr goes above the image's /usr */
	struct rootfs_folder *folders;
	size_t n_folders;
	struct rootfs_mount *mounts;
	size_t n_mounts;
};

/* rootfs_image.c: lists the image's folders for mounting and creates its links in the root. */
int rootfs_take_image(
	struct rootfs *rootfs, const struct image *image, int root_fd, struct error *error);

/* rootfs_mount_points.c: the folder of the image that is or contains a path; NULL: none. */
struct rootfs_folder *rootfs_find_folder(struct rootfs *rootfs, const char *path);

/* Creates the layer above a folder of the image, unless it has one. */
int rootfs_use_layer(struct rootfs *rootfs, struct rootfs_folder *folder, struct error *error);

/* Creates missing mount points for the experiment's mounts, in the root or in a layer. */
int rootfs_make_mount_points(struct rootfs *rootfs, struct error *error);
