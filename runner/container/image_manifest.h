#pragma once

/*
 * What stands in the tree of a built image, without its content: of each entry the type, mode, owner, size and time of
 * the last change. Made when the image is built, and made again at the beginning of every run, where only lstat(2) is
 * paid for: a file that was lost, cut short, replaced or touched since is seen. What changes a file and sets its time
 * back is not; the tree's digest sees that.
 *
 * An entry is "TYPE MODE UID GID SIZE SECONDS.NANOSECONDS PATH" and a NUL, a folder's before those that are in it, and
 * these by name. Of a folder size and time are 0: they say nothing that its entries do not. Nothing is said of what is
 * in a folder that not everybody may read, so that it is the same to every user, nor of what is on another mount.
 */

#include "util/error.h"

#include <stddef.h>

/* Of the tree at `root`. The caller frees. */
int image_manifest_make(const char *root, char **ret_text, size_t *ret_length, struct error *error);

/*
 * The first difference of two, as a sentence about a path: "usr/bin/x is missing". NULL where there is none, or on
 * ENOMEM. The caller frees.
 */
char *image_manifest_change(
	const char *then, size_t then_length, const char *now, size_t now_length);
