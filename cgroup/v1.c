/*
 * cgroup v1: one hierarchy per controller. The measured leaf exists only in the memory hierarchy;
 * pids, cpuset and freezer apply to the slice, and processes are in its `runtime` there. Sources:
 * Linux Documentation/admin-guide/cgroup-v1/, memory.rst, cpusets.rst, freezer-subsystem.rst.
 *
 * memory.stat by v2's names:
 *   anon        total_rss
 *   file        total_cache
 *   shmem       total_shmem
 *   kernel      memory.kmem.usage_in_bytes, if readable
 *   pgfault     total_pgfault
 *   pgmajfault  total_pgmajfault
 *   workingset_refault_anon, _file      total_workingset_refault_anon, _file
 *   sock, slab, and the working set's activations, restorations and reclaimed nodes do not exist
 */

#include "cgroup/control.h"
#include "cgroup/group.h"
#include "cgroup/limit.h"
#include "cgroup/version.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SMALL_TEXT_SIZE 256

/* cpuset.cpus and cpuset.mems of the largest machines. */
#define CPUSET_TEXT_SIZE 4096

/* /proc/PID/cgroup: some 15 lines, each with a path of at most PATH_MAX. */
#define MEMBERSHIP_MAX_BYTES (64u << 10)

static const struct limit_file memory_max = {"memory", "memory.limit_in_bytes", "-1", LIMIT_BYTES};
static const struct limit_file memory_and_swap_max = {
	"memory", "memory.memsw.limit_in_bytes", "-1", LIMIT_BYTES};
static const struct limit_file cpu_quota = {"cpu", "cpu.cfs_quota_us", "-1", LIMIT_COUNT};
static const struct limit_file cpu_period = {"cpu", "cpu.cfs_period_us", "", LIMIT_COUNT};
static const struct limit_file pids_max = {"pids", "pids.max", "max", LIMIT_COUNT};

static int add_controller(const struct hierarchy *hierarchy, const char *controller,
	const char *ret_controllers[], size_t *n, struct error *error)
{
	if (!hierarchy_controller_mount(hierarchy, controller))
		return error_set(error, ENOENT,
			"a limit needs the \"%s\" controller, which is not mounted; as root: mkdir "
			"/sys/fs/cgroup/%s && mount -t cgroup -o %s %s /sys/fs/cgroup/%s",
			controller, controller, controller, controller, controller);
	ret_controllers[(*n)++] = controller;
	return 0;
}

static int v1_choose_controllers(const struct hierarchy *hierarchy, const struct limits *limits,
	const char *ret_controllers[SLICE_MAX_CONTROLLERS + 1], struct error *error)
{
	size_t n = 0;
	int result = 0;

	if (limits->oom_group)
		return error_set(
			error, EOPNOTSUPP, "killing a whole group at once needs cgroup v2");
	if (limits->memory_high_bytes.kind != AMOUNT_UNSET)
		return error_set(error, EOPNOTSUPP, "memory.high needs cgroup v2");
	ret_controllers[n++] = "memory";
	if (limits->pids_max.kind != AMOUNT_UNSET)
		result = add_controller(hierarchy, "pids", ret_controllers, &n, error);
	if (result == 0 && limits->cpus)
		result = add_controller(hierarchy, "cpuset", ret_controllers, &n, error);
	if (result == 0 && limits->cpu_quota_us.kind != AMOUNT_UNSET)
		result = add_controller(hierarchy, "cpu", ret_controllers, &n, error);
	if (result < 0)
		return result;
	/* Without a freezer a kill takes more rounds, but works. */
	if (hierarchy_controller_mount(hierarchy, "freezer"))
		ret_controllers[n++] = "freezer";
	ret_controllers[n] = NULL;
	return 0;
}

/*
 * On some hosts new groups start with their parent's CPUs (cgroup.clone_children, which is
 * inherited; LXC sets it). `runtime` would then have CPUs that the slice must not have, which the
 * kernel refuses (EBUSY).
 */
static int v1_make_parent(const struct slice *slice, struct error *error)
{
	int result = group_create(SLICE_PARENT, slice->controllers, error);

	for (size_t i = 0; result == 0 && slice->controllers[i]; i++)
		if (strcmp(slice->controllers[i], "cpuset") == 0)
			result = group_set(
				SLICE_PARENT, "cpuset", "cgroup.clone_children", "0", error);
	return result;
}

/*
 * New groups have neither CPUs nor memory nodes, and accept no process and no child group's until
 * set.
 */
