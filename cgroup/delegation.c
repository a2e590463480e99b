#include "cgroup/delegation.h"

#include "cgroup/control.h"
#include "cgroup/systemd_scope.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A group with child groups that have controllers must not have processes: the runner needs a leaf.
 */
#define RUNNER_LEAF "runner"

#define CONTROLLERS_TEXT_SIZE 1024
#define MEMBERSHIP_MAX_BYTES 65536

enum delegation delegation_choose(const struct hierarchy *hierarchy)
{
	/*
	 * On v1 systemd delegates neither freezer nor cpuset, and killing a slice needs the
	 * freezer.
	 */
	if (!systemd_is_running() || hierarchy_version(hierarchy) != HIERARCHY_V2)
		return DELEGATION_NONE;
	return geteuid() == 0 ? DELEGATION_SYSTEM : DELEGATION_USER;
}

/* The new cgroup namespace starts at this process's group, which must be the scope itself. */
static int check_membership(const char *unit, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	char *rest, *line;
	int r = file_read(AT_FDCWD, "/proc/self/cgroup", MEMBERSHIP_MAX_BYTES, &text, NULL, error);

	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strrchr(line, '/');

		if (strncmp(line, "0::", 3) == 0 && name && strcmp(name + 1, unit) == 0)
			return 0;
	}
	return error_set(error, ESRCH, "systemd started %s without this process in it", unit);
}

static int write_map(const char *path, const char *format, unsigned id, struct error *error)
{
	CLEANUP(cleanup_free) char *text = string_format(format, id);

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write %s", path);
	return control_write(AT_FDCWD, path, text, error);
}

/* Maps one user and one group: more would need newuidmap(1) and a configuration of the host. */
static int enter_user_namespace(struct error *error)
{
	const unsigned uid = geteuid();
	const unsigned gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER) < 0)
		return error_set_errno(error, errno,
			"cannot make a user namespace, which containers need without root; allow "
			"it "
			"(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
			"kernel.apparmor_restrict_unprivileged_userns), or run it with sudo");
	r = write_map("/proc/self/uid_map", "0 %u 1", uid, error);
	/*
	 * Otherwise a user could drop a group that denies them access to a file
	 * (user_namespaces(7)).
	 */
	if (r == 0)
		r = control_write(AT_FDCWD, "/proc/self/setgroups", "deny", error);
	return r == 0 ? write_map("/proc/self/gid_map", "0 %u 1", gid, error) : r;
}

/*
 * Creates a detached mount and attaches it (Linux 5.2): mount(2) refuses to mount a file system
 * over itself, and a user other than root cannot unmount what is there.
 */
static int mount_scope(const char *mount_point, struct error *error)
{
	const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	CLEANUP(cleanup_close) int context_fd = fsopen("cgroup2", FSOPEN_CLOEXEC);
	CLEANUP(cleanup_close) int mount_fd = -1;

	if (context_fd >= 0 && fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount_fd = fsmount(context_fd, FSMOUNT_CLOEXEC, attributes);
	if (mount_fd < 0 ||
		move_mount(mount_fd, "", AT_FDCWD, mount_point, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set_errno(error, errno, "cannot mount the scope at %s", mount_point);
	return 0;
}

/* Mounts of the host still propagate here, but not the reverse. */
static int enter_cgroup_namespace(const char *mount_point, struct error *error)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		return error_set_errno(error, errno, "cannot make mount and cgroup namespaces");
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return error_set_errno(error, errno, "cannot make mounts private");
	return mount_scope(mount_point, error);
}

static int check_memory(int scope_fd, enum delegation delegation, struct error *error)
{
	char controllers[CONTROLLERS_TEXT_SIZE];
	int r = control_read(
		scope_fd, "cgroup.controllers", controllers, sizeof(controllers), error);

	if (r < 0)
		return r;
	if (text_has_word(controllers, "memory", " \n"))
		return 0;
	return error_set(error, ENOENT, "systemd does not delegate the memory controller%s",
		delegation == DELEGATION_USER
			? " to this user; as root: systemctl edit user@.service, add \"[Service]\" "
			  "and \"Delegate=memory pids cpu cpuset\"; then log in again"
			: "");
}

static int use_scope(const char *mount_point, enum delegation delegation, struct error *error)
{
	CLEANUP(cleanup_close)
	int scope_fd = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_close) int leaf_fd = -1;
	int r;

	if (scope_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", mount_point);
	r = check_memory(scope_fd, delegation, error);
	if (r < 0)
		return r;
	if (mkdirat(scope_fd, RUNNER_LEAF, 0755) < 0)
		return error_set_errno(error, errno, "cannot create %s", RUNNER_LEAF);
	leaf_fd = openat(scope_fd, RUNNER_LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", RUNNER_LEAF);
	return control_write(leaf_fd, "cgroup.procs", "0", error);
}

int delegation_enter(
	enum delegation delegation, const struct hierarchy *hierarchy, struct error *error)
{
	const char *mount_point = hierarchy_memory_mount(hierarchy);
	CLEANUP(cleanup_free) char *unit = NULL;
	int r;

	if (delegation == DELEGATION_NONE)
		return 0;
	unit = string_format("memcg-run-%d.scope", (int)getpid());
	if (!unit)
		return error_set_errno(error, ENOMEM, "cannot name a scope");
	r = systemd_scope_start(unit, delegation == DELEGATION_USER, error);
	if (r == 0)
		r = check_membership(unit, error);
	if (r == 0 && delegation == DELEGATION_USER)
		r = enter_user_namespace(error);
	if (r == 0)
		r = enter_cgroup_namespace(mount_point, error);
	return r == 0 ? use_scope(mount_point, delegation, error) : r;
}
