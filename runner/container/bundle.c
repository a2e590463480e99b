#include "runner/container/bundle.h"

#include "runner/container/environment.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/json.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/*
 * Paths that Docker 28 masks or makes read-only (moby, daemon/pkg/oci/defaults.go), with
 * masked_json's.
 */
static const char *const MASKED_PATHS[] = {"/proc/acpi", "/proc/asound", "/proc/interrupts",
	"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
	"/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"};
static const char *const READONLY_PATHS[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

/* As in Docker, or tmp_max if smaller. */
#define DEV_MAX_BYTES (UINT64_C(64) << 20)

static const char *const CAPABILITY_SETS[] = {
	"bounding", "effective", "permitted", "inheritable", "ambient"};
#define N_OWN_CAPABILITY_SETS 3 /* the others are for what is executed */

/*
 * The recursive options (r...) also apply to mounts below the source: a plain "ro" leaves, for
 * example, a separate /usr/local writable. runc 1.1, Linux 5.12 (mount_setattr).
 */
static const char *const BIND_READ_ONLY[] = {
	"rbind", "ro", "rro", "nosuid", "rnosuid", "nodev", "rnodev", NULL};
static const char *const BIND_WRITABLE[] = {"rbind", "nosuid", "rnosuid", "nodev", "rnodev", NULL};
static const char *const BIND_SYS[] = {
	"rbind", "ro", "rro", "nosuid", "rnosuid", "nodev", "rnodev", "noexec", "rnoexec", NULL};
static const char *const BIND_CGROUP[] = {"bind", "ro", "nosuid", "nodev", "noexec", NULL};

/* ---- JSON helpers: NULL on ENOMEM or if a text is not UTF-8 */

static json_t *strings(const char *const *texts, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < n; i++)
		json_append(&array, json_string(texts[i]));
	return array;
}

/* All mounts are added through this, so that the first failure is checked once at the end. */
struct mounts {
	json_t *array;
	bool failed;
};

static void bundle_add_mount(struct mounts *mounts, const char *destination, const char *type,
	const char *source, const char *const *options)
{
	json_t *mount = json_pack("{s:s, s:s, s:s, s:o}", "destination", destination, "type", type,
		"source", source, "options", strings(options, string_list_length(options)));

	if (!mount || json_array_append_new(mounts->array, mount) < 0)
		mounts->failed = true;
}

/* ---- mounts, in mounting order */

/* A tmpfs writable by any user. Without a size it may take half of the machine's memory. */
static void add_writable(struct mounts *mounts, const char *destination, const char *source,
	const char *exec, const struct amount *max)
{
	char size[sizeof("size=18446744073709551615")];
	const char *const options[] = {"nosuid", "nodev", "mode=1777", exec,
		max->kind == AMOUNT_NUMBER ? size : NULL, NULL};

	snprintf(size, sizeof(size), "size=%" PRIu64, max->number);
	bundle_add_mount(mounts, destination, "tmpfs", source, options);
}

/* Whether the image has a /var: its /var/tmp is then read-only like the rest. */
static bool has_var(const struct rootfs *rootfs)
{
	size_t n;
	const struct rootfs_folder *folders = rootfs_folders(rootfs, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(folders[i].destination, "/var") == 0)
			return true;
	return false;
}

static void add_kernel_mounts(struct mounts *mounts, const struct bundle_options *options)
{
	static const char *const none[] = {"nosuid", "noexec", "nodev", NULL};
	char dev_size[sizeof("size=18446744073709551615")];
	const char *const dev[] = {"nosuid", "strictatime", "mode=755", dev_size, NULL};
	static const char *const pts[] = {
		"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", NULL};
	static const char *const sys[] = {"nosuid", "noexec", "nodev", "ro", NULL};
	const struct amount *tmp_max = &options->experiment->container.tmp_max;
	const bool is_less = tmp_max->kind == AMOUNT_NUMBER && tmp_max->number < DEV_MAX_BYTES;

	/* The task's user can write here too. */
	snprintf(dev_size, sizeof(dev_size), "size=%" PRIu64,
		is_less ? tmp_max->number : DEV_MAX_BYTES);
	bundle_add_mount(mounts, "/proc", "proc", "proc", none);
	bundle_add_mount(mounts, "/dev", "tmpfs", "tmpfs", dev);
	bundle_add_mount(mounts, "/dev/pts", "devpts", "devpts", pts);
	add_writable(mounts, "/dev/shm", "shm", "noexec", tmp_max);
	add_writable(mounts, "/tmp", "tmpfs", "exec", tmp_max);
	if (!has_var(options->rootfs))
		add_writable(mounts, "/var/tmp", "tmpfs", "exec", tmp_max);
	/*
	 * A sysfs belongs to a network namespace, and this user namespace may not mount the host's.
	 */
	if (options->unprivileged && options->experiment->container.network)
		bundle_add_mount(mounts, "/sys", "bind", "/sys", BIND_SYS);
	else
		bundle_add_mount(mounts, "/sys", "sysfs", "sysfs", sys);
}

