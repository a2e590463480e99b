#include "runner/trial/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CACHE_LINE 64

/*
 * `tail` and `head` count samples forever and are reduced by the mask when the array is indexed, so
 * that full (difference = capacity) and empty (equal) differ. Each index has its own cache line,
 * next to the owner's last view of the other: the writer reads the reader's line only when the ring
 * seems full, not for every sample.
 */
struct ring {
	/* Used by the writer. */
	_Alignas(CACHE_LINE) _Atomic uint64_t tail;
	uint64_t head_seen;
	_Atomic uint64_t dropped;

	/* Used by the reader. */
	_Alignas(CACHE_LINE) _Atomic uint64_t head;
	uint64_t tail_seen;

	/* Constant after creation. */
	_Alignas(CACHE_LINE) struct sample *samples;
	uint64_t mask;
	size_t bytes;
};

static int round_up_to_power_of_two(size_t capacity, size_t *ret_rounded)
{
	size_t rounded = 1;

	while (rounded < capacity) {
		if (rounded > SIZE_MAX / sizeof(struct sample) / 2)
			return -EINVAL;
		rounded *= 2;
	}
	*ret_rounded = rounded;
	return 0;
}

int ring_new(size_t capacity, struct ring **ret_ring)
{
	struct ring *ring;
	size_t rounded = 0;
	int r;

	if (capacity == 0)
		return -EINVAL;
	r = round_up_to_power_of_two(capacity, &rounded);
	if (r < 0)
		return r;

	ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	memset(ring, 0, sizeof(*ring));
	ring->mask = rounded - 1;
	ring->bytes = rounded * sizeof(struct sample);

	/* MAP_POPULATE: a page fault of the writer would delay a sample. */
	ring->samples = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (ring->samples == MAP_FAILED) {
		free(ring);
		return -ENOMEM;
	}
	/*
	 * Populated pages may still be swapped out; a host that does not allow locking is not an
	 * error.
	 */
	(void)mlock(ring->samples, ring->bytes);
	*ret_ring = ring;
	return 0;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	munmap(ring->samples, ring->bytes);
	free(ring);
}

bool ring_push(struct ring *ring, struct sample sample)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail - ring->head_seen > ring->mask) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (tail - ring->head_seen > ring->mask) {
			atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
			return false;
		}
	}
	ring->samples[tail & ring->mask] = sample;
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

size_t ring_pop(struct ring *ring, struct sample *ret_samples, size_t n)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t available;
	size_t first, before_wrap;

	if (ring->tail_seen - head < n)
		ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	available = ring->tail_seen - head;
	if (n > available)
		n = (size_t)available;
	if (n == 0)
		return 0;

	first = (size_t)(head & ring->mask);
	before_wrap = (size_t)ring->mask + 1 - first;
	if (before_wrap > n)
		before_wrap = n;
	memcpy(ret_samples, ring->samples + first, before_wrap * sizeof(*ret_samples));
	memcpy(ret_samples + before_wrap, ring->samples, (n - before_wrap) * sizeof(*ret_samples));
	atomic_store_explicit(&ring->head, head + n, memory_order_release);
	return n;
}

uint64_t ring_dropped(const struct ring *ring)
{
	return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}