static int cpuset_inherit(
	const char *path, const char *parent_path, const char *file, struct error *error)
{
	char text[CPUSET_TEXT_SIZE];
	int result = group_get(path, "cpuset", file, text, sizeof(text), error);

	if (result < 0 || text[0] != '\0')
		return result;
	result = group_get(parent_path, "cpuset", file, text, sizeof(text), error);
	if (result < 0)
		return result;
	return group_set(path, "cpuset", file, text, error);
}

/*
 * Before `runtime` is created: if the root sets cgroup.clone_children, a new group has its parent's
 * CPUs, and the parent can then not be narrowed below it (EBUSY, measured on 6.18).
 */
static int make_cpuset(const struct slice *slice, const char *cpus, struct error *error)
{
	int result = cpuset_inherit(SLICE_PARENT, "/", "cpuset.cpus", error);

	if (result == 0)
		result = cpuset_inherit(SLICE_PARENT, "/", "cpuset.mems", error);
	if (result == 0)
		result = cpuset_inherit(slice->path, SLICE_PARENT, "cpuset.mems", error);
	if (result == 0)
		result = limit_set_cpus(slice->path, cpus, "cpuset.cpus", error);
	return result;
}

/* v1's second limit is for memory and swap together, and must never be below the first. */
static int v1_set_memory(const char *path, int slice_fd, const struct limits *limits,
	struct amount memory_max_bytes, struct error *error)
{
	struct amount both = {.kind = AMOUNT_NUMBER};
	int result = limit_set(path, &memory_max, memory_max_bytes, error);

	/* A new group has no limit for swap. */
	if (result < 0 || limits->swap_max_bytes.kind != AMOUNT_NUMBER)
		return result;
	if (faccessat(slice_fd, memory_and_swap_max.name, F_OK, 0) < 0)
		return limit_check_unaccounted_swap(limits->swap_max_bytes, error);
	if (memory_max_bytes.kind != AMOUNT_NUMBER) {
		bool has_swap;

		result = limit_host_has_swap(&has_swap, error);
		if (result < 0 || !has_swap)
			return result;
		return error_set(error, EINVAL,
			"on cgroup v1 a swap limit applies to the sum of memory and swap: set a "
			"memory limit too");
	}
	if (__builtin_add_overflow(
		    memory_max_bytes.number, limits->swap_max_bytes.number, &both.number))
		both.kind = AMOUNT_MAX;
	return limit_set(path, &memory_and_swap_max, both, error);
}

/*
 * On the task's group for this controller, which is also the launcher's: the task reads it there.
 */
static int v1_set_cpu_quota(const char *path, struct amount quota_us, struct error *error)
{
	const struct amount period = {.kind = AMOUNT_NUMBER, .number = SLICE_CPU_PERIOD_US};
	int result =
		quota_us.kind == AMOUNT_UNSET ? 0 : limit_set(path, &cpu_period, period, error);

	return result < 0 ? result : limit_set(path, &cpu_quota, quota_us, error);
}

static int v1_set_limits(
	const struct slice *slice, int slice_fd, const struct limits *limits, struct error *error)
{
	int result =
		v1_set_memory(slice->task_path, slice_fd, limits, limits->memory_max_bytes, error);

	if (result == 0)
		result = v1_set_memory(slice->path, slice_fd, limits,
			limit_with_runtime(limits->memory_max_bytes), error);
	if (result == 0)
		result = v1_set_cpu_quota(slice->runtime_path, limits->cpu_quota_us, error);
	if (result == 0)
		result = limit_set(slice->path, &pids_max, limits->pids_max, error);
	return result;
}

/*
 * Before Linux 5.11 a group may be set not to count its descendants: limits are then ineffective.
 */
static int check_use_hierarchy(int slice_fd, struct error *error)
{
	char text[SMALL_TEXT_SIZE];
	int result = control_read(slice_fd, "memory.use_hierarchy", text, sizeof(text), NULL);

	if (result < 0 || text[0] == '1')
		return 0;
	return error_set(error, EOPNOTSUPP,
		"the memory controller does not charge groups to their parents; as root: echo 1 > "
		"memory.use_hierarchy in the root group, or boot Linux 5.11 or later");
}

static int v1_make(
	const struct slice *slice, int slice_fd, const struct limits *limits, struct error *error)
{
	static const char *const memory[] = {"memory", NULL};
	int result = check_use_hierarchy(slice_fd, error);

	if (result == 0)
		result = group_create(slice->path, slice->controllers, error);
	if (result == 0 && limits->cpus)
		result = make_cpuset(slice, limits->cpus, error);
	if (result == 0)
		result = group_create(slice->runtime_path, slice->controllers, error);
	if (result == 0 && limits->cpus)
		result = cpuset_inherit(slice->runtime_path, slice->path, "cpuset.cpus", error);
	if (result == 0 && limits->cpus)
		result = cpuset_inherit(slice->runtime_path, slice->path, "cpuset.mems", error);
	if (result == 0)
		result = group_create(slice->task_path, memory, error);
	return result < 0 ? result : v1_set_limits(slice, slice_fd, limits, error);
}

