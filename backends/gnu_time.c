#include "backends/gnu_time.h"

#include "backends/profile.h"
#include "backends/words.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define LABEL "\tMaximum resident set size (kbytes): "
#define BYTES_PER_KIB 1024
/* Longer than the wanted line. The rest of a longer line (the command's) is skipped. */
#define LINE_SIZE 256
/* Shells add this to a signal's number, and so does GNU time. */
#define SIGNAL_BASE 128

int gnu_time_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error)
{
	char *words[] = {
		string_format(GNU_TIME_PROGRAM),
		string_format("--verbose"),
		string_format("--output"),
		string_format("%s/" GNU_TIME_FILE, task->profiler_directory),
		string_format("--"),
	};

	return words_hand_over(words, LENGTH(words), ret_argv, n_argv, error);
}

static bool parse_time_line(char *line, uint64_t *ret_bytes)
{
	char *end = strchr(line, '\n');
	uint64_t kib;

	if (!end || strncmp(line, LABEL, strlen(LABEL)) != 0)
		return false;
	*end = '\0';
	if (parse_u64(line + strlen(LABEL), &kib) < 0 || kib > UINT64_MAX / BYTES_PER_KIB)
		return false;
	*ret_bytes = kib * BYTES_PER_KIB;
	return true;
}

/*
 * The file starts with the command, verbatim: an argument with newlines may look like any line. So
 * the last match counts.
 */
int gnu_time_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error)
{
	CLEANUP(profile_close) struct profile profile = {.stream = NULL};
	struct sample sample = {.time_ns = SAMPLE_AT_END};
	char line[LINE_SIZE];
	bool found = false;
	int r = profile_open(profiler_fd, GNU_TIME_FILE, &profile, error);

	(void)realtime_offset_ns;
	if (r < 0)
		return r;
	while (profile_line(&profile, line, sizeof(line)))
		found |= parse_time_line(line, &sample.value);
	r = profile_check(&profile, error);
	if (r < 0)
		return r;
	if (!found)
		return error_set(error, ENODATA,
			GNU_TIME_FILE
			" has no \"Maximum resident set size\": GNU time ended before the task");
	return emit(context, "gnu-time.maxrss_bytes", METRIC_HIGH_WATER, &sample, error);
}

int gnu_time_task_status(int wait_status)
{
	int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

	if (code > SIGNAL_BASE && code <= SIGNAL_BASE + SIGSYS)
		return code - SIGNAL_BASE; /* W_EXITCODE(0, signal) */
	return wait_status;
}
