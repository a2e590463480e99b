#include "util/give.h"

#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_and_open(int directory_fd, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(directory_fd, name, mode) < 0)
		return -errno;
	fd = openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Of this thread, for files alone. False for a user whom this user namespace does not know. */
static bool take_file_rights(uid_t uid, gid_t gid)
{
	setfsgid(gid);
	setfsuid(uid);
	return (uid_t)setfsuid((uid_t)-1) == uid;
}

/* Each change of them makes the process one that dumps no core. */
static void take_own_file_rights(int dumpable)
{
	setfsuid(geteuid());
	setfsgid(getegid());
	if (dumpable == 1)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static int make_as(int directory_fd, const char *name, mode_t mode, const struct stat *owner)
{
	const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	const bool known = take_file_rights(owner->st_uid, owner->st_gid);
	CLEANUP(cleanup_close) int fd = make_and_open(directory_fd, name, mode);
	struct stat made;

	take_own_file_rights(dumpable);
	if (fd < 0)
		return fd;
	if (fstat(fd, &made) < 0)
		return -errno;
	if (known && made.st_uid != owner->st_uid)
		return -EPERM;
	return TAKE_FD(fd);
}

int give_make_folder(int directory_fd, const char *name, mode_t mode)
{
	struct stat owner;

	if (fstat(directory_fd, &owner) < 0)
		return -errno;
	if (geteuid() != 0 || owner.st_uid == 0)
		return make_and_open(directory_fd, name, mode);
	return make_as(directory_fd, name, mode, &owner);
}

int give_make_link(int directory_fd, const char *target, const char *name)
{
	const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	struct stat owner;
	bool lent;
	int r;

	if (fstat(directory_fd, &owner) < 0)
		return -errno;
	lent = geteuid() == 0 && owner.st_uid != 0;
	if (lent)
		(void)take_file_rights(owner.st_uid, owner.st_gid);
	r = symlinkat(target, directory_fd, name) < 0 ? -errno : 0;
	if (lent)
		take_own_file_rights(dumpable);
	return r;
}

int give_check_empty(int fd)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	int r = file_list(fd, ".", &directory);

	if (r < 0)
		return r;
	return file_next(directory) ? -ENOTEMPTY : -errno;
}

int give_make_folder_of_root(int directory_fd, const char *name, mode_t mode)
{
	CLEANUP(cleanup_close) int fd = give_make_folder(directory_fd, name, mode);
	struct stat made;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &made) < 0)
		return -errno;
	if (geteuid() == 0 && made.st_uid != 0) {
		/* Its owner may have opened it to others until now; the mode is the mask of an ACL too. */
		if (fchown(fd, 0, 0) < 0 || fchmod(fd, mode) < 0)
			return -errno;
		r = give_check_empty(fd);
		if (r < 0)
			return r;
	}
	return TAKE_FD(fd);
}

/* To whom, and how deep in the tree; each level takes two descriptors and a frame of the stack. */
struct giving {
	uid_t from; /* whose becomes theirs */
	uid_t uid;
	gid_t gid;
	unsigned depth;
};

static int give_contents(int directory_fd, struct giving giving, struct error *error);

static int give_entry(int directory_fd, const char *name, struct giving giving, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
	CLEANUP(cleanup_close) int fd = -1;
	struct stat status;
	int r = 0;

	if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(error, errno, "cannot find the owner of %s", name);
	if (status.st_uid != giving.from)
		return 0;
	if (S_ISDIR(status.st_mode) && giving.depth < GIVE_MAX_DEPTH) {
		fd = file_open_beneath(directory_fd, name, flags);
		if (fd == -EXDEV)
			return 0;
		if (fd < 0)
			return error_set_errno(error, -fd, "cannot open %s", name);
		r = give_contents(fd,
			(struct giving){.from = giving.from,
				.uid = giving.uid,
				.gid = giving.gid,
				.depth = giving.depth + 1},
			error);
	}
	if (r == 0 && fchownat(directory_fd, name, giving.uid, giving.gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = error_set_errno(error, errno, "cannot give %s to its user", name);
	return r;
}

static int give_contents(int directory_fd, struct giving giving, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	int r = file_list(directory_fd, ".", &directory);

	if (r < 0)
		return error_set_errno(error, -r, "cannot list a folder to give");
	while (r == 0 && (entry = file_next(directory)))
		r = give_entry(directory_fd, entry->d_name, giving, error);
	if (r == 0 && errno != 0)
		return error_set_errno(error, errno, "cannot list a folder to give");
	return r;
}

int give_tree(int fd, uid_t uid, gid_t gid, struct error *error)
{
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot find the owner of a folder to give");
	if (uid == 0 || geteuid() != 0 || status.st_uid != 0)
		return 0;
	r = give_contents(fd, (struct giving){.uid = uid, .gid = gid, .depth = 1}, error);
	if (r == 0 && fchown(fd, uid, gid) < 0)
		r = error_set_errno(error, errno, "cannot give a folder to its user");
	return r;
}

int give_take_back(int fd, uid_t from, struct error *error)
{
	if (from == 0)
		return 0;
	if (fchown(fd, 0, 0) < 0)
		return error_set_errno(error, errno, "cannot take a folder back");
	return give_contents(fd, (struct giving){.from = from, .depth = 1}, error);
}
