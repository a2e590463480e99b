#include "runner/trial/process_files.h"

#include "cgroup/control.h"
#include "cgroup/memory_files.h"
#include "util/array.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE sizeof("/proc/4194304/smaps_rollup")
/*
 * status grows with the number of its user's groups; the others have a fixed number of lines or
 * words.
 */
#define STATUS_TEXT_SIZE 16384
#define STAT_TEXT_SIZE 2048
#define ROLLUP_TEXT_SIZE 4096

/* ---- lines of "Key:   123 kB" */

struct line {
	const char *key; /* including its colon */
	size_t offset;	 /* of the uint64_t to add to */
	uint64_t unit;
	bool required;
};

#define MAX_LINES 16
#define KIB 1024

static int take_line(const char *text, const struct line *line, void *target)
{
	uint64_t *value = (uint64_t *)(void *)((char *)target + line->offset);
	uint64_t number;
	int r;

	text += strlen(line->key);
	text += strspn(text, " \t");
	r = memory_value_parse(text, strspn(text, "0123456789"), &number);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(number, line->unit, &number) ||
		__builtin_add_overflow(*value, number, value))
		return -ERANGE;
	return 0;
}

/* Skips lines with other keys, as the kernel adds new ones. `target` must be zeroed. */
static int parse_lines(const char *text, const struct line *lines, size_t n, void *target)
{
	bool seen[MAX_LINES] = {false};

	while (*text) {
		for (size_t i = 0; i < n; i++) {
			int r;

			if (strncmp(text, lines[i].key, strlen(lines[i].key)) != 0)
				continue;
			r = seen[i] ? -EBADMSG : take_line(text, &lines[i], target);
			if (r < 0)
				return r;
			seen[i] = true;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	for (size_t i = 0; i < n; i++)
		if (lines[i].required && !seen[i])
			return -EBADMSG;
	return 0;
}

int process_status_parse(const char *text, struct process_usage *usage)
{
	static const struct line lines[] = {
		{"PPid:", offsetof(struct process_usage, parent), 1, false},
		{"Threads:", offsetof(struct process_usage, threads), 1, true},
		{"VmRSS:", offsetof(struct process_usage, rss_bytes), KIB, false},
		{"VmHWM:", offsetof(struct process_usage, peak_rss_bytes), KIB, false},
		{"RssAnon:", offsetof(struct process_usage, rss_anon_bytes), KIB, false},
		{"RssFile:", offsetof(struct process_usage, rss_file_bytes), KIB, false},
		{"RssShmem:", offsetof(struct process_usage, rss_shmem_bytes), KIB, false},
		{"VmSize:", offsetof(struct process_usage, virtual_bytes), KIB, false},
		{"VmSwap:", offsetof(struct process_usage, swap_bytes), KIB, false},
		{"VmPTE:", offsetof(struct process_usage, page_tables_bytes), KIB, false},
	};
	struct process_usage parsed = {
		.user_ticks = usage->user_ticks, .system_ticks = usage->system_ticks};
	int r = parse_lines(text, lines, LENGTH(lines), &parsed);

	if (r == 0)
		*usage = parsed;
	return r;
}

int process_rollup_parse(const char *text, struct process_pss *ret_pss)
{
	static const struct line lines[] = {
		{"Pss:", offsetof(struct process_pss, pss_bytes), KIB, true},
		{"Pss_Anon:", offsetof(struct process_pss, pss_anon_bytes), KIB, true},
		{"Pss_File:", offsetof(struct process_pss, pss_file_bytes), KIB, true},
		{"Pss_Shmem:", offsetof(struct process_pss, pss_shmem_bytes), KIB, true},
		{"Private_Clean:", offsetof(struct process_pss, private_bytes), KIB, true},
		{"Private_Dirty:", offsetof(struct process_pss, private_bytes), KIB, true},
		{"SwapPss:", offsetof(struct process_pss, swap_pss_bytes), KIB, true},
	};
	struct process_pss parsed = {0};
	int r = parse_lines(text, lines, LENGTH(lines), &parsed);

	if (r == 0)
		*ret_pss = parsed;
	return r;
}

/* ---- stat: "4711 (name) S 1 ..." */

/* The field after the name is the third; utime to cstime are the 14th to the 17th. */
#define FIRST_FIELD 3
#define UTIME_FIELD 14
#define N_TIMES 4

/* A process may be named "x) R 1": the last parenthesis ends the name. */
static const char *find_times(const char *text)
{
	const char *field = strrchr(text, ')');

	for (int i = FIRST_FIELD; field && i <= UTIME_FIELD; i++) {
		field = strchr(field, ' ');
		if (field)
			field++;
	}
	return field;
}

int process_stat_parse(const char *text, struct process_usage *usage)
{
	uint64_t times[N_TIMES], user, system;
	const char *field = find_times(text);

	for (size_t i = 0; i < N_TIMES; i++) {
		size_t length = field ? strspn(field, "0123456789") : 0;
		int r = field ? memory_value_parse(field, length, &times[i]) : -EBADMSG;

		if (r < 0)
			return r;
		if (field[length] != ' ')
			return -EBADMSG;
		field += length + 1;
	}
	if (__builtin_add_overflow(times[0], times[2], &user) ||
		__builtin_add_overflow(times[1], times[3], &system))
		return -ERANGE;
	usage->user_ticks = user;
	usage->system_ticks = system;
	return 0;
}

/* ---- the files */

static int read_process_file(pid_t pid, const char *file, char *ret_text, size_t size)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return control_read(AT_FDCWD, path, ret_text, size, NULL);
}

int process_usage_read(pid_t pid, struct process_usage *ret_usage)
{
	struct process_usage usage = {0};
	char status[STATUS_TEXT_SIZE];
	char stat[STAT_TEXT_SIZE];
	int r = read_process_file(pid, "status", status, sizeof(status));

	if (r >= 0)
		r = process_status_parse(status, &usage);
	if (r >= 0)
		r = read_process_file(pid, "stat", stat, sizeof(stat));
	if (r >= 0)
		r = process_stat_parse(stat, &usage);
	if (r < 0)
		return r;
	*ret_usage = usage;
	return 0;
}

bool process_shares_memory(pid_t pid, pid_t parent)
{
	return parent > 0 && syscall(SYS_kcmp, pid, parent, KCMP_VM, 0UL, 0UL) == 0;
}

int process_parent_read(pid_t pid, pid_t *ret_parent)
{
	struct process_usage usage = {0};
	char status[STATUS_TEXT_SIZE];
	int r = read_process_file(pid, "status", status, sizeof(status));

	if (r >= 0)
		r = process_status_parse(status, &usage);
	if (r < 0)
		return r;
	*ret_parent = (pid_t)usage.parent;
	return 0;
}

int process_pss_read(pid_t pid, struct process_pss *ret_pss)
{
	char text[ROLLUP_TEXT_SIZE];
	int r = read_process_file(pid, "smaps_rollup", text, sizeof(text));

	return r < 0 ? r : process_rollup_parse(text, ret_pss);
}
