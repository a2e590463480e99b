#include "runner/run_owner.h"

#include "util/parse.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static int give_tree(const char *path, uid_t uid, gid_t gid, struct error *error)
{
	char *const paths[] = {(char *)path, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;
	int r = 0;

	if (!tree)
		return error_set_errno(error, errno, "cannot walk %s", path);
	while (r == 0 && (entry = fts_read(tree))) {
		if (entry->fts_info != FTS_DP && lchown(entry->fts_accpath, uid, gid) < 0)
			r = error_set_errno(
				error, errno, "cannot give %s to its user", entry->fts_path);
	}
	fts_close(tree);
	return r;
}

int run_owner_give(const char *run_path, struct error *error)
{
	const char *uid_text = getenv("SUDO_UID");
	const char *gid_text = getenv("SUDO_GID");
	uint64_t uid;
	uint64_t gid;

	if (!uid_text || !gid_text || geteuid() != 0 || parse_u64(uid_text, &uid) < 0 ||
		parse_u64(gid_text, &gid) < 0 || uid > UINT32_MAX - 1 || gid > UINT32_MAX - 1)
		return 0;
	return give_tree(run_path, (uid_t)uid, (gid_t)gid, error);
}
