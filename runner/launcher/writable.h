#pragma once

/*
 * A folder that can be written to while the original stays as it is: an overlay whose upper layer is a tmpfs, mounted
 * in place of the folder in the caller's own mount namespace, with which everything written ends. For the launcher, which
 * has no library, and for the check whether this host can do it (runner/container/writable.h).
 *
 * What is written is shared memory of the process that writes it, as in /tmp. The folder of the tmpfs is unmounted again:
 * the overlay keeps it. Mounts below the folder are not in the overlay. The folder is opened by its path once: whoever may
 * rename a folder above it may put a link in its place at any time.
 *
 * Needs CAP_SYS_ADMIN, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID and CAP_SETFCAP: the overlay works with the
 * rights of the process that mounted it (Linux Documentation/filesystems/overlayfs.rst, "Permission model"). An idmapped
 * layer needs Linux 5.19.
 */

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct writable_folder {
	const char *path;
	const char *tmpfs_size; /* in bytes; "": half of the machine's memory */
	const char *overlay;	/* its options, the layers named "lower", "upper" and "work" */
	int *ret_upper_fd;	/* NULL: not wanted; else a descriptor of the upper layer */
	/* A user namespace by which the folder's owner is shown as another; -1: as it is. */
	int idmap_fd;
};

/* A copy of a mount. Returns a descriptor or -1. */
static inline int writable_take_tree(int fd, const char *path)
{
	return (int)syscall(
		SYS_open_tree, fd, path, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

/* The folder itself, not yet mounted anywhere. Returns a descriptor or -errno; *ret_status is what the task is to see. */
static inline int writable_take_lower(
	const struct writable_folder *folder, int folder_fd, struct stat *ret_status)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (__u64)(folder->idmap_fd)};
	int fd = writable_take_tree(folder_fd, "");

	if (fd < 0)
		return -errno;
	if ((folder->idmap_fd < 0 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes,
					     sizeof(attributes)) == 0) &&
		fstat(fd, ret_status) == 0)
		return fd;
	close(fd);
	return -errno;
}

/* Not yet mounted anywhere. Returns a descriptor or -1. */
static inline int writable_new_tmpfs(const char *size)
{
	const int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (context < 0 ||
		syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
		(size[0] &&
			syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "size", size, 0) < 0) ||
		syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(
		SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Mounts a tree at a folder, and goes there. Returns 0 or -1. */
static inline int writable_enter(int tree_fd, int folder_fd)
{
	return (int)syscall(SYS_move_mount, tree_fd, "", folder_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -1
		       : fchdir(tree_fd);
}

/* In the tmpfs, which is the working directory. The root of the overlay has the owner and the mode of the upper layer's. */
static inline int writable_make_layers(int lower_fd, const struct stat *status)
{
	if (mkdir("lower", 0700) < 0 || mkdir("work", 0700) < 0 || mkdir("upper", 0700) < 0 ||
		mkdir("merged", 0700) < 0 || chown("upper", status->st_uid, status->st_gid) < 0 ||
		chmod("upper", status->st_mode & 07777) < 0 ||
		syscall(SYS_move_mount, lower_fd, "", AT_FDCWD, "lower", MOVE_MOUNT_F_EMPTY_PATH) <
			0)
		return errno;
	return 0;
}

/* Returns 0 or an errno. The folder is then the working directory. What is opened ends at exec, or with the process. */
static inline int writable_show(const struct writable_folder *folder)
{
	const int folder_fd = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int lower_fd, tmpfs_fd, merged_fd, error_number;

	if (folder_fd < 0)
		return errno;
	lower_fd = writable_take_lower(folder, folder_fd, &status);
	if (lower_fd < 0)
		return -lower_fd;
	tmpfs_fd = writable_new_tmpfs(folder->tmpfs_size);
	if (tmpfs_fd < 0 || writable_enter(tmpfs_fd, folder_fd) < 0)
		return errno;
	error_number = writable_make_layers(lower_fd, &status);
	if (error_number)
		return error_number;
	if (folder->ret_upper_fd) {
		*folder->ret_upper_fd = open("upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*folder->ret_upper_fd < 0)
			return errno;
	}
	if (mount("overlay", "merged", "overlay", MS_NOSUID | MS_NODEV, folder->overlay) < 0)
		return errno;
	merged_fd = writable_take_tree(AT_FDCWD, "merged");
	if (merged_fd < 0 || umount2(".", MNT_DETACH) < 0 ||
		writable_enter(merged_fd, folder_fd) < 0)
		return errno;
	close(merged_fd);
	close(tmpfs_fd);
	close(lower_fd);
	close(folder_fd);
	return 0;
}
