#pragma once

/*
 * What a hostile task tries, and what it should get: each attempt that succeeds is printed and counted, so
 * that the exit code is the number of holes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static inline int attempt(bool refused, const char *what)
{
	int number = errno;

	if (refused)
		printf("refused: %s (%s)\n", what, strerror(number));
	else
		printf("SUCCEEDED: %s\n", what);
	return refused ? 0 : 1;
}

/*
 * That a file can be opened for writing is a hole already: nothing of the host is to be harmed here. The runtime
 * masks some files with /dev/null, which may be written and is none.
 */
static inline int attempt_to_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat file;
	bool masked = fd >= 0 && fstat(fd, &file) == 0 && S_ISCHR(file.st_mode) &&
		      file.st_rdev == makedev(1, 3);
	int n_holes = attempt(fd < 0 || masked, path);

	if (fd >= 0)
		close(fd);
	return n_holes;
}
