/* Removes the slices of a killed run: a part of cgroup/slice.h. */

#include "cgroup/control.h"
#include "cgroup/kill.h"
#include "cgroup/slice.h"
#include "cgroup/tree.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

/* Processes of the killed run may still be ending when the next run begins. */
#define REMOVE_WAIT_NS (2 * NS_PER_S)
#define KILL_WAIT_NS (10 * NS_PER_S)

/*
 * Finds the smallest name that begins with `prefix` and comes after `after` in byte order, if it is
 * less than `next` or that is "". So each slice is found once, in any number of hierarchies.
 */
static int next_name(const char *mount, const char *prefix, const char *after,
	char next[NAME_MAX + 1], struct error *error)
{
	CLEANUP(cleanup_free) char *directory = string_format("%s%s", mount, SLICE_PARENT);
	CLEANUP(cleanup_closedir) DIR *parent = directory ? opendir(directory) : NULL;
	const struct dirent *entry;

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot list %s", SLICE_PARENT);
	if (!parent)
		return 0;
	while ((entry = file_next(parent))) {
		const char *name = entry->d_name;

		if (entry->d_type != DT_DIR || strncmp(name, prefix, strlen(prefix)) != 0 ||
			strcmp(name, after) <= 0)
			continue;
		if (!*next || strcmp(name, next) < 0)
			memcpy(next, name, strlen(name) + 1);
	}
	return errno == 0 ? 0 : error_set_errno(error, errno, "cannot list %s", directory);
}

/*
 * A run killed during a kill may have left them frozen: on v1 frozen processes never end,
 * regardless of signals. Ignores files that this hierarchy lacks.
 */
static void thaw(const char *mount, const char *path)
{
	static const char *const files[][2] = {
		{"freezer.state", "THAWED"}, {"cgroup.freeze", "0"}, {"cgroup.kill", "1"}};
	CLEANUP(cleanup_free) char *directory = string_format("%s%s", mount, path);
	CLEANUP(cleanup_close)
	int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (size_t i = 0; fd >= 0 && i < sizeof(files) / sizeof(files[0]); i++)
		(void)control_write(fd, files[i][0], files[i][1], NULL);
}

struct leftover {
	const char *const *mounts;
	const char *path;
};

/* A kill_step. They may fork meanwhile, but the launcher, which is among them, ends them all. */
static int kill_leftover(void *context, struct error *error)
{
	const struct leftover *leftover = context;
	int r = kill_members(leftover->mounts, leftover->path, error);

	for (size_t i = 0; leftover->mounts[i]; i++)
		thaw(leftover->mounts[i], leftover->path);
	return r;
}

/* From each hierarchy that has it. Continues after a failure; the error is the first one. */
static int remove_everywhere(const char *const *mounts, const char *path, struct error *error)
{
	struct leftover leftover = {.mounts = mounts, .path = path};
	int first = kill_until_gone(mounts, path, kill_leftover, &leftover, KILL_WAIT_NS, error);

	for (size_t i = 0; mounts[i]; i++) {
		int r = tree_remove(mounts[i], path, clock_deadline_ns(REMOVE_WAIT_NS),
			first < 0 ? NULL : error);

		if (first == 0)
			first = r;
	}
	return first;
}

static int find_next(const char *const *mounts, const char *prefix, const char *after,
	char next[NAME_MAX + 1], struct error *error)
{
	int r = 0;

	*next = '\0';
	for (size_t i = 0; mounts[i] && r == 0; i++)
		r = next_name(mounts[i], prefix, after, next, error);
	return r;
}

static void remove_parent(const char *const *mounts)
{
	for (size_t i = 0; mounts[i]; i++) {
		CLEANUP(cleanup_free)
		char *directory = string_format("%s%s", mounts[i], SLICE_PARENT);

		/* Fails if others have slices in it. */
		if (directory)
			(void)rmdir(directory);
	}
}

int slice_remove_leftovers(const struct hierarchy *hierarchy, const char *prefix,
	slice_removed removed, void *context, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(hierarchy);
	char name[NAME_MAX + 1] = "";
	char next[NAME_MAX + 1];
	int first = 0;

	for (;;) {
		CLEANUP(cleanup_free) char *path = NULL;
		int r = find_next(mounts, prefix, name, next, first < 0 ? NULL : error);

		if (r < 0)
			return r;
		if (!*next)
			break;
		memcpy(name, next, sizeof(name));
		path = string_format("%s/%s", SLICE_PARENT, name);
		if (!path)
			return error_set_errno(error, ENOMEM, "cannot remove %s", name);
		r = remove_everywhere(mounts, path, first < 0 ? NULL : error);
		if (r == 0)
			removed(context, path);
		if (first == 0)
			first = r;
	}
	remove_parent(mounts);
	return first;
}
