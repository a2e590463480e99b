#include "runner/host/run_directory.h"

#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int run_directory_find(char **ret_path, struct error *error)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	const bool is_root = geteuid() == 0;
	char *path;

	if (!is_root && (!session || *session != '/'))
		return error_set(error, ENOENT,
			"XDG_RUNTIME_DIR is not set: without root a run needs a login session "
			"(ssh, a console or machinectl shell, but not su or sudo -u)");
	path = is_root ? string_format("/run/memcg-run") : string_format("%s/memcg-run", session);
	if (!path)
		return error_set_errno(error, ENOMEM, "cannot name the run's directory");
	*ret_path = path;
	return 0;
}

int run_directory_make(const char *path, struct error *error)
{
	struct stat status;
	int r = file_make_directories(AT_FDCWD, path, 0700, error);

	if (r < 0)
		return r;
	if (lstat(path, &status) < 0)
		return error_set_errno(error, errno, "cannot look up %s", path);
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
		(status.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(error, EPERM,
			"%s is not a private folder of this user: remove it, or find out who "
			"created it",
			path);
	return 0;
}
