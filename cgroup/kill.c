/* Ending what lives in a slice: the part of cgroup/slice.h that is about its processes. */

#include "cgroup/slice.h"
#include "cgroup/tree.h"
#include "cgroup/version.h"
#include "util/clock.h"

#include <errno.h>

/* How long a freezer may take. What it does not stop is killed without. */
#define FREEZE_WAIT_NS (100 * NS_PER_MS)

int slice_populated(const struct slice *slice, bool *ret_populated, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(slice->hierarchy);
	bool populated = false;

	for (size_t i = 0; mounts[i] && !populated; i++) {
		int result = tree_populated(mounts[i], slice->path, &populated, error);

		if (result < 0)
			return result;
	}
	*ret_populated = populated;
	return 0;
}

static int kill_each(const struct slice *slice, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(slice->hierarchy);

	for (size_t i = 0; mounts[i]; i++) {
		int result = tree_kill(mounts[i], slice->path, error);

		if (result < 0)
			return result;
	}
	return 0;
}

static int wait_until_frozen(const struct slice *slice, struct error *error)
{
	const uint64_t deadline_ns = clock_monotonic_ns() + FREEZE_WAIT_NS;
	bool frozen = false;

	while (!frozen && clock_monotonic_ns() < deadline_ns) {
		int result = slice->version->is_frozen(slice, &frozen, error);

		if (result < 0)
			return result;
		if (!frozen)
			tree_nap();
	}
	return 0;
}

/* While they are stopped none of them can fork past the list of those to be killed. */
static int kill_frozen(const struct slice *slice, struct error *error)
{
	int frozen = slice->version->freeze(slice, true, error);
	int result = 0;
	int thawed;

	if (frozen < 0)
		return frozen;
	if (frozen == 0)
		result = wait_until_frozen(slice, error);
	if (result == 0)
		result = kill_each(slice, error);
	if (frozen == 0) {
		/* Whatever failed: a slice that stays frozen never ends. */
		thawed = slice->version->freeze(slice, false, result < 0 ? NULL : error);
		if (result == 0)
			result = thawed;
	}
	return result;
}

static int slice_kill_once(const struct slice *slice, struct error *error)
{
	int result = slice->version->kill ? slice->version->kill(slice, error) : 1;

	return result == 1 ? kill_frozen(slice, error) : result;
}

int slice_kill(struct slice *slice, uint64_t timeout_ns, struct error *error)
{
	const uint64_t start_ns = clock_monotonic_ns();

	for (;;) {
		bool populated;
		int result = slice_populated(slice, &populated, error);

		if (result < 0 || !populated)
			return result;
		if (clock_monotonic_ns() - start_ns >= timeout_ns)
			return error_set(error, ETIMEDOUT,
				"processes are left in slice %s after they were killed",
				slice->path);
		result = slice_kill_once(slice, error);
		if (result < 0) {
			error_prefix(error, "slice %s", slice->path);
			return result;
		}
		tree_nap();
	}
}
