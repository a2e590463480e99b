#pragma once

/*
 * libcgroup, version 2 or 3: groups made, set, read and removed by controller. A group's path starts
 * with '/' and is the same in every controller's hierarchy; lists of controllers are NULL-terminated.
 *
 * libcgroup keeps its own table of mounts and is not asked from two threads at once.
 */

#include "cgroup/hierarchy.h"
#include "util/error.h"

#include <stddef.h>

/*
 * Reads libcgroup's table of mounts anew and silences what it would print. Fails where it would put
 * the memory controller's groups elsewhere than `hierarchy` does.
 */
int group_start(const struct hierarchy *hierarchy, struct error *error);

/* Makes the group and those above it, in each controller's hierarchy. One that exists is fine. */
int group_create(const char *path, const char *const *controllers, struct error *error);

int group_set(const char *path, const char *controller, const char *file, const char *value,
	struct error *error);

/* The file's first line, without the newline; "" when it is empty. */
int group_get(const char *path, const char *controller, const char *file, char *ret_value,
	size_t size, struct error *error);

/* Removes the group where it has neither processes nor groups. One that is missing is fine. */
int group_remove(const char *path, const char *const *controllers, struct error *error);
