#include "runner/container/writable.h"

#include "runner/launcher/writable.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <inttypes.h>
#include <mntent.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define KEY "task.working_directory = \"writable\""

/* Of the child that tries: it could not get namespaces of its own. Not an errno. */
#define ATTEMPT_IMPOSSIBLE 255

/* user.* attributes are all that a user namespace may set; renaming a folder of the original needs the others. */
static const char overlay_of_root[] = "lowerdir=lower,upperdir=upper,workdir=work,redirect_dir=on";
static const char overlay_of_user[] = "lowerdir=lower,upperdir=upper,workdir=work,userxattr";

/* ---- what lies below */

/* The overlay would show the empty folders that they hide. */
static int check_mounts_below(const char *directory, struct error *error)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	int r = 0;

	if (!mounts)
		return error_set_errno(error, errno, "cannot read the mounts of this host");
	for (struct mntent *entry; r == 0 && (entry = getmntent(mounts));)
		if (strcmp(entry->mnt_dir, directory) != 0 &&
			path_is_below(entry->mnt_dir, directory))
			r = error_set(error, EOPNOTSUPP,
				KEY ": %s is mounted below the experiment's folder %s, and an "
				    "overlay would hide it: put the experiment elsewhere",
				entry->mnt_dir, directory);
	endmntent(mounts);
	return r;
}

/* ---- the attempt, in a child: only system calls */

static int write_proc_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : close(fd);
}

/* The caller as user 0 of a user namespace. */
static int become_root_of_namespace(uid_t uid, gid_t gid)
{
	char text[64];

	if (unshare(CLONE_NEWUSER) < 0 || write_proc_text("/proc/self/setgroups", "deny") < 0)
		return -1;
	snprintf(text, sizeof(text), "0 %u 1", uid);
	if (write_proc_text("/proc/self/uid_map", text) < 0)
		return -1;
	snprintf(text, sizeof(text), "0 %u 1", gid);
	return write_proc_text("/proc/self/gid_map", text);
}

_Noreturn static void attempt_writable(const struct writable_folder *folder)
{
	const uid_t uid = geteuid();

	if ((uid != 0 && become_root_of_namespace(uid, getegid()) < 0) ||
		unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(ATTEMPT_IMPOSSIBLE);
	_exit(writable_show(folder));
}

/* Returns 0, an errno, or ATTEMPT_IMPOSSIBLE. */
static int attempt(const struct writable_folder *folder)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		attempt_writable(folder);
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EPROTO;
}

static int refuse_overlay(const char *directory, int error_number, struct error *error)
{
	if (error_number == ENODEV)
		return error_set(error, ENODEV,
			KEY " needs overlayfs, which this kernel does not have: load it (modprobe "
			    "overlay), or mount a folder to write to (container.mounts)");
	return error_set_errno(error, error_number,
		KEY ": cannot mount an overlay of %s: move the experiment to another file system, "
		    "such as ext4 or xfs, or mount a folder to write to (container.mounts)",
		directory);
}

static int check_overlay(
	const char *directory, const struct writable *writable, struct error *error)
{
	const struct writable_folder folder = {
		.path = directory,
		.tmpfs_size = writable->tmpfs_size,
		.overlay = writable->overlay,
		.idmap_fd = -1,
	};
	const int r = attempt(&folder);

	return r == 0 || r == ATTEMPT_IMPOSSIBLE ? 0 : refuse_overlay(directory, r, error);
}

static char *format_tmpfs_size(const struct amount *max)
{
	return max->kind == AMOUNT_NUMBER ? string_format("%" PRIu64, max->number) : strdup("");
}

static int writable_init(
	const struct experiment *experiment, struct writable *ret_writable, struct error *error)
{
	struct writable writable = {
		.wanted = true,
		.idmap_fd = -1,
		.tmpfs_size = format_tmpfs_size(&experiment->container.tmp_max),
		.overlay = geteuid() == 0 ? overlay_of_root : overlay_of_user,
	};
	int r = writable.tmpfs_size ? check_mounts_below(experiment->directory, error)
				    : error_set_errno(error, ENOMEM, KEY);

	if (r == 0)
		r = check_overlay(experiment->directory, &writable, error);
	if (r < 0)
		writable_close(&writable);
	else
		*ret_writable = writable;
	return r;
}

int writable_check(const struct experiment *experiment, struct error *error)
{
	struct writable writable = WRITABLE_NONE;
	int r = 0;

	for (size_t i = 0; i < experiment->n_tasks && !writable.wanted && r == 0; i++)
		if (experiment->tasks[i].working_directory == WORKING_DIRECTORY_WRITABLE)
			r = writable_init(experiment, &writable, error);
	writable_close(&writable);
	return r;
}

/* ---- owners */

