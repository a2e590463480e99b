#include "runner/trial/written.h"

#include "runner/trial/quota.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/give.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WRITTEN "written"
/* A trial that is run again more often has no folder left. */
#define MAX_FOLDERS 99
#define COPY_BYTES 65536

struct copying {
	FILE *left_out;
	struct error *error;
};

static int written_copy_folder(
	const struct copying *copying, int from_fd, int to_fd, const char *path);

/* One line, whatever the name is. */
static void leave_out(
	const struct copying *copying, const char *what, const char *path, const char *rest)
{
	CLEANUP(cleanup_free) char *line = string_format("%s %s%s", what, path, rest);

	if (!line)
		return;
	text_blank_controls(line);
	fprintf(copying->left_out, "%s\n", line);
}

/* ---- a file */

static int written_copy_bytes(int from_fd, int to_fd, off_t begin, off_t end)
{
	char bytes[COPY_BYTES];

	while (begin < end) {
		size_t wanted = end - begin < COPY_BYTES ? (size_t)(end - begin) : COPY_BYTES;
		ssize_t n = pread(from_fd, bytes, wanted, begin);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		if (pwrite(to_fd, bytes, (size_t)n, begin) != n)
			return errno ? -errno : -EIO;
		begin += n;
	}
	return 0;
}

/* Its data alone: a hole is read from a tmpfs at the speed of memory, and may have a terabyte. */
static int written_copy_data(int from_fd, int to_fd, off_t length)
{
	off_t begin, end = 0;
	int r = ftruncate(to_fd, length) < 0 ? -errno : 0;

	while (r == 0 && end < length) {
		begin = lseek(from_fd, end, SEEK_DATA);
		if (begin < 0)
			return errno == ENXIO ? 0 : -errno;
		end = lseek(from_fd, begin, SEEK_HOLE);
		if (end < 0)
			return -errno;
		errno = 0;
		r = written_copy_bytes(from_fd, to_fd, begin, end);
	}
	return r;
}

/* Where the kernel is set up so, a file of the original that was renamed or whose mode changed has no content of its own. */
static bool is_without_content(int fd)
{
	return fgetxattr(fd, "trusted.overlay.metacopy", NULL, 0) >= 0 ||
	       fgetxattr(fd, "user.overlay.metacopy", NULL, 0) >= 0;
}

