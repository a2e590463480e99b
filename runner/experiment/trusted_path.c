#include "runner/experiment/trusted_path.h"

#include "util/cleanup.h"
#include "util/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int check_one(const char *path, uid_t user, struct error *error)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return error_set_errno(error, errno, "cannot examine %s", path);
	if (status.st_uid != 0 && status.st_uid != user)
		return error_set(error, EPERM,
			"%s belongs to user %u; root runs only what root or the calling user owns: "
			"chown it",
			path, (unsigned)status.st_uid);
	if (!(status.st_mode & (S_IWGRP | S_IWOTH)) ||
		(S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX)))
		return 0;
	return error_set(error, EPERM,
		"%s is writable by others; root runs only what they cannot change: chmod go-w it",
		path);
}

int trusted_path_check(const char *path, uid_t user, struct error *error)
{
	CLEANUP(cleanup_free) char *resolved = realpath(path, NULL);
	int r = 0;

	if (!resolved)
		return error_set_errno(error, errno, "cannot examine %s", path);
	while (r == 0 && *resolved) {
		r = check_one(resolved, user, error);
		*strrchr(resolved, '/') = '\0';
	}
	return r == 0 ? check_one("/", user, error) : r;
}

uid_t trusted_path_user(void)
{
	const char *text = getenv("SUDO_UID");
	uint64_t uid;

	return text && parse_u64(text, &uid) == 0 && uid < UINT32_MAX ? (uid_t)uid : 0;
}
