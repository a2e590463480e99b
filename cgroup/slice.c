#include "cgroup/slice.h"

#include "cgroup/group.h"
#include "cgroup/memory_files.h"
#include "cgroup/tree.h"
#include "cgroup/version.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SUFFIX ".slice"

/* Attempts to create a slice while other runs remove their empty parent. */
#define CREATE_TRIES 5

/* How long the kernel and an OCI runtime may take to release groups whose processes have ended. */
#define REMOVE_WAIT_NS (2 * NS_PER_S)

/* One line on Linux 6.18, "max 12". */
#define PIDS_EVENTS_SIZE 4096

static int slice_new(const struct hierarchy *hierarchy, const char *name, struct slice **ret_slice);
static int claim(const struct slice *slice, struct error *error);
static int slice_fill(struct slice *slice, const struct limits *limits, struct error *error);
static int sweep(const struct slice *slice, struct error *error);
static int remove_parents(const struct slice *slice, struct error *error);

static void slice_free(struct slice *slice)
{
	if (!slice)
		return;
	memory_files_close(&slice->files);
	free(slice->task_directory);
	free(slice->task_path);
	free(slice->runtime_path);
	free(slice->path);
	free(slice);
}

CLEANUP_POINTER(cleanup_slice, struct slice, slice_free)

static int check_name(const char *name, struct error *error)
{
	size_t length = strlen(name);
	size_t suffix = strlen(NAME_SUFFIX);

	if (length <= suffix || length > NAME_MAX || strchr(name, '/') ||
		strcmp(name + length - suffix, NAME_SUFFIX) != 0)
		return error_set(error, EINVAL,
			"\"%s\" is not a slice name, which has no '/' and ends in \"%s\"", name,
			NAME_SUFFIX);
	return 0;
}

/*
 * Creates the parent until the slice is in it: another run may find it empty and remove it in
 * between.
 */
static int claim_below_parent(const struct slice *slice, struct error *error)
{
	struct error failure = ERROR_INIT;
	int result = 0;

	for (int i = 0; i < CREATE_TRIES; i++) {
		result = slice->version->make_parent(slice, &failure);
		if (result == 0)
			result = claim(slice, &failure);
		if (result != -ENOENT && result != -ENODEV)
			break;
	}
	if (result < 0)
		error_set(error, failure.number, "%s", failure.text);
	return result;
}

int slice_create(const struct hierarchy *hierarchy, const char *name, const struct limits *limits,
	struct slice **ret_slice, struct error *error)
{
	CLEANUP(cleanup_slice) struct slice *slice = NULL;
	int result = check_name(name, error);

	if (result < 0)
		return result;
	result = slice_new(hierarchy, name, &slice);
	if (result < 0)
		return error_set_errno(error, -result, "cannot create slice %s", name);
	result = slice->version->choose_controllers(hierarchy, limits, slice->controllers, error);
	if (result == 0)
		result = group_start(hierarchy, error);
	if (result < 0)
		return result;

	result = claim_below_parent(slice, error);
	if (result < 0) {
		remove_parents(slice, NULL);
		return result;
	}
	result = slice_fill(slice, limits, error);
	if (result < 0) {
		struct error left = ERROR_INIT;

		/* Leftovers are mentioned with the cause: somebody has to remove them. */
		if (sweep(slice, &left) < 0)
			error_prefix(error, "%s, after", left.text);
		return result;
	}
	*ret_slice = TAKE_PTR(slice);
	return 0;
}

static int slice_new(const struct hierarchy *hierarchy, const char *name, struct slice **ret_slice)
{
	CLEANUP(cleanup_slice) struct slice *slice = calloc(1, sizeof(*slice));

	if (!slice)
		return -ENOMEM;
	slice->hierarchy = hierarchy;
	slice->version = hierarchy_version(hierarchy) == HIERARCHY_V2 ? &version_v2 : &version_v1;
	slice->files = MEMORY_FILES_NONE;
	slice->path = string_format(SLICE_PARENT "/%s", name);
	slice->runtime_path = string_format(SLICE_PARENT "/%s/runtime", name);
	slice->task_path = string_format(SLICE_PARENT "/%s/task", name);
	slice->task_directory = string_format(
		"%s" SLICE_PARENT "/%s/task", hierarchy_memory_mount(hierarchy), name);
	if (!slice->path || !slice->runtime_path || !slice->task_path || !slice->task_directory)
		return -ENOMEM;
	*ret_slice = TAKE_PTR(slice);
	return 0;
}

