#pragma once

/*
 * Folders that root makes where another user owns the folder above, and what is given to that user.
 * The user may rename and replace every name in a folder of their own at any moment, also by a
 * folder of root's that they may rename but not enter. So a folder is never given because it is
 * root's: only because it was made here, and held since.
 */

#include "util/error.h"

#include <sys/types.h>

/*
 * Makes a folder in another and opens it. It belongs to that folder's owner and group from the
 * start: root makes it with their rights. Returns a descriptor or -errno: -EEXIST if the name is
 * taken, -EPERM if the new folder was replaced before it was open.
 */
int give_make_folder(int directory_fd, const char *name, mode_t mode);

/*
 * The same, but for root the folder stays root's until give_tree, so that nobody else can put
 * anything in it. -ENOTEMPTY if somebody did before it was root's.
 */
int give_make_folder_of_root(int directory_fd, const char *name, mode_t mode);

/*
 * Makes a symbolic link, likewise with the rights of the folder's owner: it is theirs from the start. Returns 0 or
 * -errno.
 */
int give_make_link(int directory_fd, const char *target, const char *name);

/* -ENOTEMPTY if anything is in the folder, else 0 or -errno. */
int give_check_empty(int fd);

/*
 * Gives an open folder of root's with its contents, the contents first: while a folder is root's,
 * nobody can replace what is in it. What is in it and not root's is left alone, with all below: it
 * was given before, or another could have put something there. Links are chowned, never followed;
 * mounts are left alone. So is what is in a folder at a depth of GIVE_MAX_DEPTH, of which only the folder is given: a
 * run's folder has half as many, and a killed task may have left any number.
 */
#define GIVE_MAX_DEPTH 64
int give_tree(int fd, uid_t uid, gid_t gid, struct error *error);

/*
 * The reverse, of a folder that was made here and lent to another user: it and what that user has in it become root's,
 * the folder first.
 */
int give_take_back(int fd, uid_t from, struct error *error);
