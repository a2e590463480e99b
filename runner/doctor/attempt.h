#pragma once

/*
 * Private to runner/doctor/: what no file tells, tried out in a slice of its own with a child in it that
 * touches memory when told to.
 */

#include "cgroup/hierarchy.h"
#include "runner/trial/sampler.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

struct attempt {
	bool made;
	bool has_peak;
	bool peak_resets;
	bool accounts_swap;
	uint64_t charge_batch_bytes; /* the usual step of the memory's use; 0: none was seen */
	uint64_t sample_cost_ns;     /* one read of it, in the median */
	uint64_t sample_cost_p99_ns;
	struct sampler_stats timer; /* of a sleeping sampler at ATTEMPT_TIMER_HZ */
};

#define ATTEMPT_TIMER_HZ 1000.0

/*
 * Makes the slice (slice_create says how it is named), looks, and removes it; SIGINT, SIGTERM and SIGHUP
 * wait meanwhile, so that nothing is left behind. The sentence of a failure is for a finding.
 */
int attempt_make(const struct hierarchy *hierarchy, const char *slice_name, uint64_t timer_ns,
	struct attempt *ret_attempt, struct error *error);
