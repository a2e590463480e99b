#pragma once

/*
 * SHA-256 (libmd), as 64 lower-case hexadecimal digits.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT_SIZE 65

void digest_data(const void *data, size_t length, char ret_text[DIGEST_TEXT_SIZE]);

/*
 * Leaves the page cache as it was: a file of which no page was there is dropped again. Otherwise the task that reads
 * it would not be charged for it.
 */
int digest_file(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error);

/*
 * Of the first `length` bytes of an open file; does not change its position. Returns 0 or -errno;
 * -ENODATA if the file is shorter.
 */
int digest_head(int fd, uint64_t length, char ret_text[DIGEST_TEXT_SIZE]);

/*
 * The digest of a whole tree: for each entry, in byte order of its path, the path, type, mode,
 * owner, link target and content. Equal trees have equal digests wherever they are; times, extended
 * attributes and hard link relations are not included. Does not cross mounts or follow links: a
 * mount below the root only contributes an entry of its own type.
 *
 * The digest is over, for each entry and the root, which is ".":
 *     TYPE " " MODE " " UID " " GID " " CONTENT NUL PATH NUL
 * TYPE is one of f d l p s c b m (file, directory, link, pipe, socket, devices, mount), MODE four
 * octal digits or more, CONTENT a file's SHA-256, a link's target, a device's "MAJOR:MINOR" or
 * nothing. A mount is "m 0000 0 0 ".
 */
int digest_tree(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error);
