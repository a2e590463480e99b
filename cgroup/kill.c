/* Kills the processes of a slice: a part of cgroup/slice.h. */

#include "cgroup/kill.h"

#include "cgroup/slice.h"
#include "cgroup/version.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <errno.h>

/* Time limit of the freezer. What it cannot freeze is killed anyway. */
#define FREEZE_WAIT_NS (500 * NS_PER_MS)

/* If their number has not fallen for this long, they are killed again. */
#define AGAIN_NS (100 * NS_PER_MS)

/* Counting takes at most a fifth of the time: the dying processes need the CPU. */
#define NAPS_PER_COUNT 4

/* The state of a wait. */
struct waiting {
	const char *const *mounts;
	const char *path;
	size_t n;
	size_t fewest;
	uint64_t fell_ns;   /* time of the last new minimum */
	uint64_t killed_ns; /* 0: not yet, or not completely */
};

/* Counts in the first hierarchy that has any: the others have the same processes. */
static int kill_look(struct waiting *waiting, struct error *error)
{
	const uint64_t began_ns = clock_monotonic_ns();

	waiting->n = 0;
	for (size_t i = 0; waiting->mounts[i] && waiting->n == 0; i++) {
		int result = tree_count(waiting->mounts[i], waiting->path, &waiting->n, error);

		if (result < 0)
			return result;
	}
	if (waiting->n < waiting->fewest) {
		waiting->fewest = waiting->n;
		waiting->fell_ns = began_ns;
	}
	return 0;
}

static bool kill_is_due(const struct waiting *waiting)
{
	const uint64_t last_ns =
		waiting->killed_ns > waiting->fell_ns ? waiting->killed_ns : waiting->fell_ns;

	return waiting->killed_ns == 0 || clock_monotonic_ns() - last_ns >= AGAIN_NS;
}

static void kill_nap(uint64_t look_ns)
{
	const uint64_t until_ns = clock_deadline_ns(NAPS_PER_COUNT * look_ns);

	do
		tree_nap();
	while (clock_monotonic_ns() < until_ns);
}

int kill_until_gone(const char *const *mounts, const char *path, kill_step step, void *context,
	uint64_t timeout_ns, struct error *error)
{
	struct waiting waiting = {.mounts = mounts, .path = path, .fewest = SIZE_MAX};

	for (;;) {
		const uint64_t began_ns = clock_monotonic_ns();
		int result = kill_look(&waiting, error);
		const uint64_t look_ns = clock_monotonic_ns() - began_ns;

		if (result < 0 || waiting.n == 0)
			return result;
		if (clock_monotonic_ns() - waiting.fell_ns >= timeout_ns)
			return error_set(error, ETIMEDOUT,
				"processes in %s are still alive after SIGKILL: %zu", path,
				waiting.n);
		if (kill_is_due(&waiting)) {
			result = step(context, error);
			if (result < 0)
				return result;
			waiting.killed_ns = result == 0 ? clock_monotonic_ns() : 0;
		}
		kill_nap(look_ns);
	}
}

int kill_members(const char *const *mounts, const char *path, struct error *error)
{
	CLEANUP(pid_set_cleanup) struct pid_set *killed = pid_set_new();
	int result = 0;

	if (!killed)
		return error_set_errno(error, ENOMEM, "cannot kill the processes in %s", path);
	for (size_t i = 0; mounts[i] && result == 0; i++)
		result = tree_kill(mounts[i], path, killed, error);
	return result;
}

/* ---- a slice */

static void wait_until_frozen(const struct slice *slice)
{
	const uint64_t deadline_ns = clock_deadline_ns(FREEZE_WAIT_NS);
	bool frozen = false;

	while (!frozen && clock_monotonic_ns() < deadline_ns) {
		if (slice->version->is_frozen(slice, &frozen, NULL) < 0)
			return;
		if (!frozen)
			tree_nap();
	}
}

/*
 * A kill_step. While they are stopped none of them can fork past the list of those to be killed. Returns 1 without a
 * freezer, also where it fails.
 */
static int kill_slice(void *context, struct error *error)
{
	const struct slice *slice = context;
	int result = slice->version->kill ? slice->version->kill(slice, error) : 1;
	bool frozen;
	int thawed;

	if (result != 1)
		return result;
	frozen = slice->version->freeze(slice, true, NULL) == 0;
	if (frozen)
		wait_until_frozen(slice);
	result = kill_members(hierarchy_mounts(slice->hierarchy), slice->path, error);
	if (frozen) {
		/* In any case: a slice that stays frozen never ends. */
		thawed = slice->version->freeze(slice, false, result < 0 ? NULL : error);
		if (result == 0)
			result = thawed;
	}
	return result == 0 && !frozen ? 1 : result;
}

int slice_kill(struct slice *slice, uint64_t timeout_ns, struct error *error)
{
	int result = kill_until_gone(hierarchy_mounts(slice->hierarchy), slice->path, kill_slice,
		slice, timeout_ns, error);

	if (result < 0)
		error_prefix(error, "slice %s", slice->path);
	return result;
}
