#include "cgroup/hierarchy.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOUNTINFO "/proc/self/mountinfo"

/*
 * A host with ten thousand containers has some 30 MiB of mounts; a larger file is not a mountinfo.
 */
#define MOUNTINFO_MAX_BYTES (64u << 20)

/* cgroup.controllers is one line of some 15 names. */
#define CONTROLLERS_MAX_BYTES 4096u

/* Fields of a mountinfo line before the optional ones: proc(5). */
enum mountinfo_field {
	FIELD_ID,
	FIELD_PARENT,
	FIELD_DEVICE,
	FIELD_ROOT,
	FIELD_POINT,
	FIELD_OPTIONS,
	N_FIELDS,
};

struct mount {
	char *point;
	char *device;	     /* "0:32": the same for every mount of one hierarchy */
	char *super_options; /* of the hierarchy: "rw,cpu,cpuacct", "rw,name=systemd" */
	bool unified;
	bool read_only;
};

struct hierarchy {
	enum hierarchy_version version;
	struct mount *mounts;
	const char **points; /* of the mounts, NULL-terminated */
	size_t n_mounts;
	const struct mount *memory;
};

static int mounts_parse(const char *mountinfo, struct hierarchy **ret_hierarchy);
static int hierarchy_choose(
	struct hierarchy *hierarchy, const char *controllers, struct error *error);
static const struct mount *find_unified(const struct hierarchy *hierarchy);
static const struct mount *find_controller(
	const struct hierarchy *hierarchy, const char *controller);

CLEANUP_POINTER(cleanup_hierarchy, struct hierarchy, hierarchy_free)

static int read_mountinfo(const char *root, struct hierarchy **ret_hierarchy, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s" MOUNTINFO, root);
	CLEANUP(cleanup_free) char *text = NULL;
	int result;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot read " MOUNTINFO);
	result = file_read(AT_FDCWD, path, MOUNTINFO_MAX_BYTES, &text, NULL, error);
	if (result < 0)
		return result;
	result = mounts_parse(text, ret_hierarchy);
	return result < 0 ? error_set_errno(error, -result, "cannot read %s", path) : 0;
}

static int read_controllers(
	const char *root, const struct mount *unified, char **ret_text, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s%s/cgroup.controllers", root, unified->point);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot read cgroup.controllers");
	return file_read(AT_FDCWD, path, CONTROLLERS_MAX_BYTES, ret_text, NULL, error);
}

int hierarchy_check_permission(
	const char *root, const struct hierarchy *hierarchy, struct error *error)
{
	const char *point = hierarchy->memory->point;
	CLEANUP(cleanup_free) char *path = string_format("%s%s", root, point);

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot use %s", point);
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno != EACCES && errno != EPERM)
		return error_set_errno(error, errno, "cannot use %s", point);
	return error_set(
		error, EACCES, "cannot create groups in %s: Permission denied; run as root", point);
}

int hierarchy_find_below(const char *root, struct hierarchy **ret_hierarchy, struct error *error)
{
	CLEANUP(cleanup_hierarchy) struct hierarchy *hierarchy = NULL;
	CLEANUP(cleanup_free) char *controllers = NULL;
	const struct mount *unified;
	int result = read_mountinfo(root, &hierarchy, error);

	if (result < 0)
		return result;
	unified = find_unified(hierarchy);
	if (unified) {
		result = read_controllers(root, unified, &controllers, error);
		if (result < 0)
			return result;
	}
	result = hierarchy_choose(hierarchy, controllers ? controllers : "", error);
	if (result < 0)
		return result;
	*ret_hierarchy = TAKE_PTR(hierarchy);
	return 0;
}

int hierarchy_find(struct hierarchy **ret_hierarchy, struct error *error)
{
	CLEANUP(cleanup_hierarchy) struct hierarchy *hierarchy = NULL;
	int result = hierarchy_find_below("", &hierarchy, error);

	if (result == 0)
		result = hierarchy_check_permission("", hierarchy, error);
	if (result < 0)
		return result;
	*ret_hierarchy = TAKE_PTR(hierarchy);
	return 0;
}

int hierarchy_parse(const char *mountinfo, const char *controllers,
	struct hierarchy **ret_hierarchy, struct error *error)
{
	CLEANUP(cleanup_hierarchy) struct hierarchy *hierarchy = NULL;
	int result = mounts_parse(mountinfo, &hierarchy);

	if (result < 0)
		return error_set_errno(error, -result, "cannot parse mountinfo");
	result = hierarchy_choose(hierarchy, controllers, error);
	if (result < 0)
		return result;
	*ret_hierarchy = TAKE_PTR(hierarchy);
	return 0;
}

static int hierarchy_refuse(const struct hierarchy *hierarchy, struct error *error)
{
	const struct mount *unified = find_unified(hierarchy);

	if (hierarchy->n_mounts == 0)
		return error_set(error, ENOENT,
			"no cgroup hierarchy is mounted; as root: mount -t cgroup2 none "
			"/sys/fs/cgroup");
	if (unified)
		return error_set(error, ENOENT,
			"the cgroup2 hierarchy at %s has no memory controller and none is mounted "
			"as v1; boot with cgroup_enable=memory and without cgroup_disable=memory",
			unified->point);
	return error_set(error, ENOENT,
		"no memory controller is mounted; boot with cgroup_enable=memory, or as root: "
		"mkdir /sys/fs/cgroup/memory && mount -t cgroup -o memory memory "
		"/sys/fs/cgroup/memory");
}

/* A controller is in one hierarchy at a time, so at most one of the two has memory. */
static int hierarchy_choose(
	struct hierarchy *hierarchy, const char *controllers, struct error *error)
{
	const struct mount *unified = find_unified(hierarchy);

