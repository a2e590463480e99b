#pragma once

/*
 * The kernel's memory files: parsers of their texts, and the descriptors by which a slice reads
 * them.
 *
 * All parsers take NUL-terminated text and return 0, -EBADMSG (not the format that the kernel
 * documents) or -ERANGE (a number above 2^64 - 1).
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for memory.stat: 80 lines of 40 bytes on Linux 6.18. */
#define MEMORY_STAT_TEXT_SIZE 16384

/* Key and value of one line of a flat keyed file: "oom_kill 3". */
struct keyed_value {
	const char *key; /* NULL: ignored */
	uint64_t value;
	bool present;
};

/* A file with a single number: digits and at most one newline. */
int memory_value_parse(const char *text, size_t length, uint64_t *ret_value);

/* The same, or "max". */
int memory_amount_parse(const char *text, struct amount *ret_amount);

/*
 * Finds the keys in a flat keyed file ("key value" lines). Other keys are skipped with any value,
 * as the kernel adds new ones; a duplicate key, or a value that is not a number, is -EBADMSG. On
 * failure `values` is unchanged.
 */
int keyed_parse(const char *text, struct keyed_value *values, size_t n);

/*
 * memory.stat of v2, and of v1 (which lacks kernel, sock and slab, and of the working set has only
 * the refaults).
 */
int memory_stat_parse_v2(const char *text, struct memory_stat *ret_stat);
int memory_stat_parse_v1(const char *text, struct memory_stat *ret_stat);

/* memory.events of v2. A missing key is -EBADMSG: it would be taken for 0. */
int memory_events_parse(const char *text, struct memory_events *ret_events);

/* memory.oom_control of v1: its oom_kill, since Linux 4.13. */
int memory_oom_control_parse(const char *text, uint64_t *ret_oom_kill);

/* Names of the files that are held open, depending on the version. NULL: none. */
struct memory_file_names {
	const char *current;
	const char *peak;
	const char *stat;
	const char *kernel; /* kernel memory, if not in memory.stat */
	const char *pressure;
	const char *tasks; /* for a thread that moves itself into the leaf */
};

/* Descriptors, or -1. The slice and the task leaf are directories; the files are the leaf's. */
struct memory_files {
	int slice_fd;
	int task_fd;
	int current_fd;
	int peak_fd;
	int stat_fd;
	int kernel_fd;
	/* The same two files opened again: readers of one descriptor wait for each other. */
	int sampler_stat_fd;
	int sampler_kernel_fd;
	int pressure_fd;
	int tasks_fd;
	/*
	 * v1: an eventfd(2), readable once a limit of the task leaf or of the slice was hit and
	 * reclaim failed
	 */
	int oom_fd;
};

#define MEMORY_FILES_NONE                                                                          \
	((struct memory_files){                                                                    \
		.slice_fd = -1,                                                                    \
		.task_fd = -1,                                                                     \
		.current_fd = -1,                                                                  \
		.peak_fd = -1,                                                                     \
		.stat_fd = -1,                                                                     \
		.kernel_fd = -1,                                                                   \
		.sampler_stat_fd = -1,                                                             \
		.sampler_kernel_fd = -1,                                                           \
		.pressure_fd = -1,                                                                 \
		.tasks_fd = -1,                                                                    \
		.oom_fd = -1,                                                                      \
	})

/*
 * Opens the files below `slice_fd` and its `task`. Takes ownership of slice_fd on success. If the
 * kernel has no peak file (v2 before Linux 5.19), or no kernel or pressure file, that descriptor is
 * -1.
 */
int memory_files_open(const struct memory_file_names *names, int slice_fd,
	struct memory_files *ret_files, struct error *error);
void memory_files_close(struct memory_files *files);

/* Reads one number by one pread, without allocation: the sampler's hot path. 0 or -errno. */
int memory_value_read(int fd, uint64_t *ret_value);
