#pragma once

/*
 * The directory for runtime files: /run/memcg-run for root; for other users memcg-run in their
 * session's directory, $XDG_RUNTIME_DIR, which is removed when they log out.
 */

#include "util/error.h"

/*
 * Creates nothing. The caller frees *ret_path. -ENOENT for a user without such a directory, who has
 * no systemd login session. Uses the effective user: call it before entering a user namespace.
 */
int run_directory_find(char **ret_path, struct error *error);

/*
 * Creates it with mode 0700. -EPERM if the path is a link, belongs to another user, or is writable
 * by others: XDG_RUNTIME_DIR may name a shared folder such as /tmp.
 */
int run_directory_make(const char *path, struct error *error);
