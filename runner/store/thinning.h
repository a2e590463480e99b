#pragma once

/*
 * Thins a trace for drawing without losing its features: keeps the smallest and the largest sample
 * of each stretch, so that a spike of one sample is visible at any width. Samples pass through
 * once, in file order; only those kept are stored.
 */

#include "backends/backend.h"

#include <stddef.h>
#include <stdint.h>

/* The first, the last, and one stretch of two between them. */
#define THINNING_MIN_SAMPLES 4

struct thinning {
	struct sample *kept; /* room for max_samples; borrowed */
	size_t n_kept;
	uint64_t n_total;
	uint64_t n_stretches; /* 0: everything is kept */
	uint64_t n_seen;

	/* The stretch of the next sample. */
	uint64_t stretch;
	uint64_t n_in_stretch;
	struct sample smallest, largest;
	uint64_t smallest_index, largest_index;
};

/* `n_total` samples will be added; `kept` has room for `max_samples` >= THINNING_MIN_SAMPLES. */
void thinning_init(
	struct thinning *thinning, struct sample *kept, size_t max_samples, uint64_t n_total);
void thinning_add(struct thinning *thinning, struct sample sample);
