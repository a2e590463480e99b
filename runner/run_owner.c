#include "runner/run_owner.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/parse.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

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

static bool find_owner(struct owner *ret_owner)
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

	if (!find_owner(&owner))
		return 0;
	r = give_contents(run_fd, &owner, error);
	if (r < 0)
		return r;
	if (fchown(run_fd, owner.uid, owner.gid) < 0 ||
		(parent_too && fchownat(run_fd, "..", owner.uid, owner.gid, 0) < 0))
		return error_set_errno(error, errno, "cannot give the run's folder to its user");
	return 0;
}
