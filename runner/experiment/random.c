#include "runner/experiment/random.h"

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

/* splitmix64: adds an odd constant (2^64 divided by the golden ratio) and mixes the sum. */
static uint64_t splitmix_next(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

void random_init(struct random *random, uint64_t seed)
{
	for (size_t i = 0; i < 4; i++)
		random->state[i] = splitmix_next(&seed);
}

uint64_t random_next(struct random *random)
{
	uint64_t *state = random->state;
	uint64_t result = rotate_left(state[1] * 5, 7) * 9;
	uint64_t shifted = state[1] << 17;

	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= shifted;
	state[3] = rotate_left(state[3], 45);
	return result;
}

/*
 * Draws in the incomplete last copy of [0, bound) would favour small numbers: they are repeated,
 * which happens with a probability below one half.
 */
uint64_t random_below(struct random *random, uint64_t bound)
{
	uint64_t n_excess = (UINT64_MAX % bound + 1) % bound;
	uint64_t drawn;

	do
		drawn = random_next(random);
	while (drawn > UINT64_MAX - n_excess);
	return drawn % bound;
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char kept = a[i];

		a[i] = b[i];
		b[i] = kept;
	}
}

void random_shuffle(struct random *random, void *elements, size_t n, size_t element_bytes)
{
	unsigned char *bytes = elements;

	for (size_t left = n; left > 1; left--) {
		size_t chosen = (size_t)random_below(random, left);

		swap_bytes(bytes + chosen * element_bytes, bytes + (left - 1) * element_bytes,
			element_bytes);
	}
}
