#include "runner/trial/quota.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LOOK_PERIOD_NS (100 * NS_PER_MS)
#define LOOK_SHARE 10
#define BLOCK_BYTES 512 /* the unit of st_blocks on every file system */

struct walk {
	uint64_t max_bytes;
	uint64_t bytes;
	unsigned n_entries;
	bool exceeded;
};

static int walk_folder(struct walk *walk, int folder_fd, unsigned depth);

struct quota quota_new(struct amount max)
{
	return (struct quota){.max_bytes = max.kind == AMOUNT_NUMBER ? max.number : UINT64_MAX};
}

/* A sample or a truth takes one sample in its series, a metric's kind a line with its name. */
bool quota_take_record(struct quota *quota, const struct memcg_run_record *record)
{
	const uint64_t bytes =
		record->type == MEMCG_RUN_METRIC ? MEMCG_RUN_NAME_MAX : sizeof(struct sample);

	if (quota->max_bytes - quota->record_bytes < bytes)
		return false;
	quota->record_bytes += bytes;
	return true;
}

/*
 * Uses the larger of length and disk usage: a hole takes no space but costs its reader time, and a
 * file may have blocks allocated beyond its end. False if the limit is exceeded.
 */
static bool quota_add(struct walk *walk, const struct stat *status)
{
	const uint64_t on_disk_bytes = (uint64_t)status->st_blocks * BLOCK_BYTES;
	const uint64_t length_bytes = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	const uint64_t bytes = on_disk_bytes > length_bytes ? on_disk_bytes : length_bytes;

	if (bytes > walk->max_bytes - walk->bytes)
		return false;
	walk->bytes += bytes;
	return true;
}

static int walk_entry(struct walk *walk, int folder_fd, const char *name, unsigned depth)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;

	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	walk->n_entries++;
	if (!quota_add(walk, &status) || walk->n_entries > QUOTA_MAX_ENTRIES)
		walk->exceeded = true;
	if (!S_ISDIR(status.st_mode) || walk->exceeded)
		return 0;
	fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) /* gone or replaced */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	return walk_folder(walk, fd, depth + 1);
}

static int walk_folder(struct walk *walk, int folder_fd, unsigned depth)
{
	CLEANUP(cleanup_closedir) DIR *folder = NULL;
	const struct dirent *entry;
	int r;

	if (depth > QUOTA_MAX_DEPTH) {
		walk->exceeded = true;
		return 0;
	}
	/* A separate open file: duplicated descriptors share the position in a folder. */
	r = file_list(folder_fd, ".", &folder);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && !walk->exceeded && (entry = file_next(folder)))
		r = walk_entry(walk, dirfd(folder), entry->d_name, depth);
	return r < 0 || walk->exceeded ? r : -errno;
}

int quota_look(struct quota *quota, int folder_fd, bool *ret_exceeded, struct error *error)
{
	struct walk walk = {.max_bytes = quota->max_bytes};
	uint64_t began_ns = clock_monotonic_ns();
	uint64_t pause_ns;
	int r;

	if (began_ns < quota->due_ns) {
		*ret_exceeded = false;
		return 0;
	}
	r = walk_folder(&walk, folder_fd, 1);
	if (r < 0)
		return error_set_errno(error, -r, "cannot check what the task has written");
	pause_ns = (clock_monotonic_ns() - began_ns) * LOOK_SHARE;
	quota->due_ns = began_ns + (pause_ns > LOOK_PERIOD_NS ? pause_ns : LOOK_PERIOD_NS);
	*ret_exceeded = walk.exceeded;
	return 0;
}
