#include "runner/container/task_user.h"

#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A group's line may list many members. */
#define LINE_MAX_BYTES (64 * 1024)

static bool is_id(const char *text, uint32_t id)
{
	uint64_t number;

	return parse_u64(text, &number) == 0 && number == id;
}

/* NULL if the root has no such file: it then has no names. */
static FILE *open_names(const char *root, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/etc/%s", root, name);

	return path ? fopen(path, "re") : NULL;
}

/* A name, or a number: what has no entry is known by its number alone. */
static int task_user_number(
	const char *text, const char *what, uint32_t *ret_id, struct error *error)
{
	uint64_t number;

	if (parse_u64(text, &number) < 0)
		return error_set(
			error, ENOENT, "task.user: the image has no %s \"%s\"", what, text);
	if (number > INT_MAX)
		return error_set(
			error, EINVAL, "task.user: %s %s is above %d", what, text, INT_MAX);
	*ret_id = (uint32_t)number;
	return 0;
}

/* *ret_name: of the entry; NULL: there is none. */
static int task_user_find_user(const char *root, const char *text, struct task_user *user,
	char **ret_name, struct error *error)
{
	CLEANUP(cleanup_fclose) FILE *stream = open_names(root, "passwd");
	CLEANUP(cleanup_free) char *line = malloc(LINE_MAX_BYTES);
	struct passwd entry, *found;

	if (!line)
		return error_set_errno(error, ENOMEM, "task.user");
	while (stream && fgetpwent_r(stream, &entry, line, LINE_MAX_BYTES, &found) == 0)
		if (strcmp(entry.pw_name, text) == 0 || is_id(text, entry.pw_uid)) {
			user->uid = entry.pw_uid;
			user->gid = entry.pw_gid;
			*ret_name = strdup(entry.pw_name);
			return *ret_name ? 0 : error_set_errno(error, ENOMEM, "task.user");
		}
	return task_user_number(text, "user", &user->uid, error);
}

static int task_user_find_group(
	const char *root, const char *text, struct task_user *user, struct error *error)
{
	CLEANUP(cleanup_fclose) FILE *stream = open_names(root, "group");
	CLEANUP(cleanup_free) char *line = malloc(LINE_MAX_BYTES);
	struct group entry, *found;

	if (!line)
		return error_set_errno(error, ENOMEM, "task.user");
	while (stream && fgetgrent_r(stream, &entry, line, LINE_MAX_BYTES, &found) == 0)
		if (strcmp(entry.gr_name, text) == 0 || is_id(text, entry.gr_gid)) {
			user->gid = entry.gr_gid;
			return 0;
		}
	return task_user_number(text, "group", &user->gid, error);
}

static bool has_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

static int task_user_add_groups(
	const char *root, const char *name, struct task_user *user, struct error *error)
{
	CLEANUP(cleanup_fclose) FILE *stream = open_names(root, "group");
	CLEANUP(cleanup_free) char *line = malloc(LINE_MAX_BYTES);
	struct group entry, *found;

	if (!line)
		return error_set_errno(error, ENOMEM, "task.user");
	while (stream && fgetgrent_r(stream, &entry, line, LINE_MAX_BYTES, &found) == 0) {
		if (!has_member(&entry, name))
			continue;
		if (user->n_groups == TASK_USER_MAX_GROUPS)
			return error_set(error, E2BIG, "task.user: %s is in more than %d groups",
				name, TASK_USER_MAX_GROUPS);
		user->groups[user->n_groups++] = entry.gr_gid;
	}
	return 0;
}

int task_user_find(
	const char *root, const char *text, struct task_user *ret_user, struct error *error)
{
	CLEANUP(cleanup_free) char *who = strdup(text);
	CLEANUP(cleanup_free) char *name = NULL;
	struct task_user user = {.uid = 0};
	char *group;
	int r;

	if (!who)
		return error_set_errno(error, ENOMEM, "task.user");
	group = strchr(who, ':');
	if (group)
		*group++ = '\0';
	r = task_user_find_user(root, who, &user, &name, error);
	if (r == 0 && group)
		r = task_user_find_group(root, group, &user, error);
	else if (r == 0 && name)
		r = task_user_add_groups(root, name, &user, error);
	if (r < 0)
		return r;
	*ret_user = user;
	return 0;
}

char *task_user_text(const struct task_user *user)
{
	char *text = string_format("%u:%u", user->uid, user->gid);

	for (size_t i = 0; text && i < user->n_groups; i++) {
		char *longer = string_format("%s,%u", text, user->groups[i]);

		free(text);
		text = longer;
	}
	return text;
}
