#pragma once

/*
 * Where this host has its memory controller: found from /proc/self/mountinfo, never assumed.
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
 * Finds the hierarchy of this host. Fails, with a sentence that says what is missing and what to do,
 * when no memory controller is to be had: -ENOENT (not mounted, or disabled on the kernel's command
 * line), -EROFS (mounted read-only), -EACCES (not permitted to create groups there).
 */
int hierarchy_find(struct hierarchy **ret_hierarchy, struct error *error);

/*
 * The two halves of it, for who must tell them apart: where the memory controller is, and whether this
 * process may create groups there. `root` goes before every path that is looked at and stands in no
 * mount point: "" for this host, else a folder with the /proc and /sys of another one.
 */
int hierarchy_find_below(const char *root, struct hierarchy **ret_hierarchy, struct error *error);
int hierarchy_check_permission(
	const char *root, const struct hierarchy *hierarchy, struct error *error);

/*
 * The same from texts, for tests and for other roots: `mountinfo` as /proc/self/mountinfo prints it,
 * `controllers` as the v2 root's cgroup.controllers ("" when there is no v2 mount). Looks at no file:
 * read-only mounts are known from the mount options, permission is not checked.
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
 * Mount points of every cgroup hierarchy, v1, named and v2: an OCI runtime on v1 makes its group in
 * each, and what it leaves there is the slice's to remove. NULL-terminated, borrowed.
 */
const char *const *hierarchy_mounts(const struct hierarchy *hierarchy);

/* Mount point of one v1 controller ("freezer", "pids", "cpuset"), or NULL where it is not mounted. */
const char *hierarchy_controller_mount(const struct hierarchy *hierarchy, const char *controller);