/*
 * By cgroup.event_control (memory.rst, "OOM Control"): the kernel notifies the group whose limit
 * was hit and its descendants (mem_cgroup_oom_notify in mm/memcontrol-v1.c, Linux 6.12), so the
 * task leaf gets events for its own limit and for the slice's. Optional: kernels without it
 * (CONFIG_MEMCG_V1) only lack these events.
 */
static void v1_listen(struct memory_files *files)
{
	CLEANUP(cleanup_close) int oom_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CLEANUP(cleanup_close)
	int control_fd = openat(files->task_fd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[SMALL_TEXT_SIZE];

	if (oom_fd < 0 || control_fd < 0)
		return;
	snprintf(text, sizeof(text), "%d %d", oom_fd, control_fd);
	if (control_write(files->task_fd, "cgroup.event_control", text, NULL) == 0)
		files->oom_fd = TAKE_FD(oom_fd);
}

/*
 * Whether a line "4:pids:/memcg-run.slice/x.slice/runtime" of /proc/PID/cgroup puts the process in
 * the slice for this controller. Co-mounted controllers are separated by commas.
 */
static bool line_is_in_slice(const char *line, const char *controller, const char *path)
{
	const size_t length = strlen(controller);
	const char *names = strchr(line, ':');
	const char *end = names ? strchr(++names, ':') : NULL;
	const char *found;

	while (end && names < end) {
		size_t n = strcspn(names, ",:");

		if (n == length && memcmp(names, controller, n) == 0) {
			found = strstr(end, path);
			return found && strchr("/\n", found[strlen(path)]);
		}
		names += n + 1;
	}
	return false;
}

static bool is_in_slice(const char *membership, const char *controller, const char *path)
{
	for (const char *line = membership; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_is_in_slice(line, controller, path))
			return true;
	}
	return false;
}

static int write_procs(
	const char *mount, const char *path, const char *pid_text, struct error *error)
{
	CLEANUP(cleanup_free) char *file = string_format("%s%s/cgroup.procs", mount, path);

	if (!file)
		return error_set_errno(error, ENOMEM, "cannot attach process %s", pid_text);
	return control_write(AT_FDCWD, file, pid_text, error);
}

/*
 * Moves it into the task leaf; and, for other controllers in whose slice it is not (an OCI runtime
 * puts it there, a plain fork does not), into their `runtime`. Uses cgroup.procs, which moves all
 * threads: libcgroup's own attach writes to `tasks` and moves one.
 */
static int v1_attach(const struct slice *slice, pid_t pid, struct error *error)
{
	CLEANUP(cleanup_free) char *file = string_format("/proc/%d/cgroup", (int)pid);
	CLEANUP(cleanup_free) char *pid_text = string_format("%d", (int)pid);
	CLEANUP(cleanup_free) char *membership = NULL;
	size_t length;
	int result;

	if (!file || !pid_text)
		return error_set_errno(error, ENOMEM, "cannot attach process %d", (int)pid);
	result = file_read(AT_FDCWD, file, MEMBERSHIP_MAX_BYTES, &membership, &length, error);
	for (size_t i = 1; result >= 0 && slice->controllers[i]; i++) {
		const char *controller = slice->controllers[i];

		if (!is_in_slice(membership, controller, slice->path))
			result = write_procs(
				hierarchy_controller_mount(slice->hierarchy, controller),
				slice->runtime_path, pid_text, error);
	}
	if (result < 0)
		return result;
	return control_write(slice->files.task_fd, "cgroup.procs", pid_text, error);
}

static int v1_reset_peak(const struct memory_files *files, struct error *error)
{
	if (files->peak_fd < 0)
		return 1;
	if (pwrite(files->peak_fd, "0", 1, 0) < 0)
		return error_set_errno(error, errno, "cannot reset memory.max_usage_in_bytes");
	return 0;
}

static int v1_read_stat(
	const struct memory_files *files, struct memory_stat *ret_stat, struct error *error)
{
	char text[MEMORY_STAT_TEXT_SIZE];
	struct memory_stat stat;
	int result = control_pread(files->stat_fd, text, sizeof(text));

	if (result >= 0)
		result = memory_stat_parse_v1(text, &stat);
	if (result < 0)
		return error_set_errno(error, -result, "cannot read memory.stat");
	stat.present[MEMORY_STAT_KERNEL] =
		files->kernel_fd >= 0 &&
		memory_value_read(files->kernel_fd, &stat.value[MEMORY_STAT_KERNEL]) == 0;
	*ret_stat = stat;
	return 0;
}