/* Every id as itself but for two, which are swapped: the lines of a uid_map. */
static void format_swap(uint32_t left, uint32_t right, char *text, size_t size)
{
	const uint32_t low = left < right ? left : right;
	const uint32_t high = left < right ? right : left;
	const uint32_t parts[][3] = {
		{0, 0, low},
		{low, high, 1},
		{low + 1, low + 1, high - low - 1},
		{high, low, low == high ? 0 : 1},
		{high + 1, high + 1, UINT32_MAX - high - 1},
	};
	size_t length = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i][2] == 0 || (low == high && i == 2))
			continue;
		length += (size_t)snprintf(text + length, size - length, "%u %u %u\n", parts[i][0],
			parts[i][1], parts[i][2]);
	}
}

_Noreturn static void hold_user_namespace(int ready_fd)
{
	if (unshare(CLONE_NEWUSER) == 0 && write(ready_fd, "", 1) == 1)
		pause();
	_exit(1);
}

static int map_owner(pid_t pid, const struct stat *owner, uid_t uid, gid_t gid)
{
	CLEANUP(cleanup_free) char *uid_path = string_format("/proc/%d/uid_map", (int)pid);
	CLEANUP(cleanup_free) char *gid_path = string_format("/proc/%d/gid_map", (int)pid);
	CLEANUP(cleanup_free) char *namespace = string_format("/proc/%d/ns/user", (int)pid);
	char map[256];
	int r, fd;

	if (!uid_path || !gid_path || !namespace)
		return -ENOMEM;
	format_swap(owner->st_uid, uid, map, sizeof(map));
	r = write_proc_text(uid_path, map);
	if (r < 0)
		return r;
	format_swap(owner->st_gid, gid, map, sizeof(map));
	r = write_proc_text(gid_path, map);
	if (r < 0)
		return r;
	fd = open(namespace, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A user namespace lives as long as a descriptor of it, without a process in it. Returns one or -errno. */
static int make_user_namespace(const struct stat *owner, uid_t uid, gid_t gid)
{
	int ready[2];
	char byte;
	pid_t pid;
	int r;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		hold_user_namespace(ready[1]);
	r = pid < 0 ? -errno : 0;
	close(ready[1]);
	if (r == 0)
		r = read(ready[0], &byte, 1) == 1 ? map_owner(pid, owner, uid, gid) : -EPERM;
	close(ready[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return r;
}

static int refuse_owner(
	const char *directory, const struct stat *owner, int error_number, struct error *error)
{
	return error_set_errno(error, error_number,
		KEY ": the experiment's folder %s belongs to user %u and group %u, and this file "
		    "system or kernel cannot show it as the task's own: set task.user = "
		    "\"%u:%u\", or give the folder to the task's user (chown -R)",
		directory, owner->st_uid, owner->st_gid, owner->st_uid, owner->st_gid);
}

static int map_folder(const char *directory, const struct task_user *user,
	struct writable *writable, struct error *error)
{
	const uid_t uid = user ? user->uid : geteuid();
	const gid_t gid = user ? user->gid : getegid();
	struct writable_folder folder = {.path = directory,
		.tmpfs_size = writable->tmpfs_size,
		.overlay = writable->overlay};
	struct stat owner;
	int r;

	if (stat(directory, &owner) < 0)
		return error_set_errno(error, errno, KEY ": cannot look up %s", directory);
	if (owner.st_uid == uid && owner.st_gid == gid)
		return 0;
	/* Without root only one's own can be mapped; the group gives no more rights than its owner has. */
	if (geteuid() != 0 && owner.st_uid == uid)
		return 0;
	writable->idmap_fd = geteuid() == 0 ? make_user_namespace(&owner, uid, gid) : -EPERM;
	if (writable->idmap_fd < 0)
		return refuse_owner(directory, &owner, -writable->idmap_fd, error);
	folder.idmap_fd = writable->idmap_fd;
	r = attempt(&folder);
	return r == 0 ? 0 : refuse_owner(directory, &owner, r, error);
}

int writable_open(const struct experiment *experiment, const struct task *task,
	const struct task_user *user, struct writable *ret_writable, struct error *error)
{
	struct writable writable = WRITABLE_NONE;
	int r = 0;

	if (task->working_directory == WORKING_DIRECTORY_WRITABLE) {
		r = writable_init(experiment, &writable, error);
		if (r == 0)
			r = map_folder(experiment->directory, user, &writable, error);
	}
	if (r < 0)
		writable_close(&writable);
	else
		*ret_writable = writable;
	return r;
}

void writable_close(struct writable *writable)
{
	if (writable->idmap_fd >= 0)
		close(writable->idmap_fd);
	free(writable->tmpfs_size);
	*writable = WRITABLE_NONE;
}
