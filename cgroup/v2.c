/*
 * cgroup v2: one hierarchy, processes only in the leaves. Source: Linux
 * Documentation/admin-guide/cgroup-v2.rst.
 */

#include "cgroup/control.h"
#include "cgroup/group.h"
#include "cgroup/limit.h"
#include "cgroup/version.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SUBTREE_TEXT_SIZE 1024
#define EVENTS_TEXT_SIZE 512
#define SMALL_TEXT_SIZE 64

static const struct limit_file memory_max = {"memory", "memory.max", "max", LIMIT_BYTES};
static const struct limit_file memory_high = {"memory", "memory.high", "max", LIMIT_BYTES};
static const struct limit_file swap_max = {"memory", "memory.swap.max", "max", LIMIT_BYTES};
static const struct limit_file oom_group = {"memory", "memory.oom.group", "", LIMIT_COUNT};
static const struct limit_file pids_max = {"pids", "pids.max", "max", LIMIT_COUNT};

static int v2_choose_controllers(const struct hierarchy *hierarchy, const struct limits *limits,
	const char *ret_controllers[SLICE_MAX_CONTROLLERS + 1], struct error *error)
{
	size_t n = 0;

	(void)hierarchy;
	(void)error;
	ret_controllers[n++] = "memory";
	if (limits->pids_max.kind != AMOUNT_UNSET)
		ret_controllers[n++] = "pids";
	if (limits->cpus)
		ret_controllers[n++] = "cpuset";
	if (limits->cpu_quota_us.kind != AMOUNT_UNSET)
		ret_controllers[n++] = "cpu";
	ret_controllers[n] = NULL;
	return 0;
}

static int enable_one(int group_fd, const char *controller, struct error *error)
{
	CLEANUP(cleanup_free) char *text = string_format("+%s", controller);
	int result;

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot enable %s", controller);
	result = control_write(group_fd, "cgroup.subtree_control", text, error);
	if (result == -ENOENT)
		return error_set(error, ENOENT,
			"the controller \"%s\" is not in cgroup.controllers; enable it in the "
			"groups "
			"above, or in the kernel at boot",
			controller);
	if (result == -EBUSY)
		return error_set(error, EBUSY,
			"cannot enable \"%s\" for child groups because this group has processes; "
			"run on the host, or move them into a group of their own",
			controller);
	return result;
}

/* Writes nothing if the host's manager has already enabled it. */
static int enable(
	const char *mount, const char *path, const char *const *controllers, struct error *error)
{
	CLEANUP(cleanup_free) char *directory = string_format("%s%s", mount, path);
	CLEANUP(cleanup_close) int group_fd = -1;
	char enabled[SUBTREE_TEXT_SIZE];
	int result;

	if (!directory)
		return error_set_errno(error, ENOMEM, "cannot enable controllers");
	group_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", directory);
	result = control_read(group_fd, "cgroup.subtree_control", enabled, sizeof(enabled), error);
	for (size_t i = 0; result >= 0 && controllers[i]; i++)
		if (!text_has_word(enabled, controllers[i], " \n"))
			result = enable_one(group_fd, controllers[i], error);
	if (result < 0) {
		error_prefix(error, "%s", directory);
		return result;
	}
	return 0;
}

/*
 * A controller must be enabled in every group from the root down. libcgroup handles the groups in
 * between, but neither the root nor the last (libcgroup 2.0.2 and 3.1).
 */
static int v2_make_parent(const struct slice *slice, struct error *error)
{
	const char *mount = hierarchy_memory_mount(slice->hierarchy);
	int result = enable(mount, "/", slice->controllers, error);

	if (result < 0)
		return result;
	result = group_create(SLICE_PARENT, slice->controllers, error);
	if (result < 0)
		return result;
	return enable(mount, SLICE_PARENT, slice->controllers, error);
}

static int v2_set_memory(const char *path, int slice_fd, const struct limits *limits,
	struct amount memory_max_bytes, struct error *error)
{
	int result = limit_set(path, &memory_max, memory_max_bytes, error);

	if (result < 0)
		return result;
	if (faccessat(slice_fd, swap_max.name, F_OK, 0) == 0)
		return limit_set(path, &swap_max, limits->swap_max_bytes, error);
	return limit_check_unaccounted_swap(limits->swap_max_bytes, error);
}

/* cpu.max is "QUOTA PERIOD": two values, on one line, which group_get returns unchanged. */
static int v2_set_cpu_quota(const char *path, struct amount quota_us, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	char got[SMALL_TEXT_SIZE];
	int result;

	if (quota_us.kind == AMOUNT_UNSET)
		return 0;
	text = quota_us.kind == AMOUNT_MAX
		       ? string_format("max %d", SLICE_CPU_PERIOD_US)
		       : string_format("%" PRIu64 " %d", quota_us.number, SLICE_CPU_PERIOD_US);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot set cpu.max");
	result = group_set(path, "cpu", "cpu.max", text, error);
	if (result == 0)
		result = group_get(path, "cpu", "cpu.max", got, sizeof(got), error);
	if (result < 0)
		return result;
	return strcmp(got, text) == 0
		       ? 0
		       : error_set(error, EINVAL, "the kernel set %s/cpu.max to \"%s\", not \"%s\"",
				 path, got, text);
}

/*
 * Where the task reads them, and where they apply. The kernel kills the highest group with memory.oom.group, from the
 * chosen process up to the group whose limit was hit (mem_cgroup_get_oom_group in mm/memcontrol.c, Linux 6.12): if set
 * on the slice, it would kill the launcher too, and nobody would report the task's end.
 */
