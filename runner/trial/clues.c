#include "runner/trial/clues.h"

#include "util/array.h"

#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* Through the process's own root. A tmpfs refuses pages and blocks once none is free, and not before. */
static bool is_full(pid_t pid, const char *place, long type)
{
	char path[PATH_MAX];
	struct statfs status;

	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, place);
	return statfs(path, &status) == 0 && status.f_type == type && status.f_blocks > 0 &&
	       status.f_bfree == 0;
}

/* An overlay has the room of the tmpfs that is its upper layer. */
const char *clues_full_tmpfs(pid_t pid, const char *writable)
{
	static const char *const places[] = {"/tmp", "/dev/shm", "/var/tmp"};

	for (size_t i = 0; i < LENGTH(places); i++)
		if (is_full(pid, places[i], TMPFS_MAGIC))
			return places[i];
	return writable && is_full(pid, writable, OVERLAYFS_SUPER_MAGIC) ? "working directory"
									 : NULL;
}

static bool has_words(const struct trial_output *output, const char *words)
{
	const size_t length = strlen(words);

	return (output->text && memmem(output->text, output->length, words, length)) ||
	       (output->last && memmem(output->last, TRIAL_OUTPUT_LAST_BYTES, words, length));
}

bool clues_printed(const struct trial_output *stderr_output,
	const struct trial_output *stdout_output, const char *words)
{
	return has_words(stderr_output, words) || has_words(stdout_output, words);
}
