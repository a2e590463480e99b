#pragma once

/* Arithmetic of counters, which do not go below 0. */

#include <stdint.h>

static inline uint64_t counter_larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* 0 if it fell: it then is a new counter, of a group or CPU that did not exist before. */
static inline uint64_t counter_rise(uint64_t before, uint64_t after)
{
	return after > before ? after - before : 0;
}
