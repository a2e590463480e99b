#pragma once

/* A folder for each test, whose path is the test's state, and its contents. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_FILE_MAX_BYTES (64 << 20)

static inline int folder_set_up(void **state)
{
	char *path = strdup("/tmp/memcg-run-test-XXXXXX");

	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int folder_tear_down(void **state)
{
	file_remove_tree(AT_FDCWD, *state, NULL);
	free(*state);
	return 0;
}

/* The text of a file in it; NULL if it cannot be read. The caller frees. */
static inline char *folder_content(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);
	char *text = NULL;

	if (file_read(AT_FDCWD, path, FOLDER_FILE_MAX_BYTES, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_set_up, folder_tear_down)