/* On v1 HotSpot ignores container limits unless it finds all of cpu, cpuacct, cpuset and memory. */
static void add_v1_controllers(struct mounts *mounts, const struct bundle_options *options)
{
	static const char *const controllers[] = {"cpu", "cpuacct", "cpuset", "pids"};

	for (size_t i = 0; i < LENGTH(controllers); i++) {
		const char *mount = hierarchy_controller_mount(options->hierarchy, controllers[i]);
		CLEANUP(cleanup_free)
		char *source =
			string_format("%s%s", mount ? mount : "", options->runtime_cgroup_path);
		CLEANUP(cleanup_free)
		char *destination = string_format("/sys/fs/cgroup/%s", controllers[i]);

		if (!source || !destination)
			mounts->failed = true;
		else if (mount)
			bundle_add_mount(mounts, destination, "bind", source, BIND_CGROUP);
	}
}

/*
 * The task finds its own leaf at the place for its group on a host. On v2 it is the root of the task's cgroup namespace,
 * which the launcher's child makes (runner/launcher/launcher_child.c), so that the mount's root is "/" for the task.
 */
static void add_cgroup(struct mounts *mounts, const struct bundle_options *options)
{
	static const char *const tmpfs[] = {"nosuid", "noexec", "nodev", "ro", "mode=755", NULL};

	if (hierarchy_version(options->hierarchy) == HIERARCHY_V2) {
		bundle_add_mount(
			mounts, "/sys/fs/cgroup", "bind", options->task_directory, BIND_CGROUP);
		return;
	}
	bundle_add_mount(mounts, "/sys/fs/cgroup", "tmpfs", "tmpfs", tmpfs);
	bundle_add_mount(
		mounts, "/sys/fs/cgroup/memory", "bind", options->task_directory, BIND_CGROUP);
	add_v1_controllers(mounts, options);
}

/* Without an upper directory an overlay is read-only; of two lower ones the first is on top. */
static void add_overlay(struct mounts *mounts, const struct rootfs_folder *folder)
{
	CLEANUP(cleanup_free)
	char *lower = string_format("lowerdir=%s:%s", folder->layer, folder->source);
	const char *const options[] = {lower, "ro", "nosuid", "nodev", NULL};

	if (lower)
		bundle_add_mount(mounts, folder->destination, "overlay", "overlay", options);
	else
		mounts->failed = true;
}

static void mount_image(struct mounts *mounts, const struct rootfs *rootfs)
{
	size_t n;
	const struct rootfs_folder *folders = rootfs_folders(rootfs, &n);

	for (size_t i = 0; i < n; i++)
		if (folders[i].layer)
			add_overlay(mounts, &folders[i]);
		else
			bundle_add_mount(mounts, folders[i].destination, "bind", folders[i].source,
				BIND_READ_ONLY);
}

/*
 * A read-only mount does not prevent connecting to a socket: nothing is written to the file system.
 */
static void add_own(struct mounts *mounts, const struct bundle_options *options)
{
	bundle_add_mount(mounts, "/run/memcg-run/launcher", "bind", options->installation->launcher,
		BIND_READ_ONLY);
	bundle_add_mount(mounts, "/run/memcg-run/python", "bind", options->installation->python,
		BIND_READ_ONLY);
	bundle_add_mount(mounts, "/run/memcg-run/phenomena", "bind",
		options->installation->phenomena, BIND_READ_ONLY);
	bundle_add_mount(
		mounts, "/run/memcg-run/channel", "bind", options->channel_path, BIND_READ_ONLY);
	if (options->reporter_path)
		bundle_add_mount(mounts, "/run/memcg-run/reporter.py", "bind",
			options->reporter_path, BIND_READ_ONLY);
	if (options->stdin_path)
		bundle_add_mount(mounts, "/run/memcg-run/stdin", "bind", options->stdin_path,
			BIND_READ_ONLY);
	if (options->profiler_directory)
		bundle_add_mount(mounts, "/run/memcg-run/profiler", "bind",
			options->profiler_directory, BIND_WRITABLE);
}

static void add_experiment(struct mounts *mounts, const struct rootfs *rootfs)
{
	size_t n;
	const struct rootfs_mount *list = rootfs_mounts(rootfs, &n);

	for (size_t i = 0; i < n; i++)
		bundle_add_mount(mounts, list[i].destination, "bind", list[i].source,
			list[i].writable ? BIND_WRITABLE : BIND_READ_ONLY);
}

static json_t *mounts_json(const struct bundle_options *options)
{
	struct mounts mounts = {.array = json_array()};

	add_kernel_mounts(&mounts, options);
	add_cgroup(&mounts, options);
	mount_image(&mounts, options->rootfs);
	add_own(&mounts, options);
	add_experiment(&mounts, options->rootfs);
	if (mounts.failed) {
		json_decref(mounts.array);
		return NULL;
	}
	return mounts.array;
}

/* ---- the process */

static json_t *environment_json(const char *const *given)
{
	char **environment;
	json_t *array;

	if (environment_new(given, &environment, NULL) < 0)
		return NULL;
	array = strings((const char *const *)environment,
		string_list_length((const char *const *)environment));
	string_list_free(environment);
	return array;
}

