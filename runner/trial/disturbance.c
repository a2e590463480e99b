#include "runner/trial/disturbance.h"

#include "util/cleanup.h"
#include "util/counter.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

/* /proc/stat has a line per CPU, and the counts of all interrupts. */
#define MAX_FILE_BYTES ((size_t)1 << 20)
#define CPUS "/sys/devices/system/cpu/"
/* user nice system idle iowait irq softirq steal; the rest is already included in user and nice. */
#define N_TICKS 8
#define STEAL 7

/* NULL if it cannot be read. */
static char *read_host_file(const char *root, const char *path)
{
	CLEANUP(cleanup_free) char *full = string_format("%s%s", root, path);
	char *text;

	if (!full || file_read(AT_FDCWD, full, MAX_FILE_BYTES, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

/* 0 if there is none. */
static uint64_t leading_number(const char *text)
{
	uint64_t number = 0;

	return text && parse_leading_u64(&text, &number) == 0 ? number : 0;
}

/* The number after "key " at the beginning of a line; 0 if there is none. */
static uint64_t value_after_key(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, length) == 0 && text[length] == ' ')
			return leading_number(text + length + 1);
	}
	return 0;
}

static void read_ticks(const char *root, struct disturbance *read)
{
	CLEANUP(cleanup_free) char *text = read_host_file(root, "/proc/stat");
	const char *cursor = text;

	/* The first line is the total of all CPUs. */
	if (!text || strncmp(text, "cpu ", 4) != 0)
		return;
	cursor += strlen("cpu");
	for (int i = 0; i < N_TICKS; i++) {
		uint64_t ticks;

		if (parse_column_u64(&cursor, &ticks) < 0)
			return;
		read->all_ticks += ticks;
		if (i == STEAL)
			read->steal_ticks = ticks;
	}
}

/* The bandwidth limit of any ancestor also stops a group; each counts its own stops. */
static void read_throttling(const struct disturbance_sources *sources, struct disturbance *read)
{
	CLEANUP(cleanup_free) char *group = NULL;
	char *slash;

	if (!sources->mount)
		return;
	group = strdup(sources->group);
	while (group) {
		CLEANUP(cleanup_free)
		char *path = string_format("%s%s/cpu.stat", sources->mount, group);
		CLEANUP(cleanup_free)
		char *text = path ? read_host_file(sources->root, path) : NULL;

		read->n_throttled += value_after_key(text, "nr_throttled");
		slash = strrchr(group, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

static uint64_t read_cpu_number(const char *root, int cpu, const char *name)
{
	CLEANUP(cleanup_free)
	char *path = string_format(CPUS "cpu%d/thermal_throttle/%s", cpu, name);
	CLEANUP(cleanup_free) char *text = path ? read_host_file(root, path) : NULL;

	return leading_number(text);
}

static void read_heat(const char *root, struct disturbance *read)
{
	CLEANUP(cleanup_free)
	char *first = read_host_file(root, CPUS "cpu0/thermal_throttle/core_throttle_count");
	int n = first ? get_nprocs_conf() : 0;

	for (int cpu = 0; cpu < n; cpu++)
		read->n_heat += read_cpu_number(root, cpu, "core_throttle_count") +
				read_cpu_number(root, cpu, "package_throttle_count");
}

struct disturbance disturbance_read(const struct disturbance_sources *sources)
{
	CLEANUP(cleanup_free) char *vmstat = read_host_file(sources->root, "/proc/vmstat");
	struct disturbance read = {0};

	read.pages_swapped_in = value_after_key(vmstat, "pswpin");
	read.pages_swapped_out = value_after_key(vmstat, "pswpout");
	read_ticks(sources->root, &read);
	read_throttling(sources, &read);
	read_heat(sources->root, &read);
	return read;
}

/* ---- in words */

static bool is_much_steal(uint64_t steal, uint64_t all)
{
	return steal >= DISTURBANCE_STEAL_TICKS && steal * 100 >= all * DISTURBANCE_STEAL_PERCENT;
}

void disturbance_describe(const struct disturbance *before, const struct disturbance *after,
	char *ret_text, size_t size)
{
	uint64_t in = counter_rise(before->pages_swapped_in, after->pages_swapped_in);
	uint64_t out = counter_rise(before->pages_swapped_out, after->pages_swapped_out);
	uint64_t throttled = counter_rise(before->n_throttled, after->n_throttled);
	uint64_t heat = counter_rise(before->n_heat, after->n_heat);
	uint64_t steal = counter_rise(before->steal_ticks, after->steal_ticks);
	uint64_t all = counter_rise(before->all_ticks, after->all_ticks);
	CLEANUP(cleanup_free) char *text = strdup("");

	if (in + out > 0)
		text = string_append(text, "; ",
			"the machine swapped (pages in: %" PRIu64 ", out: %" PRIu64 ")", in, out);
	if (throttled > 0)
		text = string_append(text, "; ",
			"its CPU time was throttled by a group's limit (times: %" PRIu64 ")",
			throttled);
	if (heat > 0)
		text = string_append(text, "; ",
			"a CPU was throttled by its temperature (times: %" PRIu64 ")", heat);
	if (all > 0 && is_much_steal(steal, all))
		text = string_append(text, "; ",
			"the machine's host took %.0f %% of the CPUs' time",
			100.0 * (double)steal / (double)all);
	/* Marked even if there is no memory for the text. */
	snprintf(ret_text, size, "%s", text ? text : "disturbed");
}
