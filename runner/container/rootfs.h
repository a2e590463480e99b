#pragma once

/*
 * The bare root of a run: mount points, links as the image has them, and the few small files of /etc
 * that a program needs. One a run, shared by its trials, read-only in the container.
 *
 * The image is never written. Its folders are mounted into the root, read-only, one by one.
 * Where something has to appear below such a folder at a path that the image does not have, the mount
 * point is made in a *layer*, a folder of the run's own, and the two are mounted as one read-only
 * overlay. That mount is made by the runtime in the container's mount namespace and ends with it.
 */

#include "runner/container/image.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The name that a container has for itself, in its UTS namespace and in its /etc/hosts. */
#define CONTAINER_HOST_NAME "memcg-run"

struct rootfs;

/* A folder that comes from the image: a top-level one, or for the host also one of its /etc. */
struct rootfs_folder {
	char *destination; /* "/usr" */
	char *source;	   /* on the host: the image's folder */
	char *layer;	   /* on the host: what lies above it; NULL: nothing */
};

/* What the experiment wants to see of the host: its own folder, and its mounts. */
struct rootfs_mount {
	char *source;
	char *destination; /* without "//", "." or a '/' at the end */
	bool writable;
};

/*
 * Makes the root and its layers below `directory`, which exists, is the runner's own, and has no ':',
 * ',' or '\' in its absolute path (they mean something in the options of an overlay). Everything made
 * stands in that directory and goes with it: file_remove_tree.
 *
 * Fails where something cannot appear as asked: -EINVAL for a place that the container needs for
 * itself ("/tmp", "/proc/..."), -ELOOP and -ENOTDIR where the image has a link or a file on the way,
 * -EACCES where the task, which is root without capabilities, could not enter the experiment's folder.
 */
int rootfs_create(const struct image *image, const struct experiment *experiment,
	const char *directory, struct rootfs **ret_rootfs, struct error *error);

/* Frees the memory only. NULL is allowed. */
void rootfs_free(struct rootfs *rootfs);

/* The path of the root on the host. Borrowed, as all below. */
const char *rootfs_path(const struct rootfs *rootfs);

/* None lies below another. */
const struct rootfs_folder *rootfs_folders(const struct rootfs *rootfs, size_t *ret_n);

/* In an order in which they can be mounted: what lies below another comes after it. */
const struct rootfs_mount *rootfs_mounts(const struct rootfs *rootfs, size_t *ret_n);
