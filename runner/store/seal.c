#include "runner/store/seal.h"

#include "util/digest.h"
#include "util/file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_WORDS "memcg-run sha256 "
#define SEAL_BYTES (sizeof(SEAL_WORDS) - 1 + DIGEST_TEXT_SIZE) /* a newline in place of the NUL */

struct seal {
	char text[SEAL_BYTES + 1];
};

/* The seal for the first bytes of a file. */
static int make_seal(int fd, uint64_t length, struct seal *ret_seal)
{
	char digest[DIGEST_TEXT_SIZE];
	int r = digest_head(fd, length, digest);

	if (r == 0)
		snprintf(ret_seal->text, sizeof(ret_seal->text), SEAL_WORDS "%s\n", digest);
	return r;
}

/* The file's length, or -errno. */
static int64_t find_end(int fd)
{
	struct stat status;

	return fstat(fd, &status) < 0 ? -errno : status.st_size;
}

int seal_append(int fd, const char *name, struct error *error)
{
	struct seal seal;
	int64_t end = find_end(fd);
	int r = end < 0 ? (int)end : make_seal(fd, (uint64_t)end, &seal);

	if (r == 0 && lseek(fd, end, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = file_write_fd(fd, seal.text, SEAL_BYTES);
	if (r < 0)
		return error_set_errno(error, -r, "cannot seal %s", name);
	return 0;
}

int seal_check(int fd, const char *name, struct error *error)
{
	struct seal found = {.text = ""}, right;
	int64_t end = find_end(fd);
	ssize_t n;
	int r;

	if (end < 0)
		return error_set_errno(error, (int)-end, "cannot open %s", name);
	if (end < (int64_t)SEAL_BYTES)
		return 1;
	n = pread(fd, found.text, SEAL_BYTES, end - (int64_t)SEAL_BYTES);
	if (n < 0)
		return error_set_errno(error, errno, "cannot read %s", name);
	if (n != SEAL_BYTES || strncmp(found.text, SEAL_WORDS, strlen(SEAL_WORDS)) != 0)
		return 1;
	r = make_seal(fd, (uint64_t)end - SEAL_BYTES, &right);
	if (r < 0)
		return error_set_errno(error, -r, "cannot read %s", name);
	if (memcmp(found.text, right.text, SEAL_BYTES) != 0)
		return error_set(error, EBADMSG,
			"%s is damaged: its content does not match its checksum; restore it from a "
			"copy",
			name);
	return 0;
}