static int written_copy_file(
	const struct copying *copying, int from_fd, int to_fd, const char *name, const char *path)
{
	CLEANUP(cleanup_close)
	int from = openat(from_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	CLEANUP(cleanup_close) int to = -1;
	struct stat status;
	int r;

	if (from < 0 || fstat(from, &status) < 0)
		return error_set_errno(copying->error, errno, "cannot read %s", path);
	if (is_without_content(from)) {
		leave_out(copying, "unchanged", path, ", but for its name or its mode");
		return 0;
	}
	to = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return error_set_errno(copying->error, errno, "cannot create %s", path);
	r = written_copy_data(from, to, status.st_size);
	if (r == 0 && fchmod(to, (status.st_mode & 0777) | S_IRUSR | S_IWUSR) < 0)
		r = -errno;
	return r < 0 ? error_set_errno(copying->error, -r, "cannot keep %s", path) : 0;
}

/* ---- what is in a folder */

/* The overlay's own words for a folder of the original that was renamed. */
static void note_renamed(const struct copying *copying, int folder_fd, const char *path)
{
	char from[PATH_MAX];
	ssize_t length = fgetxattr(folder_fd, "trusted.overlay.redirect", from, sizeof(from) - 1);
	CLEANUP(cleanup_free) char *rest = NULL;

	if (length <= 0)
		return;
	from[length] = '\0';
	rest = string_format(", from %s: of it only what was written", from);
	leave_out(copying, "renamed", path, rest ? rest : "");
}

static int written_copy_subfolder(const struct copying *copying, int from_fd, int to_fd,
	const char *name, const char *path, mode_t mode)
{
	CLEANUP(cleanup_close)
	int from = openat(from_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(cleanup_close) int to = -1;
	int r;

	if (from < 0)
		return error_set_errno(copying->error, errno, "cannot read %s", path);
	if (mkdirat(to_fd, name, 0700) < 0)
		return error_set_errno(copying->error, errno, "cannot create %s", path);
	to = openat(to_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return error_set_errno(copying->error, errno, "cannot open %s", path);
	note_renamed(copying, from, path);
	r = written_copy_folder(copying, from, to, path);
	if (r == 0 && fchmod(to, (mode & 0777) | S_IRWXU) < 0)
		r = error_set_errno(copying->error, errno, "cannot keep %s", path);
	return r;
}

static void written_note_link(
	const struct copying *copying, int from_fd, const char *name, const char *path)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from_fd, name, target, sizeof(target) - 1);
	CLEANUP(cleanup_free) char *rest = NULL;

	target[length < 0 ? 0 : length] = '\0';
	rest = string_format(" -> %s", target);
	leave_out(copying, "link", path, rest ? rest : "");
}

/* A whiteout is a character device 0:0, or without root a file that is marked (overlayfs.rst, "whiteouts"). */
static bool is_whiteout(int from_fd, const char *name, const struct stat *status)
{
	CLEANUP(cleanup_close) int fd = -1;

	if (S_ISCHR(status->st_mode))
		return status->st_rdev == makedev(0, 0);
	if (!S_ISREG(status->st_mode) || status->st_size != 0)
		return false;
	fd = openat(from_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && (fgetxattr(fd, "user.overlay.whiteout", NULL, 0) >= 0 ||
				  fgetxattr(fd, "trusted.overlay.whiteout", NULL, 0) >= 0);
}

static int written_copy_entry(
	const struct copying *copying, int from_fd, int to_fd, const char *name, const char *above)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s%s%s", above, *above ? "/" : "", name);
	struct stat status;

	if (!path)
		return error_set_errno(copying->error, ENOMEM, "cannot keep %s", name);
	if (fstatat(from_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(copying->error, errno, "cannot look up %s", path);
	if (S_ISDIR(status.st_mode))
		return written_copy_subfolder(copying, from_fd, to_fd, name, path, status.st_mode);
	if (is_whiteout(from_fd, name, &status))
		leave_out(copying, "removed", path, "");
	else if (S_ISREG(status.st_mode))
		return written_copy_file(copying, from_fd, to_fd, name, path);
	else if (S_ISLNK(status.st_mode))
		written_note_link(copying, from_fd, name, path);
	else
		leave_out(copying, "special", path, "");
	return 0;
}

/* Its depth was checked: quota_look. */
static int written_copy_folder(
	const struct copying *copying, int from_fd, int to_fd, const char *path)
{
	CLEANUP(cleanup_closedir) DIR *listing = NULL;
	const struct dirent *entry;
	int r = file_list(from_fd, ".", &listing);

	if (r < 0)
		return error_set_errno(copying->error, -r, "cannot list %s/", path);
	while (r == 0 && (entry = file_next(listing)))
		r = written_copy_entry(copying, from_fd, to_fd, entry->d_name, path);
	if (r == 0 && errno != 0)
		r = error_set_errno(copying->error, errno, "cannot list %s/", path);
	return r;
}

/* ---- all of it */

static int written_check_size(int upper_fd, struct amount max, struct error *error)
{
	struct quota quota = quota_new(max);
	bool exceeded;
	int r = quota_look(&quota, upper_fd, &exceeded, error);

	return r == 0 && exceeded
		       ? error_set(error, EOVERFLOW,
				 "it wrote more into its working directory than backends.files_max "
				 "allows to keep (task.keep_written)")
		       : r;
}

/* Returns a descriptor of the trial's own new folder, or -errno. */
static int make_written_folder(int run_fd, uint64_t number, char **ret_name)
{
	int made = give_make_folder(run_fd, WRITTEN, 0700);
	CLEANUP(cleanup_close)
	int parent_fd = made == -EEXIST ? beneath_open_folder(run_fd, WRITTEN) : made;
	int fd = -EEXIST;

	if (parent_fd < 0)
		return parent_fd;
	for (int i = 1; i <= MAX_FOLDERS && fd == -EEXIST; i++) {
		CLEANUP(cleanup_free)
		char *name = i == 1 ? string_format("%06" PRIu64, number)
				    : string_format("%06" PRIu64 "-%d", number, i);

		if (!name)
			return -ENOMEM;
		fd = give_make_folder_of_root(parent_fd, name, 0700);
		if (fd >= 0)
			*ret_name = string_format(WRITTEN "/%s", name);
	}
	return fd;
}

static int written_copy_all(int upper_fd, int folder_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_close) int files_fd = -1;
	size_t length = 0;
	struct copying copying = {.left_out = open_memstream(&text, &length), .error = error};
	int r;

	if (!copying.left_out)
		return error_set_errno(error, ENOMEM, "cannot keep what was written");
	if (mkdirat(folder_fd, "files", 0755) == 0)
		files_fd =
			openat(folder_fd, "files", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = files_fd < 0 ? error_set_errno(error, errno, "cannot create files/")
			 : written_copy_folder(&copying, upper_fd, files_fd, "");
	if (fclose(copying.left_out) != 0 && r == 0)
		r = error_set_errno(error, ENOMEM, "cannot keep what was written");
	return r == 0 && length > 0
		       ? file_write(folder_fd, "left-out.txt", text, length, 0644, error)
		       : r;
}

int written_keep(int upper_fd, int run_fd, uint64_t number, struct amount max, struct error *error)
{
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_close) int folder_fd = -1;
	struct stat owner;
	int r = written_check_size(upper_fd, max, error);

	if (r < 0)
		return r;
	folder_fd = make_written_folder(run_fd, number, &name);
	if (folder_fd < 0 || !name)
		return error_set_errno(
			error, folder_fd < 0 ? -folder_fd : ENOMEM, "cannot create " WRITTEN "/");
	r = written_copy_all(upper_fd, folder_fd, error);
	if (r < 0) {
		(void)file_empty_directory(folder_fd, name, NULL);
		return error_prefix(error, "cannot keep what the task wrote");
	}
	if (fstat(run_fd, &owner) < 0)
		return error_set_errno(error, errno, "cannot find the owner of the run's folder");
	return give_tree(folder_fd, owner.st_uid, owner.st_gid, error);
}
