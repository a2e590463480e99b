#pragma once

/*
 * A ring of samples between one writer (the sampler's thread) and one reader: lock-free, of fixed
 * size, allocated and touched before the task starts. A full ring drops the sample and counts it.
 */

#include "backends/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* `capacity` is rounded up to a power of two. The memory is touched now, and locked where allowed. */
int ring_new(size_t capacity, struct ring **ret_ring);
void ring_free(struct ring *ring);

/* Writer. False when full; the sample is counted as dropped. */
bool ring_push(struct ring *ring, struct sample sample);

/* Reader. Copies at most `n` samples out and returns how many. */
size_t ring_pop(struct ring *ring, struct sample *ret_samples, size_t n);

uint64_t ring_dropped(const struct ring *ring);
