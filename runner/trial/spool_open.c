/* Opens the spool of a runner that was killed. */

#include "runner/trial/spool_state.h"
#include "util/beneath.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_INDEX_BYTES (SPOOL_MAX_SERIES * (SPOOL_NAME_MAX + sizeof("000 ")))
/* A trial keeps at most 65536 marks, and a note about one has less than 200 bytes. */
#define MAX_NOTES_BYTES ((size_t)64 << 20)

/* Must be a regular file. Returns 0 or -errno. */
static int open_samples(
	const struct spool *spool, const char *name, int *ret_fd, uint64_t *ret_size)
{
	CLEANUP(cleanup_close)
	int fd = openat(spool->folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	*ret_fd = TAKE_FD(fd);
	*ret_size = (uint64_t)status.st_size;
	return 0;
}

/* If its file does not exist yet, it has no samples. */
static int open_series(
	struct spool *spool, const char *name, uint64_t *torn_bytes, struct error *error)
{
	CLEANUP(cleanup_free) struct series *series = NULL;
	uint64_t size = 0;
	int r = spool_new_series(spool, name, &series, error);

	if (r < 0)
		return r;
	r = open_samples(spool, series->file, &series->fd, &size);
	if (r < 0 && r != -ENOENT)
		return error_set_errno(error, -r, "cannot open %s/%s", spool->name, series->file);
	series->n_written = size / sizeof(struct sample);
	*torn_bytes += size % sizeof(struct sample);
	spool->series[spool->n_series++] = TAKE_PTR(series);
	return 0;
}

/* The name in "007 name" for the next series; NULL for any other line. */
static const char *name_of_line(const struct spool *spool, const char *line)
{
	char number[sizeof("000 ")];
	const char *name = line + sizeof(number) - 1;

	if (spool->n_series == SPOOL_MAX_SERIES)
		return NULL;
	snprintf(number, sizeof(number), "%03u ", (unsigned)spool->n_series & 0xff);
	if (strncmp(line, number, sizeof(number) - 1) != 0)
		return NULL;
	return spool_check_name(name, NULL) == 0 && !spool_find(spool, name) ? name : NULL;
}

/* Reads up to the first incomplete line; ignores the rest. */
static int read_index(struct spool *spool, char *index, uint64_t *torn_bytes, struct error *error)
{
	char *line = index;
	char *end;

	while ((end = strchr(line, '\n'))) {
		const char *name;
		int r;

		*end = '\0';
		name = name_of_line(spool, line);
		if (!name)
			return 0;
		r = open_series(spool, name, torn_bytes, error);
		if (r < 0)
			return r;
		line = end + 1;
	}
	return 0;
}

static uint64_t count_unnamed(const struct spool *spool)
{
	uint64_t bytes = 0;

	for (size_t i = spool->n_series; i < SPOOL_MAX_SERIES; i++) {
		char name[SPOOL_FILE_SIZE];
		struct stat status;

		snprintf(name, sizeof(name), SPOOL_FILE_FORMAT, (unsigned)i & 0xff);
		if (fstatat(spool->folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)status.st_size;
	}
	return bytes;
}

int spool_open(int directory_fd, const char *name, struct spool **ret_spool,
	uint64_t *ret_torn_bytes, struct error *error)
{
	CLEANUP(spool_free_pointer) struct spool *spool = NULL;
	CLEANUP(cleanup_free) char *index = NULL;
	uint64_t torn_bytes = 0;
	int r = spool_new(directory_fd, name, &spool, error);

	if (r < 0)
		return r;
	spool->folder_fd = beneath_open_folder(spool->parent_fd, name);
	if (spool->folder_fd < 0)
		return error_set_errno(error, -spool->folder_fd, "cannot open the spool %s", name);
	r = beneath_read(spool->folder_fd, SPOOL_INDEX, MAX_INDEX_BYTES, &index, NULL, error);
	if (r == 0)
		r = read_index(spool, index, &torn_bytes, error);
	if (r < 0)
		return error_prefix(error, "the spool %s", name);
	*ret_torn_bytes = torn_bytes + count_unnamed(spool);
	*ret_spool = TAKE_PTR(spool);
	return 0;
}

int spool_read_notes(
	const struct spool *spool, char **ret_text, size_t *ret_length, struct error *error)
{
	int r = beneath_read(
		spool->folder_fd, SPOOL_NOTES, MAX_NOTES_BYTES, ret_text, ret_length, error);

	return r < 0 ? error_prefix(error, "the spool %s", spool->name) : 0;
}

void series_shorten(struct series *series, uint64_t n)
{
	if (n < series->n_written)
		series->n_written = n;
}

void spool_close(struct spool **spool)
{
	spool_free_pointer(spool);
	*spool = NULL;
}
