#pragma once

/*
 * Shared by the tests of the report: made-up runs (tests/unit/fake_results.h) of one task under
 * three backends unless a test says otherwise. Include it in only one file of a program.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fake_results.h"

/* All characters special to gnuplot, to its enhanced text or to HTML, and a terminal escape. */
#define HOSTILE "a_b^2{c}@d&e~f'g\"h\\i`j$k%m#n;o<p>\033q"

static const char *const three[] = {"tracemalloc", "psutil", "none", NULL};
static const char *const only_none[] = {"none", NULL};
static const uint64_t one_size[] = {64};
static const uint64_t sweep[] = {64, 1024, 256};

static inline const char *fails(const char *backend, size_t point, uint64_t repetition)
{
	(void)point;
	if (strcmp(backend, "tracemalloc") == 0)
		return repetition == 1 ? "timeout" : "oom";
	return strcmp(backend, "psutil") == 0 && repetition == 2 ? "failed" : "ok";
}

static inline struct fake_run run_of(const char *const *backends)
{
	return (struct fake_run){.name = "ramp",
		.task = "ramp.py",
		.backends = backends,
		.parameter = "size_mib",
		.sizes_mib = one_size,
		.n_points = 1,
		.repetitions = 3,
		.warmups = 1,
		.duration_ns = 200 * NS_PER_MS,
		.base_bytes = 9 * FAKE_MIB,
		.truth = true};
}

static inline struct summary_row *row_of(
	struct results *results, uint64_t trial, const char *metric)
{
	for (size_t i = 0; i < results->n_rows; i++)
		if (results->rows[i].trial == trial && strcmp(results->rows[i].metric, metric) == 0)
			return &results->rows[i];
	fail_msg("no row of trial %d", (int)trial);
	return NULL;
}
