#include "runner/run/run_latest.h"

#include "util/cleanup.h"
#include "util/give.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LATEST_PART "." RUN_LATEST ".part"

bool run_latest_is_run(const char *target)
{
	static const char pattern[] = "ddddddddTddddddZ-";

	if (strchr(target, '/'))
		return false;
	for (size_t i = 0; pattern[i]; i++)
		if (pattern[i] == 'd' ? !isdigit((unsigned char)target[i])
				      : target[i] != pattern[i])
			return false;
	return true;
}

/* Returns 1 for a link of ours, 0 for none. */
static int look_at_latest(int output_fd, const char *name)
{
	char target[NAME_MAX + 1] = "";
	ssize_t n = readlinkat(output_fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == ENOENT ? 0 : errno == EINVAL ? -EEXIST : -errno;
	target[n] = '\0';
	return run_latest_is_run(target) ? 1 : -EEXIST;
}

/* The run's folder may have been moved: then what is above it is no output directory. */
static int check_place(const struct run_folder *folder, int output_fd, const char *name)
{
	struct stat held, named;

	if (fstat(folder->fd, &held) < 0 ||
		fstatat(output_fd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return held.st_dev == named.st_dev && held.st_ino == named.st_ino ? 0 : -ESTALE;
}

/*
 * A link in a user's folder is the user's. In root's, where nobody else can put another file in its place, it is given
 * to whom the run is given.
 */
static int make_latest_link(int output_fd, const char *target, const struct run_owner *owner)
{
	struct stat status;
	int r;

	if (fstat(output_fd, &status) < 0)
		return -errno;
	if (status.st_uid == 0 && geteuid() == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	/* One that a killed run left. */
	if (look_at_latest(output_fd, LATEST_PART) == 1)
		(void)unlinkat(output_fd, LATEST_PART, 0);
	r = give_make_link(output_fd, target, LATEST_PART);
	if (r == 0 && status.st_uid == 0 && geteuid() == 0 && owner->uid != 0 &&
		fchownat(output_fd, LATEST_PART, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	return r;
}

int run_latest_set(const struct run_folder *folder, const struct run_owner *owner)
{
	CLEANUP(cleanup_close)
	int output_fd = openat(folder->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = strrchr(folder->path, '/') + 1;
	int found, r;

	if (output_fd < 0)
		return -errno;
	r = check_place(folder, output_fd, name);
	found = r == 0 ? look_at_latest(output_fd, RUN_LATEST) : r;
	if (found < 0)
		return found;
	r = make_latest_link(output_fd, name, owner);
	if (r < 0)
		return r;
	if (renameat2(output_fd, LATEST_PART, output_fd, RUN_LATEST, found ? 0 : RENAME_NOREPLACE) <
		0) {
		r = -errno;
		(void)unlinkat(output_fd, LATEST_PART, 0);
	}
	return r;
}
