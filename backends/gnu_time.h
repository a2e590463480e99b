#pragma once

/*
 * GNU time, `/usr/bin/time -v`, as a prefix of any task: it forks, executes the task, waits for it
 * and prints the result of wait4(2). One of the numbers is memory: "Maximum resident set size
 * (kbytes)".
 *
 * Facts about GNU time 1.9 (Debian 12 and 13): if a signal N ends the task, it exits with 128 + N;
 * the number is ru_maxrss, the larger of the task's own and that of the children that it waited
 * for.
 */

#include "backends/backend.h"

#define GNU_TIME_PROGRAM "/usr/bin/time"
#define GNU_TIME_FILE "time.txt"

/* See struct backend. */
int gnu_time_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int gnu_time_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
int gnu_time_task_status(int wait_status);