static int check_absent(const char *mount, const char *path, struct error *error)
{
	CLEANUP(cleanup_free) char *directory = string_format("%s%s", mount, path);

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot create slice %s", path);
	if (faccessat(AT_FDCWD, directory, F_OK, 0) == 0)
		return error_set(error, EEXIST,
			"%s exists: it belongs to another run or was left by one; if none is "
			"running, remove it with rmdir, groups below it first",
			directory);
	if (errno != ENOENT)
		return error_set_errno(error, errno, "cannot look up %s", directory);
	return 0;
}

/*
 * Creates the slice's directory in the memory hierarchy by mkdir, which tells whether it existed,
 * so that only one of two runs gets it; libcgroup does not distinguish a new group from an existing
 * one.
 */
static int claim(const struct slice *slice, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(slice->hierarchy);
	CLEANUP(cleanup_free)
	char *directory =
		string_format("%s%s", hierarchy_memory_mount(slice->hierarchy), slice->path);

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot create slice %s", slice->path);
	for (size_t i = 0; mounts[i]; i++) {
		int result = check_absent(mounts[i], slice->path, error);

		if (result < 0)
			return result;
	}
	if (mkdir(directory, 0755) < 0)
		return error_set_errno(error, errno, "cannot create %s", directory);
	return 0;
}

static int slice_fill(struct slice *slice, const struct limits *limits, struct error *error)
{
	CLEANUP(cleanup_free)
	char *directory =
		string_format("%s%s", hierarchy_memory_mount(slice->hierarchy), slice->path);
	CLEANUP(cleanup_close) int slice_fd = -1;
	int result;

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot create slice %s", slice->path);
	slice_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slice_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", directory);
	result = slice->version->make(slice, slice_fd, limits, error);
	if (result < 0)
		return result;
	result = memory_files_open(&slice->version->names, slice_fd, &slice->files, error);
	if (result < 0) {
		error_prefix(error, "%s", directory);
		return result;
	}
	(void)TAKE_FD(slice_fd);
	if (slice->version->listen)
		slice->version->listen(&slice->files);
	return 0;
}

const char *slice_runtime_path(const struct slice *slice)
{
	return slice->runtime_path;
}

static int open_runtime_file(const struct slice *slice, const char *mount, const char *file,
	int flags, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s%s%s", mount, slice->runtime_path, file);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot open %s", slice->runtime_path);
	*ret_fd = open(path, flags | O_CLOEXEC);
	return *ret_fd < 0 ? error_set_errno(error, errno, "cannot open %s", path) : 0;
}

int slice_open_runtime(
	const struct slice *slice, struct process_cgroups *ret_cgroups, struct error *error)
{
	struct process_cgroups cgroups = PROCESS_CGROUPS_NONE;
	int result = 0;

	static_assert(SLICE_MAX_CONTROLLERS <= PROCESS_MAX_TASKS_FDS, "one in each hierarchy");
	if (slice->version == &version_v2)
		result = open_runtime_file(slice, hierarchy_memory_mount(slice->hierarchy), "",
			O_RDONLY | O_DIRECTORY, &cgroups.v2_fd, error);
	else
		for (size_t i = 0; slice->controllers[i] && result == 0; i++) {
			result = open_runtime_file(slice,
				hierarchy_controller_mount(slice->hierarchy, slice->controllers[i]),
				"/tasks", O_WRONLY, &cgroups.tasks_fds[i], error);
			cgroups.n_tasks_fds += result == 0 ? 1 : 0;
		}
	if (result < 0) {
		process_cgroups_close(&cgroups);
		return result;
	}
	*ret_cgroups = cgroups;
	return 0;
}

const char *slice_task_directory(const struct slice *slice)
{
	return slice->task_directory;
}

int slice_task_fd(const struct slice *slice)
{
	return slice->version == &version_v2 ? slice->files.task_fd : -1;
}

int slice_tasks_fd(const struct slice *slice)
{
	return slice->files.tasks_fd;
}

/* Completes an error that names a file with the slice's path. */
static int told(const struct slice *slice, int result, struct error *error)
{
	if (result < 0)
		error_prefix(error, "slice %s", slice->path);
	return result;
}

int slice_attach(struct slice *slice, pid_t pid, struct error *error)
{
	/* The kernel takes 0 for the writer itself. */
	if (pid <= 0)
		return error_set(error, EINVAL, "%d is not a process ID", (int)pid);
	return told(slice, slice->version->attach(slice, pid, error), error);
}

