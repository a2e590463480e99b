#include "runner/run/run_owner.h"

#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROFILER "profiler"

static int give_contents(int directory_fd, const struct run_owner *owner, struct error *error);

/*
 * What is in a folder is given before the folder is. Until then it is root's, and nobody can put a link
 * to somebody else's file in place of what is about to be given.
 */
static int give_entry(
	int directory_fd, const char *name, const struct run_owner *owner, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
	CLEANUP(cleanup_close) int fd = file_open_beneath(directory_fd, name, flags);
	int r = 0;

	if (fd == -EXDEV)
		return 0;
	if (fd >= 0)
		r = give_contents(fd, owner, error);
	else if (fd != -ENOTDIR && fd != -ELOOP)
		return error_set_errno(error, -fd, "cannot open %s", name);
	if (r < 0)
		return r;
	if (fchownat(directory_fd, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(error, errno, "cannot give %s to its user", name);
	return 0;
}

static int give_contents(int directory_fd, const struct run_owner *owner, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	int r = file_list(directory_fd, ".", &directory);

	if (r < 0)
		return error_set_errno(error, -r, "cannot list a folder of the run");
	while (r == 0 && (errno = 0, entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = give_entry(directory_fd, entry->d_name, owner, error);
	}
	if (r == 0 && errno != 0)
		return error_set_errno(error, errno, "cannot list a folder of the run");
	return r;
}

struct run_owner run_owner_of_caller(void)
{
	const struct run_owner nobody = {.uid = 0};
	const char *uid_text = getenv("SUDO_UID");
	const char *gid_text = getenv("SUDO_GID");
	uint64_t uid;
	uint64_t gid;

	/* The largest number means "unchanged" to chown(2). */
	if (!uid_text || !gid_text || geteuid() != 0 || parse_u64(uid_text, &uid) < 0 ||
		parse_u64(gid_text, &gid) < 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
		return nobody;
	return (struct run_owner){.uid = (uid_t)uid, .gid = (gid_t)gid};
}

/*
 * The outermost first. What is in a folder of root's cannot be moved out of it, so that ".." is what the run made; and
 * what is not root's was made by another at the same time.
 */
static int give_above(int run_fd, const struct run_owner *owner, unsigned n_above)
{
	for (unsigned level = n_above; level > 0; level--) {
		CLEANUP(cleanup_free) char *path = strdup("..");
		struct stat status;

		for (unsigned i = 1; i < level && path; i++) {
			CLEANUP(cleanup_free) char *below = path;

			path = string_format("%s/..", below);
		}
		if (!path)
			return -ENOMEM;
		if (fstatat(run_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
			(status.st_uid == 0 &&
				fchownat(run_fd, path, owner->uid, owner->gid, 0) < 0))
			return -errno;
	}
	return 0;
}

int run_owner_give(int run_fd, const struct run_owner *owner, unsigned n_above, struct error *error)
{
	struct stat status;
	int r;

	if (owner->uid == 0)
		return 0;
	if (fstat(run_fd, &status) < 0)
		return error_set_errno(error, errno, "cannot find the owner of the run's folder");
	if (status.st_uid != 0)
		return 0;
	r = give_contents(run_fd, owner, error);
	if (r < 0)
		return r;
	r = give_above(run_fd, owner, n_above);
	if (r == 0 && fchown(run_fd, owner->uid, owner->gid) < 0)
		r = -errno;
	return r < 0 ? error_set_errno(error, -r, "cannot give the run's folder to its user") : 0;
}

/* A folder of root's, into which nobody else could put anything. 1 where it is not root's; *ret_fd is open then. */
static int give_folder_of_root(int directory_fd, const char *name, const struct run_owner *owner,
	int *ret_fd, struct error *error)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
	CLEANUP(cleanup_close) int fd = file_open_beneath(directory_fd, name, flags);
	struct stat status;
	int r;

	if (fd < 0)
		return 0;
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot find the owner of %s", name);
	if (status.st_uid != 0) {
		*ret_fd = TAKE_FD(fd);
		return 1;
	}
	r = give_contents(fd, owner, error);
	if (r == 0 && fchown(fd, owner->uid, owner->gid) < 0)
		r = error_set_errno(error, errno, "cannot give %s to its user", name);
	return r;
}

int run_owner_give_reporters(int run_fd, struct error *error)
{
	CLEANUP(cleanup_close) int profiler_fd = -1;
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	struct run_owner owner;
	struct stat status;
	int r;

	if (fstat(run_fd, &status) < 0)
		return error_set_errno(error, errno, "cannot find the owner of the run's folder");
	owner = (struct run_owner){.uid = status.st_uid, .gid = status.st_gid};
	if (geteuid() != 0 || owner.uid == 0)
		return 0;
	r = give_folder_of_root(run_fd, PROFILER, &owner, &profiler_fd, error);
	if (r != 1)
		return r;
	r = file_list(profiler_fd, ".", &directory);
	if (r < 0)
		return error_set_errno(error, -r, "cannot list " PROFILER);
	while (r == 0 && (entry = readdir(directory))) {
		CLEANUP(cleanup_close) int fd = -1;

		if (*entry->d_name != '.')
			r = give_folder_of_root(profiler_fd, entry->d_name, &owner, &fd, error);
		r = r == 1 ? 0 : r;
	}
	return r;
}

/* What a user without root has made is theirs already, and nobody else is known in their namespace. */
int run_give_folder(struct run *run, struct error *error)
{
	int r;

	if (run->given || run->delegation == DELEGATION_USER)
		return 0;
	run->given = true;
	r = run_owner_give_reporters(run->folder.fd, error);
	return r < 0 ? r
		     : run_owner_give(
			       run->folder.fd, &run->owner, run->folder.n_output_made, error);
}
