#include "runner/cli/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest frames are buffers of 64 KiB, a few deep; HDF5 and the resolver need some more. */
#define STACK_MIN_BYTES (UINT64_C(1) << 20)

/* Read-only: writing to a closed stream still fails, as it should (EBADF). */
static int fill_streams(struct error *error)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return error_set_errno(error, errno, "cannot open /dev/null");
	return 0;
}

int caller_limits(struct error *error)
{
	struct rlimit stack;
	int r = fill_streams(error);

	if (r < 0)
		return r;
	umask(umask(0) & (mode_t)~S_IRWXU);
	if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < STACK_MIN_BYTES)
		return error_set(error, ENOMEM,
			"the stack is limited to %" PRIu64
			" KiB, too little to work with: ulimit -s "
			"%" PRIu64,
			(uint64_t)stack.rlim_cur / 1024, STACK_MIN_BYTES / 1024);
	return 0;
}
