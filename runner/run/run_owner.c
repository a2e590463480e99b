#include "runner/run/run_owner.h"

#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/parse.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct owner {
	uid_t uid;
	gid_t gid;
};

static int give_contents(int directory_fd, const struct owner *owner, struct error *error);

/*
 * What is in a folder is given before the folder is. Until then it is root's, and nobody can put a link
 * to somebody else's file in place of what is about to be given.
 */
static int give_entry(
	int directory_fd, const char *name, const struct owner *owner, struct error *error)
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

static int give_contents(int directory_fd, const struct owner *owner, struct error *error)
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

static bool find_sudo_user(struct owner *ret_owner)
{
	const char *uid_text = getenv("SUDO_UID");
	const char *gid_text = getenv("SUDO_GID");
	uint64_t uid;
	uint64_t gid;

	/* The largest number means "unchanged" to chown(2). */
	if (!uid_text || !gid_text || geteuid() != 0 || parse_u64(uid_text, &uid) < 0 ||
		parse_u64(gid_text, &gid) < 0 || uid >= UINT32_MAX || gid >= UINT32_MAX)
		return false;
	*ret_owner = (struct owner){.uid = (uid_t)uid, .gid = (gid_t)gid};
	return true;
}

int run_owner_give(int run_fd, bool parent_too, struct error *error)
{
	struct owner owner;
	int r;

	if (!find_sudo_user(&owner))
		return 0;
	r = give_contents(run_fd, &owner, error);
	if (r < 0)
		return r;
	if (fchown(run_fd, owner.uid, owner.gid) < 0 ||
		(parent_too && fchownat(run_fd, "..", owner.uid, owner.gid, 0) < 0))
		return error_set_errno(error, errno, "cannot give the run's folder to its user");
	return 0;
}

/* The owner may put another in the place of what was looked at: it is held by a descriptor. */
static int pass(int trials_fd, const char *name, const struct stat *owner)
{
	CLEANUP(cleanup_close)
	int fd = openat(trials_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(status.st_mode) || status.st_uid != 0 || status.st_nlink != 1)
		return 0;
	return fchownat(fd, "", owner->st_uid, owner->st_gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int run_owner_pass_trials(int run_fd, int trials_fd, struct error *error)
{
	CLEANUP(cleanup_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	struct stat owner;
	int r;

	if (fstat(run_fd, &owner) < 0)
		return error_set_errno(error, errno, "cannot find the owner of the run's folder");
	if (geteuid() != 0 || owner.st_uid == 0)
		return 0;
	r = file_list(trials_fd, ".", &directory);
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		r = pass(trials_fd, entry->d_name, &owner);
	if (r == 0)
		r = -errno;
	if (r == 0 && fchown(trials_fd, owner.st_uid, owner.st_gid) < 0)
		r = -errno;
	return r < 0 ? error_set_errno(error, -r, "cannot give trials to the run's owner") : 0;
}

/* What a user without root has made is theirs already, and nobody else is known in their namespace. */
int run_give_folder(struct run *run, struct error *error)
{
	if (run->given || run->delegation == DELEGATION_USER)
		return 0;
	run->given = true;
	return run_owner_give(run->folder.fd, run->folder.output_made, error);
}
