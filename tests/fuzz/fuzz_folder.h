#pragma once

/* A folder like that of a backend's tool; removed at the end. */

#include "util/file.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>

static char fuzz_folder_path[] = "/dev/shm/memcg-run-fuzz-XXXXXX";

static void fuzz_folder_remove(void)
{
	file_remove_tree(AT_FDCWD, fuzz_folder_path, NULL);
}

/* Created by the first call. */
static int fuzz_folder(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	fd = mkdtemp(fuzz_folder_path) ? open(fuzz_folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				       : -1;
	assert(fd >= 0);
	atexit(fuzz_folder_remove);
	return fd;
}
