#pragma once

/*
 * SHA-256 (libmd), as 64 lower-case hexadecimal digits.
 */

#include "util/error.h"

#include <stddef.h>

#define DIGEST_TEXT_SIZE 65

void digest_data(const void *data, size_t length, char ret_text[DIGEST_TEXT_SIZE]);

int digest_file(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error);

/*
 * The content of a whole tree: for each entry in byte order of its path, the path, type, mode,
 * owner, link target and content. Equal trees give equal digests wherever they stand; times are not
 * part of it. Does not cross mounts or follow links.
 */
int digest_tree(
	int directory_fd, const char *path, char ret_text[DIGEST_TEXT_SIZE], struct error *error);
