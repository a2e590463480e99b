#include "cgroup/group.h"

#include "util/cleanup.h"

#include <errno.h>
#include <libcgroup.h>
#include <stdarg.h>
#include <string.h>

/* Attempts to create a group while other runs remove the same parent. */
#define CREATE_TRIES 5

static void cleanup_cgroup(struct cgroup **cgroup)
{
	cgroup_free(cgroup);
}

/* libcgroup's own logger prints to stdout, which belongs to the command line. */
static void discard_log(void *context, int level, const char *format, va_list arguments)
{
	(void)context;
	(void)level;
	(void)format;
	(void)arguments;
}

static int number_of(int code)
{
	switch (code) {
	case ECGOTHER:
		return cgroup_get_last_errno() > 0 ? cgroup_get_last_errno() : EIO;
	case ECGROUPNOTMOUNTED:
	case ECGROUPSUBSYSNOTMOUNTED:
	case ECGROUPNOTEXIST:
	case ECGROUPVALUENOTEXIST:
		return ENOENT;
	case ECGROUPNOTOWNER:
	case ECGROUPNOTALLOWED:
		return EPERM;
	case ECGNONEMPTY:
		return EBUSY;
	default:
		return EIO;
	}
}

static int group_fail(struct error *error, int code, const char *operation, const char *path,
	const char *controller)
{
	return error_set(error, number_of(code), "cannot %s %s (%s): %s", operation, path,
		controller, cgroup_strerror(code));
}

int group_start(const struct hierarchy *hierarchy, struct error *error)
{
	CLEANUP(cleanup_free) char *mount = NULL;
	int code;

	cgroup_set_logger(discard_log, CGROUP_LOG_ERROR, NULL);
	code = cgroup_init();
	if (code == 0)
		code = cgroup_get_subsys_mount_point("memory", &mount);
	if (code != 0)
		return error_set(error, number_of(code), "libcgroup finds no memory controller: %s",
			cgroup_strerror(code));
	if (strcmp(mount, hierarchy_memory_mount(hierarchy)) != 0)
		return error_set(error, EXDEV,
			"libcgroup uses the memory controller at %s, not the one at %s", mount,
			hierarchy_memory_mount(hierarchy));
	return 0;
}

/* libcgroup's object for a group with these controllers; NULL on ENOMEM. */
static struct cgroup *group_describe(const char *path, const char *const *controllers)
{
	CLEANUP(cleanup_cgroup) struct cgroup *cgroup = cgroup_new_cgroup(path);

	if (!cgroup)
		return NULL;
	for (size_t i = 0; controllers[i]; i++)
		if (!cgroup_add_controller(cgroup, controllers[i]))
			return NULL;
	return TAKE_PTR(cgroup);
}

int group_create(const char *path, const char *const *controllers, struct error *error)
{
	CLEANUP(cleanup_cgroup) struct cgroup *cgroup = group_describe(path, controllers);
	int code = 0;

	if (!cgroup)
		return error_set_errno(error, ENOMEM, "cannot create %s", path);
	/*
	 * Before the group is created, another run may remove its empty parent. This shows as
	 * ECGROUPNOTALLOWED, libcgroup's code for all mkdir errors except EEXIST and EPERM.
	 */
	for (int i = 0; i < CREATE_TRIES; i++) {
		code = cgroup_create_cgroup(cgroup, 1);
		if (code != ECGROUPNOTALLOWED)
			break;
	}
	return code == 0 ? 0 : group_fail(error, code, "create", path, controllers[0]);
}

int group_set(const char *path, const char *controller, const char *file, const char *value,
	struct error *error)
{
	const char *const controllers[] = {controller, NULL};
	CLEANUP(cleanup_cgroup) struct cgroup *cgroup = group_describe(path, controllers);
	int code;

	if (!cgroup)
		return error_set_errno(error, ENOMEM, "cannot set %s/%s", path, file);
	code = cgroup_add_value_string(cgroup_get_controller(cgroup, controller), file, value);
	if (code == 0)
		code = cgroup_modify_cgroup(cgroup);
	if (code != 0)
		return error_set(error, number_of(code), "cannot set %s/%s (%s) to \"%s\": %s",
			path, file, controller, value, cgroup_strerror(code));
	return 0;
}

int group_get(const char *path, const char *controller, const char *file, char *ret_value,
	size_t size, struct error *error)
{
	void *handle = NULL;
	/* libcgroup 2 lacks const for the name, but does not write to it. */
	int code = cgroup_read_value_begin(
		controller, path, (char *)file, &handle, ret_value, (int)size);

	if (handle)
		cgroup_read_value_end(&handle);
	if (code == ECGEOF) {
		ret_value[0] = '\0';
		return 0;
	}
	if (code != 0)
		return error_set(error, number_of(code), "cannot read %s/%s (%s): %s", path, file,
			controller, cgroup_strerror(code));
	ret_value[strcspn(ret_value, "\n")] = '\0';
	return 0;
}

int group_remove(const char *path, const char *const *controllers, struct error *error)
{
	CLEANUP(cleanup_cgroup) struct cgroup *cgroup = group_describe(path, controllers);
	int code;

	if (!cgroup)
		return error_set_errno(error, ENOMEM, "cannot remove %s", path);
	code = cgroup_delete_cgroup_ext(cgroup, CGFLAG_DELETE_EMPTY_ONLY);
	return code == 0 ? 0 : group_fail(error, code, "remove", path, controllers[0]);
}
