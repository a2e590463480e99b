#include "runner/container/host_files.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* Larger files are data, not configuration: the largest one wanted, mime.types, has 73 KiB. */
#define MAX_FILE_BYTES (4 * 1024 * 1024)

static const char *const WANTED[] = {
	"OpenCL",
	"R",
	"debian_version",
	"fonts",
	"glvnd",
	"group",
	"host.conf",
	"hosts",
	"java-*",
	"ld.so.cache",
	"ld.so.conf",
	"ld.so.conf.d",
	"locale.alias",
	"localtime",
	"magic",
	"mime.types",
	"networks",
	"nsswitch.conf",
	"os-release",
	"passwd",
	"perl",
	"protocols",
	"python3*",
	"rpc",
	"services",
	"terminfo",
	"timezone",
};

/* systemd-resolved makes links that lead out of /etc: their targets are copied. */
static const char *const WANTED_FOR_NETWORK[] = {"resolv.conf", "hosts"};

static int copy_directory(int from_fd, int to_fd, const char *name, struct error *error);

static bool is_wanted(const char *name)
{
	for (size_t i = 0; i < LENGTH(WANTED); i++)
		if (fnmatch(WANTED[i], name, 0) == 0)
			return true;
	return false;
}

/*
 * With its timestamp: if a source's time differs from its bytecode's, Python recompiles it in the
 * task's memory.
 */
static int copy_host_file(int from_fd, int to_fd, const char *name, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct timespec times[2];
	struct stat status;
	size_t length;
	int r = file_read(from_fd, name, MAX_FILE_BYTES, &text, &length, error);

	if (r == 0)
		r = file_write(to_fd, name, text, length, 0644, error);
	if (r < 0)
		return r;
	if (fstatat(from_fd, name, &status, 0) < 0)
		return error_set_errno(error, errno, "cannot examine %s", name);
	times[0] = status.st_atim;
	times[1] = status.st_mtim;
	if (utimensat(to_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(error, errno, "cannot set the time of %s", name);
	return 0;
}

static int copy_link(int from_fd, int to_fd, const char *name, struct error *error)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from_fd, name, target, sizeof(target) - 1);

	if (length < 0)
		return error_set_errno(error, errno, "cannot read the link %s", name);
	target[length] = '\0';
	if (symlinkat(target, to_fd, name) < 0)
		return error_set_errno(error, errno, "cannot make the link %s", name);
	return 0;
}

static int copy_entry(int from_fd, int to_fd, const char *name, struct error *error)
{
	const mode_t enter = S_IROTH | S_IXOTH;
	struct stat status;

	if (fstatat(from_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(error, errno, "cannot examine %s", name);
	if (S_ISLNK(status.st_mode))
		return copy_link(from_fd, to_fd, name, error);
	if (S_ISDIR(status.st_mode) && (status.st_mode & enter) == enter)
		return copy_directory(from_fd, to_fd, name, error);
	if (S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) &&
		status.st_size <= MAX_FILE_BYTES)
		return copy_host_file(from_fd, to_fd, name, error);
	return 0;
}

static int copy_entries(DIR *from, int to_fd, bool all, struct error *error)
{
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = file_next(from))) {
		if (all || is_wanted(entry->d_name))
			r = copy_entry(dirfd(from), to_fd, entry->d_name, error);
	}
	if (r == 0 && errno != 0)
		return error_set_errno(error, errno, "cannot list a directory");
	return r;
}

static int copy_directory(int from_fd, int to_fd, const char *name, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *from = NULL;
	CLEANUP(cleanup_close) int copy_fd = -1;
	int r = file_list(from_fd, name, &from);

	if (r < 0)
		return error_set_errno(error, -r, "cannot open directory %s", name);
	r = file_make_directories(to_fd, name, 0755, error);
	if (r < 0)
		return r;
	copy_fd = openat(to_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (copy_fd < 0)
		return error_set_errno(error, errno, "cannot open directory %s", name);
	return copy_entries(from, copy_fd, true, error);
}

int host_files_copy(int host_etc_fd, int etc_fd, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *from = NULL;
	int r = file_list(host_etc_fd, ".", &from);

	if (r == 0)
		r = copy_entries(from, etc_fd, false, error);
	else
		error_set_errno(error, -r, "cannot list it");
	if (r < 0)
		error_prefix(error, "cannot copy the host's /etc");
	return r;
}

int host_files_copy_network(int host_etc_fd, int etc_fd, struct error *error)
{
	for (size_t i = 0; i < LENGTH(WANTED_FOR_NETWORK); i++) {
		const char *name = WANTED_FOR_NETWORK[i];
		int r;

		if (faccessat(host_etc_fd, name, R_OK, 0) < 0)
			continue;
		/* An earlier copy may be a link that is dangling in the container. */
		if (unlinkat(etc_fd, name, 0) < 0 && errno != ENOENT)
			return error_set_errno(error, errno, "cannot remove %s", name);
		r = copy_host_file(host_etc_fd, etc_fd, name, error);
		if (r < 0) {
			error_prefix(error, "cannot copy the host's /etc");
			return r;
		}
	}
	return 0;
}
