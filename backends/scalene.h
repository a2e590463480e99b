#pragma once

/*
 * Scalene: an interpreter of its own with a preloaded library that samples allocations. It runs the
 * task's script and then writes a profile in JSON. One number describes the whole task: its peak,
 * "max_footprint_mb".
 *
 * Facts about Scalene 1.5.16 and 1.5.51 (Debian 12 and 13): it starts a second interpreter with the
 * library and exits with its return code, so that a signal N becomes exit code 256 - N; json.dumps
 * writes the file with an indent of 4, one key per line; a MB is 2^20 bytes; for a script without
 * any sample the file is "{}".
 */

#include "backends/backend.h"

#define SCALENE_FILE "scalene.json"

/* See struct backend. */
int scalene_wrap(
	const struct backend_task *task, char **ret_argv, size_t n_argv, struct error *error);
int scalene_collect(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit, void *context,
	struct error *error);
