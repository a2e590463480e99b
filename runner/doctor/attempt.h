#pragma once

/*
 * Private to runner/doctor/: tests what no file reports, in a temporary slice with a child that
 * touches memory on request.
 */

#include "cgroup/hierarchy.h"
#include "runner/trial/sampler.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct attempt {
	bool made;
	uint64_t realtime_ns; /* when: CLOCK_REALTIME; an earlier run's if it was kept (kept.h) */
	bool has_peak;
	bool peak_resets;
	bool accounts_swap;
	uint64_t charge_batch_bytes; /* the usual step of the memory usage counter; 0: none seen */
	uint64_t sample_cost_ns;     /* median duration of one reading */
	uint64_t sample_cost_p99_ns;
	struct sampler_stats timer; /* of a sleeping sampler at ATTEMPT_TIMER_HZ */
};

#define ATTEMPT_TIMER_HZ 1000.0

/*
 * Creates the slice (slice_create defines its name), measures, and removes it. SIGINT, SIGTERM and
 * SIGHUP are blocked meanwhile, so that nothing is left behind. The error's sentence suits a
 * finding.
 */
int attempt_make(const struct hierarchy *hierarchy, const char *slice_name, uint64_t timer_ns,
	struct attempt *ret_attempt, struct error *error);
