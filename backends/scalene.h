#pragma once

/*
 * Scalene: an interpreter of its own, with a library preloaded that samples what the allocators are asked for, runs
 * the task's script and writes a profile in JSON when that has ended. One number of it is the task's: its peak,
 * "max_footprint_mb".
 *
 * Facts are those of Scalene 1.5.16 and 1.5.51 (Debian 12 and 13): it starts a second interpreter with the library,
 * and exits with its return code, so that a signal N is exit code 256 - N; the file is made by json.dumps with an
 * indent of 4, a key a line; a MB is 2^20 bytes; it has nothing but "{}" of a script of which no sample was taken.
 */

#include "backends/backend.h"

#define SCALENE_FILE "scalene.json"

/* As struct backend describes them. */
int scalene_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int scalene_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
