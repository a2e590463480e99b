#include "runner/run/run_apart.h"

#include <errno.h>
#include <sys/mman.h>

void *run_apart_new(const struct run *run, size_t size)
{
	struct run_apart *apart = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (apart == MAP_FAILED)
		return NULL;
	apart->run = run;
	return apart;
}

void run_apart_free(void *apart, size_t size)
{
	if (apart)
		munmap(apart, size);
}

int run_apart_do(struct run_apart *apart, int end_fd, as_owner_work work, struct error *error)
{
	const struct run_folder *folder = &apart->run->folder;
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(folder->fd), .end_fd = end_fd};
	struct error failure;
	int code;
	int r = as_owner_in(folder->fd, folder->path, &limits, work, apart, &code, error);

	if (r < 0 || code == 0)
		return r;
	/* Written with the rights of another, and not to be trusted to be a number and a text. */
	failure = apart->error;
	failure.text[ERROR_TEXT_SIZE - 1] = '\0';
	return error_set(error, failure.number > 0 ? failure.number : EIO, "%s", failure.text);
}
