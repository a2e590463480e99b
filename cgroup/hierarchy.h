#pragma once

/*
 * Locates this host's memory controller from /proc/self/mountinfo, without assumptions.
 *
 *   unified   one cgroup2 mount that offers "memory"                        -> v2
 *   hybrid    a cgroup2 mount without memory, and memory mounted as v1      -> v1
 *   legacy    v1 mounts only                                                -> v1
 *
 * Sources: Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst; proc(5).
 */

#include "util/error.h"

#include <stdbool.h>

enum hierarchy_version { HIERARCHY_V1 = 1, HIERARCHY_V2 = 2 };

struct hierarchy;

/*
 * Finds the hierarchy of this host. If no memory controller is usable, fails with a sentence that
 * says what is missing and what to do: -ENOENT (not mounted, or disabled on the kernel's command
 * line), -EROFS (mounted read-only), -EACCES (not permitted to create groups).
 */
int hierarchy_find(struct hierarchy **ret_hierarchy, struct error *error);

/*
 * Its two halves, for callers that must distinguish them: where the memory controller is, and
 * whether this process may create groups there. `root` is prefixed to every path that is read but
 * is not part of mount points: "" for this host, else a folder with another host's /proc and /sys.
 */
int hierarchy_find_below(const char *root, struct hierarchy **ret_hierarchy, struct error *error);
int hierarchy_check_permission(
	const char *root, const struct hierarchy *hierarchy, struct error *error);

/*
 * The same from texts, for tests and for other roots: `mountinfo` in the format of
 * /proc/self/mountinfo, `controllers` in that of the v2 root's cgroup.controllers ("" without a v2
 * mount). Reads no file: detects read-only mounts from the mount options and does not check
 * permissions.
 */
int hierarchy_parse(const char *mountinfo, const char *controllers,
	struct hierarchy **ret_hierarchy, struct error *error);

void hierarchy_free(struct hierarchy *hierarchy);

enum hierarchy_version hierarchy_version(const struct hierarchy *hierarchy);

/* "v2" or "v1", as results.h5 records it. */
const char *hierarchy_name(const struct hierarchy *hierarchy);

/* Mount point of the hierarchy that has the memory controller. Borrowed. */
const char *hierarchy_memory_mount(const struct hierarchy *hierarchy);

/*
 * Mount points of all cgroup hierarchies, v1, named and v2: an OCI runtime on v1 creates its group
 * in each, and the slice removes what it leaves there. NULL-terminated, borrowed.
 */
const char *const *hierarchy_mounts(const struct hierarchy *hierarchy);

/* Mount point of one v1 controller ("freezer", "pids", "cpuset"), or NULL if it is not mounted. */
const char *hierarchy_controller_mount(const struct hierarchy *hierarchy, const char *controller);
