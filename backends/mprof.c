#include "backends/mprof.h"

#include "backends/profile.h"
#include "backends/words.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/parse.h"
#include "util/text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Longer than any MEM line. The rest of a longer line (CMDLINE, or junk) is skipped. */
#define LINE_SIZE 512
#define BYTES_PER_MIB 1048576.0
/* Seconds have 4 decimals. As whole steps they lose nothing to binary fractions. */
#define STEPS_PER_S 10000
/* The resident set size is a multiple of this. */
#define PAGE_GRAIN_BYTES 4096

int mprof_wrap(const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error)
{
	char *words[] = {
		string_format("%s", task->interpreter),
		string_format("-m"),
		string_format("mprof"),
		string_format("run"),
		string_format("--nopython"),
		string_format("--exit-code"),
		string_format("--interval"),
		string_format("%.9f", task->interval_s),
		string_format("--output"),
		string_format("%s/" MPROF_FILE, task->profiler_directory),
	};

	return words_hand_over(words, LENGTH(words), ret_argv, n_argv, error);
}

/*
 * 6 decimals of a MiB are 1.05 bytes: half a step can exceed half a byte, and rounding to bytes
 * would be off by one for every fourth page count. So the value is rounded to a nearby whole page.
 */
static uint64_t bytes_from_mib(double mib)
{
	double bytes = mib * BYTES_PER_MIB;
	double whole_pages = round(bytes / PAGE_GRAIN_BYTES) * PAGE_GRAIN_BYTES;

	return (uint64_t)(fabs(bytes - whole_pages) <= 1.0 ? whole_pages : round(bytes));
}

/* "MEM 12.345678 1700000000.1234\n". Anything else, including a truncated line, is not a sample. */
static bool parse_sample(char *line, uint64_t realtime_offset_ns, struct sample *ret_sample)
{
	bool whole = strchr(line, '\n') != NULL;
	const char *field, *mib_text, *seconds_text;
	double mib, seconds;
	uint64_t realtime_ns;

	field = strsep(&line, " \n");
	mib_text = strsep(&line, " \n");
	seconds_text = strsep(&line, "\n");
	if (!whole || strcmp(field, "MEM") != 0 || !mib_text || !seconds_text)
		return false;
	if (parse_decimal(mib_text, &mib) < 0 || parse_decimal(seconds_text, &seconds) < 0)
		return false;
	/* Above these a conversion to 64 bits is undefined: 2^43 MiB is 2^63 bytes. */
	if (mib >= 0x1p43 || seconds >= (double)(UINT64_MAX / NS_PER_S))
		return false;
	realtime_ns = (uint64_t)round(seconds * STEPS_PER_S) * (NS_PER_S / STEPS_PER_S);
	if (realtime_ns < realtime_offset_ns)
		return false;
	*ret_sample = (struct sample){
		.time_ns = realtime_ns - realtime_offset_ns,
		.value = bytes_from_mib(mib),
	};
	return true;
}

/* *ret_n is the number of emitted samples. */
static int emit_samples(struct profile *profile, uint64_t realtime_offset_ns, backend_emit emit,
	void *context, uint64_t *ret_n, struct error *error)
{
	char line[LINE_SIZE];
	uint64_t n = 0, last_ns = 0;

	while (profile_line(profile, line, sizeof(line))) {
		struct sample sample;
		int r;

		if (!parse_sample(line, realtime_offset_ns, &sample))
			continue;
		if (sample.time_ns < last_ns)
			return error_set(error, ERANGE,
				"cannot date the samples of " MPROF_FILE
				" in time: the system clock was set back while mprof ran");
		r = emit(context, "mprof.rss_bytes", METRIC_GAUGE, &sample, error);
		if (r < 0)
			return r;
		last_ns = sample.time_ns;
		n++;
	}
	*ret_n = n;
	return profile_check(profile, error);
}

int mprof_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error)
{
	CLEANUP(profile_close) struct profile profile = {.stream = NULL};
	uint64_t n_samples;
	int r;

	r = profile_open(profiler_fd, MPROF_FILE, &profile, error);
	if (r < 0)
		return r;
	r = emit_samples(&profile, realtime_offset_ns, emit, context, &n_samples, error);
	if (r < 0)
		return r;
	if (n_samples == 0)
		return error_set(error, ENODATA, MPROF_FILE " has no sample of the task");
	return 0;
}
