#include "runner/run/run_owner.h"

#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/give.h"
#include "util/parse.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct run_owner run_owner_of_caller(void)
{
	const struct run_owner nobody = {.uid = 0};
	const char *uid_text = getenv("SUDO_UID");
	const char *gid_text = getenv("SUDO_GID");
	uint64_t uid;
	uint64_t gid;

	/* chown(2) takes the largest number as "unchanged". */
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
	r = give_above(run_fd, owner, n_above);
	return r < 0 ? error_set_errno(error, -r, "cannot give the run's folder to its user")
		     : give_tree(run_fd, owner->uid, owner->gid, error);
}

/*
 * Files made by a user other than root are already theirs, and their user namespace knows no other
 * user.
 */
int run_give_folder(struct run *run, struct error *error)
{
	if (run->given || run->delegation == DELEGATION_USER)
		return 0;
	run->given = true;
	return run_owner_give(run->folder.fd, &run->owner, run->folder.n_output_made, error);
}
