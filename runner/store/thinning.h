#pragma once

/*
 * A trace made short enough to draw without losing what a reader looks for: of each stretch the smallest
 * and the largest sample stay, so that a spike of one sample is seen at any width. Samples pass through
 * once, in the order of the file; only those that stay are kept.
 */

#include "backends/backend.h"

#include <stddef.h>
#include <stdint.h>

/* The first, the last, and one stretch of two between them. */
#define THINNING_MIN_SAMPLES 4

struct thinning {
	struct sample *kept; /* room for the samples asked for; borrowed */
	size_t n_kept;
	uint64_t n_total;
	uint64_t n_stretches; /* 0: everything is kept */
	uint64_t n_seen;

	/* The stretch that the next sample may belong to. */
	uint64_t stretch;
	uint64_t n_in_stretch;
	struct sample smallest, largest;
	uint64_t smallest_index, largest_index;
};

/* `n_total` samples will be added; `kept` has room for `max_samples` >= THINNING_MIN_SAMPLES. */
void thinning_init(
	struct thinning *thinning, struct sample *kept, size_t max_samples, uint64_t n_total);
void thinning_add(struct thinning *thinning, struct sample sample);