	if (unified && text_has_word(controllers, "memory", " \n")) {
		hierarchy->version = HIERARCHY_V2;
		hierarchy->memory = unified;
	} else {
		hierarchy->version = HIERARCHY_V1;
		hierarchy->memory = find_controller(hierarchy, "memory");
	}
	if (!hierarchy->memory)
		return hierarchy_refuse(hierarchy, error);
	if (hierarchy->memory->read_only)
		return error_set(error, EROFS,
			"%s is mounted read-only, as in a container; run on the host, or as root: "
			"mount -o remount,rw %s",
			hierarchy->memory->point, hierarchy->memory->point);
	return 0;
}

/* Undoes mountinfo's octal escapes (\040 blank, \011 tab, \012 newline, \134 backslash), in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
			from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The optional fields end at "-"; the kernel writes any number of them. */
static bool skip_optional_fields(char **rest)
{
	const char *field;

	while ((field = strsep(rest, " ")))
		if (strcmp(field, "-") == 0)
			return true;
	return false;
}

/* Returns 1 and a mount if the line is one of a cgroup hierarchy, else 0. Modifies the line. */
static int mount_parse(char *line, struct mount *ret_mount)
{
	struct mount mount = {0};
	char *fields[N_FIELDS];
	const char *type, *super_options;

	for (size_t i = 0; i < N_FIELDS; i++) {
		fields[i] = strsep(&line, " ");
		if (!fields[i])
			return 0;
	}
	if (!skip_optional_fields(&line))
		return 0;
	type = strsep(&line, " ");
	strsep(&line, " "); /* the source: arbitrary */
	super_options = strsep(&line, " ");
	if (!super_options || (strcmp(type, "cgroup") != 0 && strcmp(type, "cgroup2") != 0))
		return 0;

	unescape(fields[FIELD_POINT]);
	mount.unified = strcmp(type, "cgroup2") == 0;
	mount.read_only = text_has_word(fields[FIELD_OPTIONS], "ro", ",") ||
			  text_has_word(super_options, "ro", ",");
	mount.point = strdup(fields[FIELD_POINT]);
	mount.device = strdup(fields[FIELD_DEVICE]);
	mount.super_options = strdup(super_options);
	*ret_mount = mount;
	return 1;
}

static void mount_release(struct mount *mount)
{
	free(mount->point);
	free(mount->device);
	free(mount->super_options);
}

/* Takes ownership of the mount. */
static int hierarchy_add_mount(struct hierarchy *hierarchy, struct mount mount)
{
	size_t n = hierarchy->n_mounts;

	if (!mount.point || !mount.device || !mount.super_options)
		goto out_of_memory;
	/*
	 * A second mount of the same groups, as container engines make; like libcgroup, uses the
	 * first.
	 */
	for (size_t i = 0; i < n; i++)
		if (strcmp(hierarchy->mounts[i].device, mount.device) == 0) {
			mount_release(&mount);
			return 0;
		}
	if (!ARRAY_GROW(hierarchy->mounts, n) || !ARRAY_GROW(hierarchy->points, n + 1))
		goto out_of_memory;
	hierarchy->mounts[n] = mount;
	hierarchy->points[n] = mount.point;
	hierarchy->points[n + 1] = NULL;
	hierarchy->n_mounts = n + 1;
	return 0;

out_of_memory:
	mount_release(&mount);
	return -ENOMEM;
}

static int mounts_parse(const char *mountinfo, struct hierarchy **ret_hierarchy)
{
	CLEANUP(cleanup_hierarchy) struct hierarchy *hierarchy = calloc(1, sizeof(*hierarchy));
	CLEANUP(cleanup_free) char *text = strdup(mountinfo);
	char *rest = text;
	char *line;

	if (!hierarchy || !text)
		return -ENOMEM;
	while ((line = strsep(&rest, "\n"))) {
		struct mount mount;

		if (mount_parse(line, &mount) > 0 && hierarchy_add_mount(hierarchy, mount) < 0)
			return -ENOMEM;
	}
	*ret_hierarchy = TAKE_PTR(hierarchy);
	return 0;
}

static const struct mount *find_unified(const struct hierarchy *hierarchy)
{
	for (size_t i = 0; i < hierarchy->n_mounts; i++)
		if (hierarchy->mounts[i].unified)
			return &hierarchy->mounts[i];
	return NULL;
}

static const struct mount *find_controller(
	const struct hierarchy *hierarchy, const char *controller)
{
	for (size_t i = 0; i < hierarchy->n_mounts; i++) {
		const struct mount *mount = &hierarchy->mounts[i];

		if (!mount->unified && text_has_word(mount->super_options, controller, ","))
			return mount;
	}
	return NULL;
}

void hierarchy_free(struct hierarchy *hierarchy)
{
	if (!hierarchy)
		return;
	for (size_t i = 0; i < hierarchy->n_mounts; i++)
		mount_release(&hierarchy->mounts[i]);
	free(hierarchy->mounts);
	free(hierarchy->points);
	free(hierarchy);
}

enum hierarchy_version hierarchy_version(const struct hierarchy *hierarchy)
{
	return hierarchy->version;
}

const char *hierarchy_name(const struct hierarchy *hierarchy)
{
	return hierarchy->version == HIERARCHY_V2 ? "v2" : "v1";
}

const char *hierarchy_memory_mount(const struct hierarchy *hierarchy)
{
	return hierarchy->memory->point;
}

const char *const *hierarchy_mounts(const struct hierarchy *hierarchy)
{
	return hierarchy->points;
}

const char *hierarchy_controller_mount(const struct hierarchy *hierarchy, const char *controller)
{
	const struct mount *mount = find_controller(hierarchy, controller);

	return mount ? mount->point : NULL;
}
