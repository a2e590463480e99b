#pragma once

/*
 * The manifest of a built image: type, mode, owner, size and modification time of each entry of its
 * tree, without the content. It is made when the image is built and compared at the start of every
 * run at the cost of one lstat(2) per entry. It detects files that were lost, truncated, replaced
 * or touched; not a change that also restores the modification time, which only the tree's digest
 * detects.
 *
 * An entry is "TYPE MODE UID GID SIZE SECONDS.NANOSECONDS PATH" and a NUL. A folder precedes its
 * entries, which are sorted by name. Size and time of folders are 0, as they add nothing to the
 * entries. Folders that are not readable by everyone are not entered, so that every user gets the
 * same manifest; nor are other mounts.
 */

#include "util/error.h"

#include <stddef.h>

/* The manifest of the tree at `root`. The caller frees. */
int image_manifest_make(const char *root, char **ret_text, size_t *ret_length, struct error *error);

/*
 * The first difference of two manifests, as a sentence about a path: "usr/bin/x is missing". NULL
 * if they are equal, or on ENOMEM. The caller frees.
 */
char *image_manifest_change(
	const char *then, size_t then_length, const char *now, size_t now_length);
