#pragma once

/*
 * The attempts of a hostile task: each one that succeeds is printed and counted, so that the exit
 * code is the number of holes.
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
 * Only opens for writing, which is already a hole: the host must not be harmed. The runtime masks
 * some files with /dev/null, which may be written to.
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
