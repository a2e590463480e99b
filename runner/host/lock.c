#include "runner/host/lock.h"

#include "runner/host/run_journal.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

static char *read_owner(int directory_fd)
{
	char *owner = NULL;
	size_t length;

	if (file_read(directory_fd, "lock", 4096, &owner, &length, NULL) < 0)
		return NULL;
	if (length > 0 && owner[length - 1] == '\n')
		owner[--length] = '\0';
	if (length == 0)
		free(TAKE_PTR(owner));
	return owner;
}

/*
 * If several share the lock, the last to write its name may have ended: their journals tell who is
 * alive.
 */
static char *find_lock_owner(const char *directory, int directory_fd, int fd)
{
	char *owner = NULL;

	if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
		owner = run_journal_find_alive(directory);
		flock(fd, LOCK_UN);
	}
	return owner ? owner : read_owner(directory_fd);
}

static int lock_refuse(const char *directory, int directory_fd, int fd, struct error *error)
{
	/*
	 * Callers without `error` poll: finding the owner takes the lock briefly, and must not
	 * disturb others.
	 */
	CLEANUP(cleanup_free)
	char *owner = error ? find_lock_owner(directory, directory_fd, fd) : NULL;

	return error_set(error, EBUSY,
		"another run is under way on this machine (%s); two at once would disturb each "
		"other's numbers: wait for it to end",
		owner ? owner : "name unknown");
}

int lock_take(const char *directory, const char *name, enum lock_kind kind, int *ret_fd,
	struct error *error)
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
	if (flock(fd, (kind == LOCK_SHARED ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? lock_refuse(directory, directory_fd, fd, error)
			       : error_set_errno(error, errno, "cannot lock %s/lock", directory);
	if (ftruncate(fd, 0) < 0)
		return error_set_errno(error, errno, "cannot write %s/lock", directory);
	r = file_write_fd(fd, owner, strlen(owner));
	if (r < 0)
		return error_set_errno(error, -r, "cannot write %s/lock", directory);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
