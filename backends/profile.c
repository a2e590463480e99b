#include "backends/profile.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int profile_open(int profiler_fd, const char *name, FILE **ret_stream, struct error *error)
{
	CLEANUP(cleanup_close)
	int fd = openat(
		profiler_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	FILE *stream;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", name);
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot stat %s", name);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EINVAL, "cannot read %s: not a regular file", name);
	stream = fdopen(fd, "re");
	if (!stream)
		return error_set_errno(error, errno, "cannot open %s", name);
	(void)TAKE_FD(fd);
	*ret_stream = stream;
	return 0;
}

static void skip_rest_of_line(FILE *stream)
{
	int c;

	do
		c = getc_unlocked(stream);
	while (c != EOF && c != '\n');
}

bool profile_line(FILE *stream, char *line, size_t size)
{
	if (!fgets(line, (int)size, stream))
		return false;
	if (strlen(line) == size - 1 && line[size - 2] != '\n')
		skip_rest_of_line(stream);
	return true;
}
