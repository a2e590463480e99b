#pragma once

/*
 * Whether a file may be believed by root: that nobody but root and one user can change what stands there. The
 * file and every folder above it, links resolved, belong to root or to that user, and neither their group nor
 * others may write to them. A sticky folder, as /tmp, lets everybody add names but change only their own, and
 * is passed.
 */

#include "util/error.h"

#include <sys/types.h>

/* -EPERM with what is wrong, and what to do. */
int trusted_path_check(const char *path, uid_t user, struct error *error);

/* The user whom root acts for: who called sudo, else root. Not for who is not root. */
uid_t trusted_path_user(void);
