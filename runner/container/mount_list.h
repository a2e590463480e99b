#pragma once

/*
 * What an experiment wants to see of the host, as a list that is checked and in mounting order. Looks
 * at the host only to see that each source exists and that the task may enter the experiment's folder.
 */

#include "runner/container/rootfs.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

#include <stddef.h>

int mount_list_new(const struct experiment *experiment, struct rootfs_mount **ret_mounts,
	size_t *ret_n, struct error *error);
void mount_list_free(struct rootfs_mount *mounts, size_t n);

/*
 * The nearest mount of the list that `mount` lies below, or NULL; then *ret_rest is the path below
 * it: "sub/folder".
 */
const struct rootfs_mount *mount_list_parent(const struct rootfs_mount *mounts, size_t n,
	const struct rootfs_mount *mount, const char **ret_rest);