static int set_task_limits(
	const struct slice *slice, int slice_fd, const struct limits *limits, struct error *error)
{
	const struct amount together = {.kind = AMOUNT_NUMBER, .number = 1};
	int result =
		v2_set_memory(slice->task_path, slice_fd, limits, limits->memory_max_bytes, error);

	if (result == 0)
		result =
			limit_set(slice->task_path, &memory_high, limits->memory_high_bytes, error);
	if (result == 0)
		result = v2_set_cpu_quota(slice->task_path, limits->cpu_quota_us, error);
	if (result == 0 && limits->oom_group)
		result = limit_set(slice->task_path, &oom_group, together, error);
	return result;
}

static int v2_make(
	const struct slice *slice, int slice_fd, const struct limits *limits, struct error *error)
{
	const char *const controllers[] = {
		"memory", limits->cpu_quota_us.kind == AMOUNT_UNSET ? NULL : "cpu", NULL};
	/* The backstop, and the limits of the whole slice. */
	int result = v2_set_memory(
		slice->path, slice_fd, limits, limit_with_runtime(limits->memory_max_bytes), error);

	if (result == 0)
		result = limit_set(slice->path, &pids_max, limits->pids_max, error);
	if (result == 0 && limits->cpus)
		result = limit_set_cpus(slice->path, limits->cpus, "cpuset.cpus.effective", error);
	/* Also enables them in the slice. The leaves need no controllers below them. */
	if (result == 0)
		result = group_create(slice->runtime_path, controllers, error);
	if (result == 0)
		result = group_create(slice->task_path, controllers, error);
	return result < 0 ? result : set_task_limits(slice, slice_fd, limits, error);
}

static int v2_attach(const struct slice *slice, pid_t pid, struct error *error)
{
	CLEANUP(cleanup_free) char *text = string_format("%d", (int)pid);

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot attach process %d", (int)pid);
	return control_write(slice->files.task_fd, "cgroup.procs", text, error);
}

/*
 * Since Linux 6.12 a write resets the peak, only for reads by this descriptor. Before, the file was
 * read-only: EINVAL for root (measured on 6.1), EBADF if it could not be opened for writing.
 */
static int v2_reset_peak(const struct memory_files *files, struct error *error)
{
	if (files->peak_fd < 0)
		return 1;
	if (pwrite(files->peak_fd, "reset", strlen("reset"), 0) >= 0)
		return 0;
	if (errno == EINVAL || errno == EBADF || errno == EACCES || errno == EPERM)
		return 1;
	return error_set_errno(error, errno, "cannot reset memory.peak");
}

static int v2_read_stat(
	const struct memory_files *files, struct memory_stat *ret_stat, struct error *error)
{
	char text[MEMORY_STAT_TEXT_SIZE];
	int result = control_pread(files->stat_fd, text, sizeof(text));

	if (result >= 0)
		result = memory_stat_parse_v2(text, ret_stat);
	return result < 0 ? error_set_errno(error, -result, "cannot read memory.stat") : 0;
}

/*
 * The slice's file: it includes the events of the leaves, unless the hierarchy is mounted with
 * memory_localevents, which no distribution does.
 */
static int v2_read_events(
	const struct memory_files *files, struct memory_events *ret_events, struct error *error)
{
	char text[EVENTS_TEXT_SIZE];
	int result = control_read(files->slice_fd, "memory.events", text, sizeof(text), error);

	if (result < 0)
		return result;
	result = memory_events_parse(text, ret_events);
	return result < 0 ? error_set_errno(error, -result, "cannot read memory.events") : 0;
}

static int v2_kill(const struct slice *slice, struct error *error)
{
	(void)error;
	/* Linux before 5.14 has no such file. */
	return control_write(slice->files.slice_fd, "cgroup.kill", "1", NULL) < 0 ? 1 : 0;
}

static int v2_freeze(const struct slice *slice, bool frozen, struct error *error)
{
	int result =
		control_write(slice->files.slice_fd, "cgroup.freeze", frozen ? "1" : "0", NULL);

	if (result == -ENOENT) /* before Linux 5.2 */
		return 1;
	return result < 0 ? error_set_errno(error, -result, "cannot write cgroup.freeze") : 0;
}

static int v2_is_frozen(const struct slice *slice, bool *ret_frozen, struct error *error)
{
	struct keyed_value frozen = {.key = "frozen"};
	char text[EVENTS_TEXT_SIZE];
	int result =
		control_read(slice->files.slice_fd, "cgroup.events", text, sizeof(text), error);

	if (result < 0)
		return result;
	result = keyed_parse(text, &frozen, 1);
	if (result < 0)
		return error_set_errno(error, -result, "cannot read cgroup.events");
	*ret_frozen = frozen.value != 0;
	return 0;
}

const struct version version_v2 = {
	.names = {.current = "memory.current",
		.peak = "memory.peak",
		.stat = "memory.stat",
		.pressure = "memory.pressure"},
	.choose_controllers = v2_choose_controllers,
	.make_parent = v2_make_parent,
	.make = v2_make,
	.attach = v2_attach,
	.reset_peak = v2_reset_peak,
	.read_stat = v2_read_stat,
	.read_events = v2_read_events,
	.kill = v2_kill,
	.freeze = v2_freeze,
	.is_frozen = v2_is_frozen,
};
