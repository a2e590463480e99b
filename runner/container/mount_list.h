#pragma once

/*
 * The host paths that an experiment mounts, checked and in mounting order. Reads the host only to
 * check that each source exists and that the task may enter the experiment's folder.
 */

#include "runner/container/rootfs.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stddef.h>

int mount_list_new(const struct experiment *experiment, struct rootfs_mount **ret_mounts,
	size_t *ret_n, struct error *error);
void mount_list_free(struct rootfs_mount *mounts, size_t n);

/*
 * The innermost mount of the list above `mount`, or NULL; *ret_rest is then the path relative to
 * it: "sub/folder".
 */
const struct rootfs_mount *mount_list_parent(const struct rootfs_mount *mounts, size_t n,
	const struct rootfs_mount *mount, const char **ret_rest);
