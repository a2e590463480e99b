#include "runner/run/run_apart.h"

#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <errno.h>
#include <string.h>
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
	/* Written with another user's rights: number and text are untrusted. */
	failure = apart->error;
	failure.text[ERROR_TEXT_SIZE - 1] = '\0';
	return error_set(error, failure.number > 0 ? failure.number : EIO, "%s", failure.text);
}

struct reading {
	struct run_apart apart;
	const char *path;
	size_t max_bytes;
	size_t length;
	char text[];
};

/* An as_owner_work. */
static int read_apart(int run_fd, void *context)
{
	struct reading *reading = context;
	struct error *error = &reading->apart.error;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r = *reading->path == '/' ? file_read_regular(reading->path, reading->max_bytes, &text,
						&length, error)
				      : beneath_read(run_fd, reading->path, reading->max_bytes,
						&text, &length, error);

	if (r < 0)
		return 1;
	memcpy(reading->text, text, length);
	reading->length = length;
	return 0;
}

/* What another process may still write to is copied once. */
static int take_text(const struct reading *reading, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error)
{
	const size_t length = reading->length;
	char *text = length <= max_bytes ? malloc(length + 1) : NULL;

	if (!text)
		return error_set_errno(error, ENOMEM, "cannot read the run's files");
	memcpy(text, reading->text, length);
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int run_apart_read(const struct run *run, const char *path, size_t max_bytes, char **ret_text,
	size_t *ret_length, struct error *error)
{
	const size_t size = sizeof(struct reading) + max_bytes;
	struct reading *reading = run_apart_new(run, size);
	int r;

	if (!reading)
		return error_set_errno(error, ENOMEM, "cannot read %s", path);
	reading->path = path;
	reading->max_bytes = max_bytes;
	r = run_apart_do(&reading->apart, -1, read_apart, error);
	if (r == 0)
		r = take_text(reading, max_bytes, ret_text, ret_length, error);
	run_apart_free(reading, size);
	return r;
}
