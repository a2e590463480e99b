#pragma once

/*
 * Where programs of this kind keep what they need while they run: root in /run/memcg-run, other users in
 * memcg-run of their session's own directory, $XDG_RUNTIME_DIR, which goes when they log out.
 */

#include "util/error.h"

/*
 * *ret_path is the caller's; nothing is made. -ENOENT for a user without such a directory, who is not
 * logged in as systemd understands it. Asks for the effective user: before any user namespace is entered.
 */
int run_directory_find(char **ret_path, struct error *error);

/*
 * Makes it, mode 0700. -EPERM where what stands there is a link, somebody else's, or open to others to write:
 * XDG_RUNTIME_DIR may name a folder, as /tmp, in which another user was first.
 */
int run_directory_make(const char *path, struct error *error);
