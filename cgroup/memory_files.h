#pragma once

/*
 * The kernel's memory files: their texts, parsed from buffers, and the descriptors by which a slice
 * reads them.
 *
 * All parsers take NUL-terminated text and return 0 or -EBADMSG (not of the form that the kernel
 * documents) or -ERANGE (a number above 2^64 - 1).
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for memory.stat: 80 lines of 40 bytes on Linux 6.18. */
#define MEMORY_STAT_TEXT_SIZE 16384

/* The key and its value of one line of a flat keyed file: "oom_kill 3". */
struct keyed_value {
	const char *key; /* NULL: not looked for */
	uint64_t value;
	bool present;
};

/* A whole file of one number: digits and at most one newline. */
int memory_value_parse(const char *text, size_t length, uint64_t *ret_value);

/* The same, or "max". */
int memory_amount_parse(const char *text, struct amount *ret_amount);

/*
 * Looks for the keys in a flat keyed file ("key value" lines). Keys that nobody asked for are skipped
 * whatever their value, as the kernel adds new ones; a key that stands there twice, or whose value is
 * no number, is -EBADMSG. On failure `values` is as it was.
 */
int keyed_parse(const char *text, struct keyed_value *values, size_t n);

/* memory.stat of v2, and of v1 (which has no kernel, sock and slab there, and of the working set the
 * refaults alone). */
int memory_stat_parse_v2(const char *text, struct memory_stat *ret_stat);
int memory_stat_parse_v1(const char *text, struct memory_stat *ret_stat);

/* memory.events of v2. A key that is missing is -EBADMSG: it would be taken for 0. */
int memory_events_parse(const char *text, struct memory_events *ret_events);

/* memory.oom_control of v1: its oom_kill, since Linux 4.13. */
int memory_oom_control_parse(const char *text, uint64_t *ret_oom_kill);

/* Names of the files that are held open, in the version's own words. NULL: there is none. */
struct memory_file_names {
	const char *current;
	const char *peak;
	const char *stat;
	const char *kernel; /* kernel memory, where memory.stat does not have it */
	const char *pressure;
	const char *tasks; /* for a thread that enters the leaf by itself */
};

/* Descriptors, or -1. The slice and the task leaf are directories. */
struct memory_files {
	int slice_fd;
	int task_fd;
	int total_current_fd; /* of the slice; the others are of the task leaf */
	int current_fd;
	int peak_fd;
	int stat_fd;
	int kernel_fd;
	/* The same two files once more: a reader of a descriptor waits for another of the same one. */
	int sampler_stat_fd;
	int sampler_kernel_fd;
	int pressure_fd;
	int tasks_fd;
	int oom_fd; /* v1: an eventfd(2) that can be read once a limit of the task leaf or of the slice was met with no way on */
};

#define MEMORY_FILES_NONE                                                                          \
	((struct memory_files){                                                                    \
		.slice_fd = -1,                                                                    \
		.task_fd = -1,                                                                     \
		.total_current_fd = -1,                                                            \
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
 * Opens the files below `slice_fd` and its `task`. Takes slice_fd over when it succeeds. A kernel that
 * has no peak file (v2 before Linux 5.19) or no kernel or pressure file leaves that descriptor -1.
 */
int memory_files_open(const struct memory_file_names *names, int slice_fd,
	struct memory_files *ret_files, struct error *error);
void memory_files_close(struct memory_files *files);

/* One number by one pread, without allocation: the sampler's hot path. 0 or -errno. */
int memory_value_read(int fd, uint64_t *ret_value);