int slice_current_bytes(const struct slice *slice, uint64_t *ret_bytes)
{
	return memory_value_read(slice->files.current_fd, ret_bytes);
}

int slice_peak_bytes(const struct slice *slice, uint64_t *ret_bytes)
{
	if (slice->files.peak_fd < 0)
		return -EOPNOTSUPP;
	return memory_value_read(slice->files.peak_fd, ret_bytes);
}

int slice_reset_peak(struct slice *slice, struct error *error)
{
	return told(slice, slice->version->reset_peak(&slice->files, error), error);
}

int slice_read_stat(const struct slice *slice, struct memory_stat *ret_stat, struct error *error)
{
	return told(slice, slice->version->read_stat(&slice->files, ret_stat, error), error);
}

int slice_sample_stat(const struct slice *slice, struct memory_stat *ret_stat)
{
	struct memory_files files = MEMORY_FILES_NONE;

	files.stat_fd = slice->files.sampler_stat_fd;
	files.kernel_fd = slice->files.sampler_kernel_fd;
	return slice->version->read_stat(&files, ret_stat, NULL);
}

int slice_read_events(
	const struct slice *slice, struct memory_events *ret_events, struct error *error)
{
	return told(slice, slice->version->read_events(&slice->files, ret_events, error), error);
}

static uint64_t refused_forks_of(const char *mount, const char *group)
{
	CLEANUP(cleanup_free) char *path = string_format("%s%s/pids.events", mount, group);
	CLEANUP(cleanup_free) char *text = NULL;
	struct keyed_value max = {.key = "max"};

	if (!path || file_read(AT_FDCWD, path, PIDS_EVENTS_SIZE, &text, NULL, NULL) < 0 ||
		keyed_parse(text, &max, 1) < 0)
		return 0;
	return max.value;
}

uint64_t slice_refused_forks(const struct slice *slice)
{
	const bool v2 = hierarchy_version(slice->hierarchy) == HIERARCHY_V2;
	const char *mount = v2 ? hierarchy_memory_mount(slice->hierarchy)
			       : hierarchy_controller_mount(slice->hierarchy, "pids");

	if (!mount)
		return 0;
	return refused_forks_of(mount, slice->path) +
	       refused_forks_of(mount, v2 ? slice->task_path : slice->runtime_path);
}

int slice_remove(struct slice **slice, struct error *error)
{
	static const char *const memory[] = {"memory", NULL};
	CLEANUP(cleanup_slice) struct slice *gone = TAKE_PTR(*slice);

	if (!gone)
		return 0;
	/* By libcgroup, the groups that it knows. The sweep reports what is left, and why. */
	group_remove(gone->task_path, memory, NULL);
	group_remove(gone->runtime_path, gone->controllers, NULL);
	group_remove(gone->path, gone->controllers, NULL);
	return sweep(gone, error);
}

/*
 * From every hierarchy, known to libcgroup or not: an OCI runtime creates its cgroupsPath in each
 * (on v1 also in name=systemd and in a cgroup2 without memory) and removes only the last component.
 */
static int sweep(const struct slice *slice, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(slice->hierarchy);
	const uint64_t deadline_ns = clock_deadline_ns(REMOVE_WAIT_NS);
	int first = 0;

	for (size_t i = 0; mounts[i]; i++) {
		int result =
			tree_remove(mounts[i], slice->path, deadline_ns, first < 0 ? NULL : error);

		if (first == 0)
			first = result;
	}
	if (first < 0)
		return first;
	return remove_parents(slice, error);
}

/* The parent stays if another run has a slice in it: EBUSY or ENOTEMPTY. */
static int remove_parents(const struct slice *slice, struct error *error)
{
	const char *const *mounts = hierarchy_mounts(slice->hierarchy);

	for (size_t i = 0; mounts[i]; i++) {
		CLEANUP(cleanup_free)
		char *directory = string_format("%s" SLICE_PARENT, mounts[i]);

		if (!directory)
			return error_set_errno(error, ENOMEM, "cannot remove %s", SLICE_PARENT);
		if (rmdir(directory) < 0 && errno != EBUSY && errno != ENOTEMPTY &&
			errno != ENOENT && errno != ENODEV)
			return error_set_errno(error, errno, "cannot remove %s", directory);
	}
	return 0;
}
