/* The group above all slices, which several runs may share: a part of cgroup/slice.h. */

#include "cgroup/slice.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Attempts, as other runs may remove the parent between the two steps. */
#define TRIES 100

static int make(const char *parent, const char *group)
{
	for (int i = 0; i < TRIES; i++) {
		if (mkdir(parent, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (mkdir(group, 0755) == 0 || errno == EEXIST)
			return 0;
		if (errno != ENOENT && errno != ENODEV)
			return -errno;
	}
	return -EBUSY;
}

int slice_hold_parent(const struct hierarchy *hierarchy, const char *name, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(hierarchy);

	for (size_t i = 0; mounts[i]; i++) {
		CLEANUP(cleanup_free) char *parent = string_format("%s" SLICE_PARENT, mounts[i]);
		CLEANUP(cleanup_free)
		char *group = string_format("%s" SLICE_PARENT "/%s", mounts[i], name);
		int r;

		if (!parent || !group)
			return error_set_errno(error, ENOMEM, "cannot make %s", name);
		r = make(parent, group);
		/* The container runtime also skips hierarchies that it cannot write to. */
		if (r < 0 && strcmp(mounts[i], hierarchy_memory_mount(hierarchy)) == 0)
			return error_set_errno(error, -r, "cannot make %s", group);
	}
	return 0;
}
