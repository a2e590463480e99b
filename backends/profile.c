#include "backends/profile.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static int profile_too_large(const char *name, struct error *error)
{
	return error_set(error, EOVERFLOW, "cannot read %s: larger than %" PRIu64 " bytes", name,
		PROFILE_MAX_BYTES);
}

int profile_open(
	int profiler_fd, const char *name, struct profile *ret_profile, struct error *error)
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
	if ((uint64_t)status.st_size > PROFILE_MAX_BYTES)
		return profile_too_large(name, error);
	stream = fdopen(fd, "re");
	if (!stream)
		return error_set_errno(error, errno, "cannot open %s", name);
	(void)TAKE_FD(fd);
	*ret_profile = (struct profile){
		.name = name,
		.stream = stream,
		/* One more byte distinguishes a file that is too long from one that just fits. */
		.left_bytes = PROFILE_MAX_BYTES + 1,
	};
	return 0;
}

void profile_close(struct profile *profile)
{
	cleanup_fclose(&profile->stream);
	profile->stream = NULL;
}

bool profile_line(struct profile *profile, char *line, size_t size)
{
	size_t length = 0;
	int c = EOF;

	while (profile->left_bytes > 0 && (c = getc_unlocked(profile->stream)) != EOF) {
		profile->left_bytes--;
		if (length < size - 1)
			line[length++] = (char)c;
		if (c == '\n')
			break;
	}
	line[length] = '\0';
	return length > 0 && profile->left_bytes > 0;
}

int profile_check(const struct profile *profile, struct error *error)
{
	if (ferror(profile->stream))
		return error_set_errno(error, EIO, "cannot read %s", profile->name);
	return profile->left_bytes == 0 ? profile_too_large(profile->name, error) : 0;
}