/*
 * How often charges failed at the limits of the slice and of its task leaf. Memory and swap together are charged
 * first, so that with no swap allowed it is theirs that grows; on Linux 6.18 it stays 0 (measured).
 */
static int read_failures(int slice_fd, uint64_t *ret_failures, struct error *error)
{
	static const char *const files[] = {"memory.failcnt", "task/memory.failcnt",
		"memory.memsw.failcnt", "task/memory.memsw.failcnt"};
	uint64_t sum = 0;

	for (size_t i = 0; i < LENGTH(files); i++) {
		char text[SMALL_TEXT_SIZE];
		uint64_t value;
		int result = control_read(slice_fd, files[i], text, sizeof(text), NULL);

		if (i >= 2 && result == -ENOENT)
			break; /* swap is not accounted */
		if (result >= 0)
			result = memory_value_parse(text, (size_t)result, &value);
		if (result < 0)
			return error_set_errno(error, -result, "cannot read %s", files[i]);
		sum += value;
	}
	*ret_failures = sum;
	return 0;
}

/* On v1 only the group of the killed process counts a kill, hence the sum of the three. */
static int read_oom_kills(int slice_fd, uint64_t *ret_oom_kills, struct error *error)
{
	static const char *const files[] = {
		"memory.oom_control", "task/memory.oom_control", "runtime/memory.oom_control"};
	uint64_t sum = 0;

	for (size_t i = 0; i < 3; i++) {
		char text[SMALL_TEXT_SIZE];
		uint64_t value;
		int result = control_read(slice_fd, files[i], text, sizeof(text), NULL);

		if (i == 2 && (result == -ENOENT || result == -ENODEV))
			break; /* the OCI runtime removes its leaf after the container's end */
		if (result >= 0)
			result = memory_oom_control_parse(text, &value);
		if (result < 0)
			return error_set_errno(error, -result, "cannot read %s", files[i]);
		sum += value;
	}
	*ret_oom_kills = sum;
	return 0;
}

static int v1_read_events(
	const struct memory_files *files, struct memory_events *ret_events, struct error *error)
{
	struct pollfd oom = {.fd = files->oom_fd, .events = POLLIN};
	struct memory_events events = {0};
	int result = read_failures(files->slice_fd, &events.max, error);

	if (result == 0)
		result = read_oom_kills(files->slice_fd, &events.oom_kill, error);
	if (result < 0)
		return result;
	/* A runtime may have removed its leaf by now, including its count of kills. */
	events.oom = events.oom_kill > 0 ? events.oom_kill : poll(&oom, 1, 0) == 1;
	*ret_events = events;
	return 0;
}

static char *freezer_file(const struct slice *slice)
{
	const char *mount = hierarchy_controller_mount(slice->hierarchy, "freezer");

	return mount ? string_format("%s%s/freezer.state", mount, slice->path) : NULL;
}

static int v1_freeze(const struct slice *slice, bool frozen, struct error *error)
{
	CLEANUP(cleanup_free) char *file = freezer_file(slice);

	if (!file)
		return 1;
	return control_write(AT_FDCWD, file, frozen ? "FROZEN" : "THAWED", error);
}

/* The state is FREEZING until the last process, including descendants, is frozen. */
static int v1_is_frozen(const struct slice *slice, bool *ret_frozen, struct error *error)
{
	CLEANUP(cleanup_free) char *file = freezer_file(slice);
	char text[SMALL_TEXT_SIZE];
	int result;

	if (!file)
		return error_set_errno(error, ENOENT, "cannot read freezer.state");
	result = control_read(AT_FDCWD, file, text, sizeof(text), error);
	if (result < 0)
		return result;
	*ret_frozen = strcmp(text, "FROZEN\n") == 0;
	return 0;
}

const struct version version_v1 = {
	.names = {.current = "memory.usage_in_bytes",
		.peak = "memory.max_usage_in_bytes",
		.stat = "memory.stat",
		.kernel = "memory.kmem.usage_in_bytes",
		.tasks = "tasks"},
	.choose_controllers = v1_choose_controllers,
	.make_parent = v1_make_parent,
	.make = v1_make,
	.listen = v1_listen,
	.attach = v1_attach,
	.reset_peak = v1_reset_peak,
	.read_stat = v1_read_stat,
	.read_events = v1_read_events,
	.kill = NULL,
	.freeze = v1_freeze,
	.is_frozen = v1_is_frozen,
};
