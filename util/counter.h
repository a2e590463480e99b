#pragma once

/*
 * Arithmetic of counters, which do not go below 0.
 */

#include <stdint.h>

static inline uint64_t counter_larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* 0 where it fell: it is another counter by then, of a group or a CPU that was not there before. */
static inline uint64_t counter_rise(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}
