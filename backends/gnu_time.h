#pragma once

/*
 * GNU time, `/usr/bin/time -v`, in front of the task, whatever that is: it forks, executes the task, waits for
 * it and prints what wait4(2) gave. One number of that is memory: "Maximum resident set size (kbytes)".
 *
 * Facts are those of GNU time 1.9 (Debian 12 and 13): a task that a signal N ended makes it exit with 128 + N;
 * the number is ru_maxrss, the larger of the task's own and of those of its children that it waited for.
 */

#include "backends/backend.h"

#define GNU_TIME_PROGRAM "/usr/bin/time"
#define GNU_TIME_FILE "time.txt"

/* As struct backend describes them. */
int gnu_time_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int gnu_time_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
int gnu_time_task_status(int wait_status);
