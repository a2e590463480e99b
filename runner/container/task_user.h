#pragma once

/*
 * [task] user, as `docker run --user` has it: "uid[:gid]" or "name[:group]", looked up in /etc/passwd and /etc/group of
 * the task's own root. A number need not be there. Without a group it is the user's own, and 0 if the user is only a
 * number; the groups that list the user as a member come with it. With a group there are no others.
 */

#include "util/error.h"

#include <stddef.h>
#include <sys/types.h>

#define TASK_USER_MAX_GROUPS 64

struct task_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[TASK_USER_MAX_GROUPS];
	size_t n_groups;
};

/* `root`: the folder that has etc/passwd. -ENOENT if there is no such user or group; -E2BIG for too many groups. */
int task_user_find(
	const char *root, const char *text, struct task_user *ret_user, struct error *error);

/* "1000:1000,27,44": the user, the group, and the other groups. The caller frees; NULL on ENOMEM. */
char *task_user_text(const struct task_user *user);
