#include "backends/scalene.h"

#include "backends/profile.h"
#include "backends/words.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The whole file if no sample was taken: the allocations did not grow by a sampling window. */
#define NO_SAMPLE "{}\n"
/*
 * With the indentation of a key of the whole profile; those of files and lines are indented more,
 * and strings have no newlines, so that no text from the script looks like it.
 */
#define LABEL "    \"max_footprint_mb\": "
#define BYTES_PER_MB 1048576.0
/* Longer than the wanted line. The rest of a longer line (from the script) is skipped. */
#define LINE_SIZE 256

/*
 * Disables the CPU threshold, which hides a script that hardly used the CPU, together with its
 * peak. The script and its arguments follow "---", so that they are not options of Scalene's.
 */
int scalene_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error)
{
	char *words[] = {
		string_format("%s", task->interpreter),
		string_format("-m"),
		string_format("scalene"),
		string_format("--cli"),
		string_format("--json"),
		string_format("--cpu-percent-threshold"),
		string_format("0"),
		string_format("--outfile"),
		string_format("%s/" SCALENE_FILE, task->profiler_directory),
		string_format("---"),
	};

	return words_hand_over(words, LENGTH(words), ret_argv, n_argv, error);
}

static bool parse_profile_line(char *line, uint64_t *ret_bytes)
{
	char *end = strpbrk(line, ",\n");
	double mb;

	if (!end || strncmp(line, LABEL, strlen(LABEL)) != 0)
		return false;
	*end = '\0';
	/* 2^44 MB are 2^64 bytes: above, the conversion is undefined. */
	if (parse_decimal(line + strlen(LABEL), &mb) < 0 || mb >= 0x1p44)
		return false;
	*ret_bytes = (uint64_t)round(mb * BYTES_PER_MB);
	return true;
}

/* Whether the file has a peak; if so, sets *ret_bytes. */
static bool find_peak(struct profile *profile, uint64_t *ret_bytes)
{
	char line[LINE_SIZE];

	if (!profile_line(profile, line, sizeof(line)))
		return false;
	if (strcmp(line, NO_SAMPLE) == 0) {
		*ret_bytes = 0;
		return true;
	}
	while (profile_line(profile, line, sizeof(line)))
		if (parse_profile_line(line, ret_bytes))
			return true;
	return false;
}

int scalene_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error)
{
	CLEANUP(profile_close) struct profile profile = {.stream = NULL};
	struct sample sample = {.time_ns = SAMPLE_AT_END};
	bool found;
	int r = profile_open(profiler_fd, SCALENE_FILE, &profile, error);

	(void)realtime_offset_ns;
	if (r < 0)
		return r;
	found = find_peak(&profile, &sample.value);
	r = profile_check(&profile, error);
	if (r < 0)
		return r;
	if (!found)
		return error_set(error, ENODATA,
			SCALENE_FILE
			" has no \"max_footprint_mb\": Scalene was killed before it wrote it");
	return emit(context, "scalene.max_footprint_bytes", METRIC_HIGH_WATER, &sample, error);
}
