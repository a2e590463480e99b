#include "util/unblocked.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* A file on a disk never blocks, and reopening it would write from its start. */
static bool may_block(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode));
}

int unblocked_open(int fd)
{
	CLEANUP(cleanup_free) char *path = string_format("/proc/self/fd/%d", fd);
	int opened = -1;

	if (path && may_block(fd))
		opened = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* Another user's terminal, a socket, or no /proc: poll before each write instead. */
	if (opened < 0)
		opened = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return opened < 0 ? -errno : opened;
}

void unblocked_write(int fd, const void *data, size_t length)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	ssize_t n = 1;

	while (length > 0 && n > 0 && poll(&room, 1, 0) == 1 && room.revents == POLLOUT) {
		n = write(fd, data, length);
		if (n > 0) {
			data = (const char *)data + n;
			length -= (size_t)n;
		}
	}
}

static ssize_t write_or_drop(void *cookie, const char *data, size_t length)
{
	unblocked_write((int)(intptr_t)cookie, data, length);
	return (ssize_t)length;
}

FILE *unblocked_stream(int fd)
{
	const cookie_io_functions_t functions = {.write = write_or_drop};
	FILE *stream = fopencookie((void *)(intptr_t)fd, "w", functions);

	/* Unbuffered like stderr: a message goes out at once. */
	if (stream)
		setvbuf(stream, NULL, _IONBF, 0);
	return stream;
}
