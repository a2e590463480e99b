#pragma once

/*
 * Where the reference has a gap: two samples so far apart that what was between them is not known. The machine
 * or the runner stood still (a suspended machine, a stopped process, a hypervisor that gave its CPU away), or
 * the ring was full. A line drawn across would be a measurement that nobody made.
 *
 * Deadlines missed one by one on a loaded machine are no gap: those are counted (struct sampler_stats).
 */

#include "runner/experiment/experiment.h"
#include "runner/trial/spool.h"

#include <stddef.h>
#include <stdint.h>

/* A gap is longer than this, and than so many periods of the sampler. */
#define GAP_MIN_NS UINT64_C(500000000)
#define GAP_MIN_PERIODS 10

struct gaps {
	uint64_t least_ns; /* from here on it is one */
	uint64_t last_ns;  /* of the last sample; 0: there was none */
	uint64_t n;
	uint64_t longest_ns;
	uint64_t total_ns;
};

struct gaps gaps_new(const struct sampler_settings *settings);

/*
 * Looks at the samples that come next, in order of time. Each gap goes into the spool's series SPOOL_GAPS,
 * which is made for the first: the time of the sample before it, and as the value that of the one after.
 */
int gaps_add(struct gaps *gaps, struct spool *spool, const struct sample *samples, size_t n,
	struct error *error);

/* "nothing was sampled for up to 1.20 s (2 gaps)"; "" where there is no gap. */
void gaps_describe(const struct gaps *gaps, char *ret_text, size_t size);
