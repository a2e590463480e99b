#pragma once

/*
 * Gaps in the reference: two consecutive samples so far apart that the values in between are
 * unknown. The machine or the runner stood still (suspend, a stopped process, a hypervisor that
 * took the CPU away), or the ring was full. A line across a gap would show values that nobody
 * measured.
 *
 * Single missed deadlines on a loaded machine are not gaps: they are counted (struct
 * sampler_stats).
 */

#include "runner/experiment/experiment.h"
#include "runner/trial/spool.h"

#include <stddef.h>
#include <stdint.h>

/* A gap is longer than this and than that many periods of the sampler. */
#define GAP_MIN_NS UINT64_C(500000000)
#define GAP_MIN_PERIODS 10

struct gaps {
	uint64_t least_ns; /* the shortest gap */
	uint64_t last_ns;  /* of the last sample; 0: none yet */
	uint64_t n;
	uint64_t longest_ns;
	uint64_t total_ns;
};

struct gaps gaps_new(const struct sampler_settings *settings);

/*
 * Processes the next samples, in order of time. Adds each gap to the spool's series SPOOL_GAPS,
 * which the first one creates: the time of the sample before it, and as value the time of the
 * sample after it.
 */
int gaps_add(struct gaps *gaps, struct spool *spool, const struct sample *samples, size_t n,
	struct error *error);

/* "nothing was sampled for up to 1.20 s (2 gaps)"; "" if there is no gap. */
void gaps_describe(const struct gaps *gaps, char *ret_text, size_t size);
