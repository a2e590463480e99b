#pragma once

/*
 * Whether root may trust a file: only root and one given user can change it. The file and all
 * folders above it, links resolved, must belong to root or to that user and not be writable by
 * group or others. Sticky folders such as /tmp, where users can only change their own entries, are
 * allowed.
 */

#include "util/error.h"

#include <sys/types.h>

/* -EPERM with the problem and the remedy. */
int trusted_path_check(const char *path, uid_t user, struct error *error);

/* The user for whom root acts: the caller of sudo, else root. Call as root only. */
uid_t trusted_path_user(void);
