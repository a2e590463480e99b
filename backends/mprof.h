#pragma once

/*
 * mprof, the tool of memory_profiler: it starts the task itself and looks at its resident set size
 * from outside, with psutil. Its file has a line a sample, "MEM <MiB> <seconds since 1970>".
 *
 * Facts are those of memory_profiler 0.61 (Debian 12 and 13): a task that a signal N ended makes
 * `mprof run --exit-code` exit with 256 - N (backends/negative_exit.h); MiB are printed with 6 decimals and
 * seconds with 4.
 */

#include "backends/backend.h"

#define MPROF_FILE "mprofile.dat"

/* As struct backend describes them. */
int mprof_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int mprof_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
