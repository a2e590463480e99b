#pragma once

/*
 * The project's own pseudo-random numbers: a seed gives the same plan on every machine and with
 * every C library. xoshiro256** seeded through splitmix64, both published by Sebastiano Vigna and
 * David Blackman and placed in the public domain (https://prng.di.unimi.it/; "Scrambled Linear
 * Pseudorandom Number Generators", ACM TOMS 47, 2021). For the order of trials, never for secrets.
 */

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state[4];
};

/* Any seed is valid, including 0: splitmix64 never gives four zeros in a row. */
void random_init(struct random *random, uint64_t seed);

uint64_t random_next(struct random *random);

/* A whole number from 0 to bound - 1, uniformly distributed. `bound` is at least 1. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Fisher-Yates: all orders of the `n` elements of `element_bytes` bytes each are equally likely. */
void random_shuffle(struct random *random, void *elements, size_t n, size_t element_bytes);
