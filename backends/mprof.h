#pragma once

/*
 * mprof, the tool of memory_profiler: it starts the task itself and samples its resident set size
 * from outside, with psutil. Its file has a line per sample, "MEM <MiB> <seconds since 1970>".
 *
 * Facts about memory_profiler 0.61 (Debian 12 and 13): if a signal N ends the task, `mprof run
 * --exit-code` exits with 256 - N (backends/negative_exit.h); MiB have 6 decimals and seconds 4.
 */

#include "backends/backend.h"

#define MPROF_FILE "mprofile.dat"

/* See struct backend. */
int mprof_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int mprof_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