/* For the overlay of a writable folder, which works with the rights of who mounted it. */
static const char *const OVERLAY_CAPABILITIES[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_SETFCAP"};

#define MAX_CAPABILITIES (LENGTH(OVERLAY_CAPABILITIES) + 4)

/* What the launcher needs before the task runs, and drops: it starts with these, and the task has none. */
static size_t launcher_capabilities(
	const struct bundle_options *options, const char *ret_names[MAX_CAPABILITIES])
{
	const bool is_writable = options->task->working_directory == WORKING_DIRECTORY_WRITABLE;
	size_t n = 0;

	for (size_t i = 0; is_writable && i < LENGTH(OVERLAY_CAPABILITIES); i++)
		ret_names[n++] = OVERLAY_CAPABILITIES[i];
	if (options->task->user) {
		ret_names[n++] = "CAP_SETUID";
		ret_names[n++] = "CAP_SETGID";
	}
	/* For the mount, and on v2 for the task's cgroup namespace. */
	if (is_writable || hierarchy_version(options->hierarchy) == HIERARCHY_V2)
		ret_names[n++] = "CAP_SYS_ADMIN";
	if (n > 0)
		ret_names[n++] = "CAP_SETPCAP";
	return n;
}

static json_t *capabilities_json(const struct bundle_options *options)
{
	const char *names[MAX_CAPABILITIES];
	const size_t n = launcher_capabilities(options, names);
	json_t *sets = json_object();

	for (size_t i = 0; sets && i < LENGTH(CAPABILITY_SETS); i++)
		if (json_object_set_new(sets, CAPABILITY_SETS[i],
			    strings(names, i < N_OWN_CAPABILITY_SETS ? n : 0)) < 0) {
			json_decref(sets);
			return NULL;
		}
	return sets;
}

/*
 * No rlimits and no oomScoreAdj: the runtime needs CAP_SYS_RESOURCE to set them, which root inside
 * a container may lack. The task uses the host's values.
 */
static json_t *process_json(const struct bundle_options *options)
{
	return json_pack("{s:b, s:{s:i, s:i}, s:o, s:o, s:s, s:o, s:b}", "terminal", 0, "user",
		"uid", 0, "gid", 0, "args",
		strings(options->argv, string_list_length(options->argv)), "env",
		environment_json(options->environment), "cwd", options->experiment->directory,
		"capabilities", capabilities_json(options), "noNewPrivileges", 1);
}

/* ---- the rest */

static json_t *namespaces_json(bool network_of_host)
{
	static const char *const types[] = {"pid", "ipc", "uts", "mount", "network"};
	json_t *array = json_array();

	for (size_t i = 0; array && i < LENGTH(types) - (network_of_host ? 1 : 0); i++)
		json_append(&array, json_pack("{s:s}", "type", types[i]));
	return array;
}

/* Through these a task could observe others on a CPU: Docker masks the existing ones too. */
static json_t *masked_json(void)
{
	json_t *array = strings(MASKED_PATHS, LENGTH(MASKED_PATHS));
	const long n_cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (long cpu = 0; array && cpu < n_cpus; cpu++) {
		CLEANUP(cleanup_free)
		char *path = string_format("/sys/devices/system/cpu/cpu%ld/thermal_throttle", cpu);

		if (path && access(path, F_OK) < 0)
			continue;
		json_append(&array, json_string(path));
	}
	return array;
}

/* No resources: limits are set on the task leaf and on the slice above it. */
static json_t *linux_json(const struct bundle_options *options)
{
	return json_pack("{s:s, s:{}, s:o, s:o, s:o}", "cgroupsPath", options->runtime_cgroup_path,
		"resources", "namespaces", namespaces_json(options->experiment->container.network),
		"maskedPaths", masked_json(), "readonlyPaths",
		strings(READONLY_PATHS, LENGTH(READONLY_PATHS)));
}

int bundle_config(const struct bundle_options *options, char **ret_json, struct error *error)
{
	CLEANUP(cleanup_json)
	json_t *config = json_pack("{s:s, s:o, s:{s:s, s:b}, s:s, s:o, s:o}", "ociVersion", "1.0.2",
		"process", process_json(options), "root", "path", rootfs_path(options->rootfs),
		"readonly", 1, "hostname", CONTAINER_HOST_NAME, "mounts", mounts_json(options),
		"linux", linux_json(options));
	char *text;

	if (!config)
		return error_set(error, EILSEQ,
			"cannot write the container's configuration: a path or a variable of the "
			"environment is not UTF-8");
	text = json_dumps(config, JSON_INDENT(2));
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write the container's configuration");
	*ret_json = text;
	return 0;
}

int bundle_write(const struct bundle_options *options, const char *directory, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/config.json", directory);
	CLEANUP(cleanup_free) char *json = NULL;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot write the container's configuration");
	r = bundle_config(options, &json, error);
	return r < 0 ? r : file_write(AT_FDCWD, path, json, strlen(json), 0600, error);
}
