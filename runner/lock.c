#include "runner/lock.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static int refuse(int directory_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *owner = NULL;
	size_t length;

	if (file_read(directory_fd, "lock", 4096, &owner, &length, NULL) < 0)
		length = 0;
	if (length > 0 && owner[length - 1] == '\n')
		owner[--length] = '\0';
	return error_set(error, EBUSY,
		"another run is under way on this machine (%s); two at once would disturb each "
		"other's numbers: wait for it to end",
		length > 0 ? owner : "it has not said which");
}

int lock_take(const char *directory, const char *name, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_close) int directory_fd = -1;
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(cleanup_free) char *owner = string_format("%s, process %d\n", name, (int)getpid());
	int r;

	if (!owner)
		return error_set_errno(error, ENOMEM, "cannot take the lock");
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", directory);
	fd = openat(directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set_errno(error, errno, "cannot open %s/lock", directory);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? refuse(directory_fd, error)
			       : error_set_errno(error, errno, "cannot lock %s/lock", directory);
	if (ftruncate(fd, 0) < 0)
		return error_set_errno(error, errno, "cannot write %s/lock", directory);
	r = file_write_fd(fd, owner, strlen(owner));
	if (r < 0)
		return error_set_errno(error, -r, "cannot write %s/lock", directory);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
