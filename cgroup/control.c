#include "cgroup/control.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int control_write(int directory_fd, const char *file, const char *text, struct error *error)
{
	CLEANUP(cleanup_close) int fd = openat(directory_fd, file, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", file);
	n = write(fd, text, strlen(text));
	if (n < 0)
		return error_set_errno(error, errno, "cannot write \"%s\" to %s", text, file);
	return 0;
}

int control_pread(int fd, char *ret_text, size_t size)
{
	ssize_t n = pread(fd, ret_text, size, 0);

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -EFBIG;
	ret_text[n] = '\0';
	return (int)n;
}

int control_read(
	int directory_fd, const char *file, char *ret_text, size_t size, struct error *error)
{
	CLEANUP(cleanup_close) int fd = openat(directory_fd, file, O_RDONLY | O_CLOEXEC);
	int length;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s", file);
	length = control_pread(fd, ret_text, size);
	if (length < 0)
		return error_set_errno(error, -length, "cannot read %s", file);
	return length;
}
