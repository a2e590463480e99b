#include "cgroup/tree.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* The maximum of Linux on 64 bits (PID_MAX_LIMIT): every pid is below it. */
#define PID_LIMIT (4u << 20)
/* That many processes, at 8 bytes each. */
#define PROCS_MAX_BYTES (32u << 20)

/* /proc/PID/cgroup: some 15 lines, each with a path of at most PATH_MAX. */
#define MEMBERSHIP_MAX_BYTES (64u << 10)

/* Called for each group with its descriptor, its name and its parent's descriptor. */
typedef int (*tree_visit)(
	int parent_fd, const char *name, int group_fd, void *context, struct error *error);

static bool is_gone(int result)
{
	/* ENODEV is returned by the files of a removed group. */
	return result == -ENOENT || result == -ENODEV;
}

static int walk(
	int parent_fd, const char *name, tree_visit visit, void *context, struct error *error);

static int walk_children(int group_fd, tree_visit visit, void *context, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	int first = file_list(group_fd, ".", &directory);

	if (first < 0)
		return is_gone(first) ? 0 : error_set_errno(error, -first, "cannot list groups");
	while ((entry = file_next(directory))) {
		struct error *report = first < 0 ? NULL : error;
		int result = entry->d_type == DT_DIR
				     ? walk(group_fd, entry->d_name, visit, context, report)
				     : 0;

		if (first == 0)
			first = result;
	}
	if (errno != 0 && first == 0)
		first = error_set_errno(error, errno, "cannot list groups");
	return first;
}

/* Visits all groups, descendants first; returns the first failure. */
static int walk(
	int parent_fd, const char *name, tree_visit visit, void *context, struct error *error)
{
	CLEANUP(cleanup_close)
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int below, own;

	if (fd < 0)
		return is_gone(-errno) ? 0 : error_set_errno(error, errno, "cannot open %s", name);
	below = walk_children(fd, visit, context, error);
	own = visit(parent_fd, name, fd, context, below < 0 ? NULL : error);
	return below < 0 ? below : own;
}

static int walk_tree(
	const char *mount, const char *path, tree_visit visit, void *context, struct error *error)
{
	CLEANUP(cleanup_close) int mount_fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (mount_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", mount);
	result = walk(mount_fd, path + 1, visit, context, error);
	if (result < 0)
		error_prefix(error, "%s%s", mount, path);
	return result;
}

/* The processes of a group, one pid per line. NULL if the group is gone. The caller frees. */
static int read_procs(int group_fd, char **ret_text, struct error *error)
{
	int result = file_read(group_fd, "cgroup.procs", PROCS_MAX_BYTES, ret_text, NULL, NULL);

	if (is_gone(result)) {
		*ret_text = NULL;
		return 0;
	}
	return result < 0 ? error_set_errno(error, -result, "cannot read cgroup.procs") : 0;
}

static int visit_count(
	int parent_fd, const char *name, int group_fd, void *context, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t *n = context;
	int result = read_procs(group_fd, &text, error);

	(void)parent_fd;
	(void)name;
	for (const char *line = text; line && (line = strchr(line, '\n')); line++)
		(*n)++;
	return result;
}

int tree_count(const char *mount, const char *path, size_t *ret_n, struct error *error)
{
	size_t n = 0;
	int result = walk_tree(mount, path, visit_count, &n, error);

	if (result < 0)
		return result;
	*ret_n = n;
	return 0;
}

/* ---- killing */

struct pid_set {
	uint64_t bits[(PID_LIMIT + 63) /
		      64]; /* half a MiB, of which only touched pages are allocated */
};

struct pid_set *pid_set_new(void)
{
	return calloc(1, sizeof(struct pid_set));
}

void pid_set_cleanup(struct pid_set **set)
{
	free(*set);
}

/* Returns whether it is new to the set. */
static bool pid_set_add(struct pid_set *set, uint64_t pid)
{
	const uint64_t bit = UINT64_C(1) << (pid % 64);
	uint64_t *word = &set->bits[pid / 64];
	const bool is_new = !(*word & bit);

	*word |= bit;
	return is_new;
}

/* Whether /proc/PID/cgroup has a line whose path is `path` or below it. */
static bool is_member(pid_t pid, const char *path)
{
	CLEANUP(cleanup_free) char *file = string_format("/proc/%d/cgroup", (int)pid);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	if (!file || file_read(AT_FDCWD, file, MEMBERSHIP_MAX_BYTES, &text, &length, NULL) < 0)
		return false;
	for (const char *found = text; (found = strstr(found, path)); found++) {
		char next = found[strlen(path)];

		if (next == '/' || next == '\n')
			return true;
	}
	return false;
}

/*
 * The process may have ended since its pid was read, and the pid been reused. So it is held by a
 * pidfd, and its group is checked again.
 */
static int kill_member(pid_t pid, const char *path, struct error *error)
{
	CLEANUP(cleanup_close) int pidfd = -1;

	if (pid <= 0 || pid == getpid())
		return 0;
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0 && errno == ESRCH)
		return 0;
	if (pidfd < 0)
		return error_set_errno(error, errno, "cannot open process %d", (int)pid);
	if (!is_member(pid, path))
		return 0;
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return error_set_errno(error, errno, "cannot kill process %d", (int)pid);
	return 0;
}

struct killing {
	const char *path;
	struct pid_set *killed;
};

static int visit_kill(
	int parent_fd, const char *name, int group_fd, void *context, struct error *error)
{
	const struct killing *killing = context;
	CLEANUP(cleanup_free) char *text = NULL;
	char *rest, *line;
	int result = read_procs(group_fd, &text, error);

	(void)parent_fd;
	(void)name;
	rest = text;
	while (result == 0 && (line = strsep(&rest, "\n"))) {
		uint64_t pid;

		if (*line == '\0')
			continue;
		if (parse_u64(line, &pid) < 0 || pid >= PID_LIMIT)
			return error_set(
				error, EBADMSG, "\"%s\" in cgroup.procs is not a process ID", line);
		if (pid_set_add(killing->killed, pid))
			result = kill_member((pid_t)pid, killing->path, error);
	}
	return result;
}

int tree_kill(const char *mount, const char *path, struct pid_set *killed, struct error *error)
{
	struct killing killing = {.path = path, .killed = killed};

	return walk_tree(mount, path, visit_kill, &killing, error);
}

void tree_nap(void)
{
	const struct timespec nap = timespec_from_ns(NS_PER_MS);

	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
}

/*
 * A process that its parent has reaped may remain in its group for a moment: the kernel removes it
 * after the last switch away from it. And an OCI runtime may still be removing the group.
 */
static int visit_remove(
	int parent_fd, const char *name, int group_fd, void *context, struct error *error)
{
	const uint64_t deadline_ns = *(const uint64_t *)context;

	(void)group_fd;
	while (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0) {
		if (is_gone(-errno))
			return 0;
		if (errno != EBUSY || clock_monotonic_ns() >= deadline_ns)
			return error_set_errno(error, errno, "cannot remove %s", name);
		tree_nap();
	}
	return 0;
}

int tree_remove(const char *mount, const char *path, uint64_t deadline_ns, struct error *error)
{
	return walk_tree(mount, path, visit_remove, &deadline_ns, error);
}
