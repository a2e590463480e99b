#pragma once

/*
 * libcgroup, version 2 or 3: creates, sets, reads and removes groups by controller. A group's path
 * starts with '/' and is the same in every controller's hierarchy; lists of controllers are
 * NULL-terminated.
 *
 * libcgroup keeps its own table of mounts and must not be used from two threads at once.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stddef.h>

/*
 * Reloads libcgroup's table of mounts and silences its output. Fails if libcgroup would use another
 * hierarchy for the memory controller than `hierarchy`.
 */
int group_start(const struct hierarchy *hierarchy, struct error *error);

/* Creates the group and its ancestors in each controller's hierarchy. Existing groups are fine. */
int group_create(const char *path, const char *const *controllers, struct error *error);

int group_set(const char *path, const char *controller, const char *file, const char *value,
	struct error *error);

/* The file's first line, without the newline; "" if it is empty. */
int group_get(const char *path, const char *controller, const char *file, char *ret_value,
	size_t size, struct error *error);

/* Removes the group if it has neither processes nor groups. A missing group is fine. */
int group_remove(const char *path, const char *const *controllers, struct error *error);
