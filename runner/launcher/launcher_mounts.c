#include "runner/launcher/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Mounts the leaf in place of the host's tree, not on top of it: HotSpot uses the first of two
 * mounts of a hierarchy in /proc/self/mountinfo. Under systemd there are two, the host's and the
 * scope's above it. A user other than root cannot unmount the host's (MNT_LOCKED); the leaf then
 * covers it.
 */
static int show_leaf(const struct launcher *launcher)
{
	const unsigned long none = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int tree_fd = (int)syscall(
		SYS_open_tree, AT_FDCWD, launcher->leaf, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree_fd < 0)
		return errno;
	while (umount2(launcher->leaf_place, MNT_DETACH) == 0)
		;
	if (syscall(SYS_move_mount, tree_fd, "", AT_FDCWD, launcher->leaf_place,
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	close(tree_fd);
	if (mount(NULL, launcher->leaf_place, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | none, NULL) <
		0)
		return errno;
	return 0;
}

/*
 * The launcher has its own mount namespace, which ends with it: as slaves its mounts receive the
 * host's but propagate nothing. The host's /proc would show other pids than the task's own, and the
 * host's cgroup tree another group at the place where a task looks for its own.
 */
int launcher_show_host(const struct launcher *launcher)
{
	const unsigned long none = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (!launcher->leaf)
		return 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
		mount("proc", "/proc", "proc", none, NULL) < 0)
		return errno;
	if (launcher->channel_folder &&
		mount(launcher->channel_folder, "/run/memcg-run", NULL, MS_BIND, NULL) < 0)
		return errno;
	return show_leaf(launcher);
}

/*
 * The runtime mounted it by its path, and whoever may rename a folder above it may have put another there. Without a
 * container it is mounted here, where nobody but root may rename anything. Returns 0 or an errno.
 */
int launcher_take_folder(const struct launcher *launcher)
{
	struct stat status;
	int fd;

	if (!launcher->folder)
		return 0;
	fd = launcher->folder_place ? (int)syscall(SYS_open_tree, AT_FDCWD, launcher->folder,
					      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
				    : open(launcher->folder, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return errno;
	if (status.st_dev != launcher->folder_device || status.st_ino != launcher->folder_inode)
		return ESTALE;
	if (launcher->folder_place && syscall(SYS_move_mount, fd, "", AT_FDCWD,
					      launcher->folder_place, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return errno;
	close(fd);
	return 0;
}

int launcher_show_writable(const struct launcher *launcher)
{
	struct writable_folder folder = launcher->writable;
	int upper_fd = -1, error_number;

	if (!folder.path)
		return 0;
	if (launcher->keep)
		folder.ret_upper_fd = &upper_fd;
	error_number = writable_show(&folder);
	if (error_number || !launcher->keep)
		return error_number;
	error_number = launcher_send_written(upper_fd);
	close(upper_fd);
	return error_number;
}
