#pragma once

/*
 * The bare root of a run: mount points, the image's top-level links, and the few small files of
 * /etc that a program needs. Each run has one, shared by its trials and read-only in the container.
 *
 * The image is never written. Its folders are mounted into the root one by one, read-only. If a
 * mount point is needed below such a folder at a path that the image does not have, it is made in a
 * *layer*, a folder of the run, and both are mounted as one read-only overlay. The runtime makes
 * that mount in the container's mount namespace, and it ends with it.
 */

#include "runner/container/image.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The container's name for itself, in its UTS namespace and its /etc/hosts. */
#define CONTAINER_HOST_NAME "memcg-run"

struct rootfs;

/* A folder of the image: a top-level one or, for host, also an entry of /etc. */
struct rootfs_folder {
	char *destination; /* "/usr" */
	char *source;	   /* on the host: the image's folder */
	char *layer;	   /* on the host: the layer above it; NULL: none */
};

/* A host path that the experiment mounts: its own folder or one of its mounts. */
struct rootfs_mount {
	char *source;
	char *destination; /* without "//", "." or a trailing '/' */
	bool writable;
};

/*
 * Creates the root and its layers below `directory`, which must exist, belong to the runner, and
 * have no ':', ',' or '\' in its absolute path (special in overlay options). Everything is created
 * in that directory; remove it with file_remove_tree.
 *
 * -EINVAL for a mount at a place that the container reserves ("/tmp", "/proc/..."); -ELOOP or
 * -ENOTDIR if the image has a link or a file on the way; -EACCES if the task, root without
 * capabilities, could not enter the experiment's folder.
 */
int rootfs_create(const struct image *image, const struct experiment *experiment,
	const char *directory, struct rootfs **ret_rootfs, struct error *error);

/* Frees memory only, not the files. NULL is allowed. */
void rootfs_free(struct rootfs *rootfs);

/* The path of the root on the host. Borrowed, like all results below. */
const char *rootfs_path(const struct rootfs *rootfs);

/* None is below another. */
const struct rootfs_folder *rootfs_folders(const struct rootfs *rootfs, size_t *ret_n);

/* In mounting order: a mount comes after the one it lies below. */
const struct rootfs_mount *rootfs_mounts(const struct rootfs *rootfs, size_t *ret_n);
