#pragma once

/*
 * A ring of samples between one writer (the sampler's thread) and one reader: lock-free, of fixed
 * size, allocated and touched before the task starts. If the ring is full, the sample is dropped
 * and counted.
 */

#include "backends/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* `capacity` is rounded up to a power of two. Touches the memory, and locks it if allowed. */
int ring_new(size_t capacity, struct ring **ret_ring);
void ring_free(struct ring *ring);

/* For the writer. False if full; the sample counts as dropped. */
bool ring_push(struct ring *ring, struct sample sample);

/* For the reader. Copies out at most `n` samples and returns their number. */
size_t ring_pop(struct ring *ring, struct sample *ret_samples, size_t n);

uint64_t ring_dropped(const struct ring *ring);
