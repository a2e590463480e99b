/* What a run that was killed left of its slices: the part of cgroup/slice.h that is about those. */

#include "cgroup/slice.h"
#include "cgroup/tree.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Dead processes may still be leaving when the next run begins. */
#define REMOVE_WAIT_NS (2 * NS_PER_S)

/* In one hierarchy. Goes on past a slice that cannot be removed; the error names the first. */
static int remove_in(
	const char *mount, DIR *parent, const char *prefix, size_t *ret_n, struct error *error)
{
	const struct dirent *entry;
	int first = 0;

	while ((errno = 0, entry = readdir(parent))) {
		CLEANUP(cleanup_free) char *path = NULL;
		int r;

		if (entry->d_type != DT_DIR || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		path = string_format("%s/%s", SLICE_PARENT, entry->d_name);
		if (!path)
			return error_set_errno(error, ENOMEM, "cannot remove %s", entry->d_name);
		r = tree_remove(mount, path, clock_monotonic_ns() + REMOVE_WAIT_NS,
			first < 0 ? NULL : error);
		if (first == 0)
			first = r;
		++*ret_n;
	}
	if (errno != 0 && first == 0)
		return error_set_errno(error, errno, "cannot list %s%s", mount, SLICE_PARENT);
	return first;
}

int slice_remove_leftovers(
	const struct hierarchy *hierarchy, const char *prefix, size_t *ret_n, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(hierarchy);
	size_t most = 0;
	int first = 0;

	for (size_t i = 0; mounts[i]; i++) {
		CLEANUP(cleanup_free)
		char *directory = string_format("%s%s", mounts[i], SLICE_PARENT);
		CLEANUP(cleanup_closedir) DIR *parent = directory ? opendir(directory) : NULL;
		size_t n = 0;
		int r;

		if (!directory)
			return error_set_errno(error, ENOMEM, "cannot list %s", SLICE_PARENT);
		if (!parent)
			continue;
		r = remove_in(mounts[i], parent, prefix, &n, first < 0 ? NULL : error);
		if (first == 0)
			first = r;
		most = n > most ? n : most;
		/* Where others have slices in it, it stays. */
		(void)rmdir(directory);
	}
	*ret_n = most;
	return first;
}
