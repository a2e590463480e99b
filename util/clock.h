#pragma once

/*
 * All times are CLOCK_MONOTONIC in nanoseconds. CLOCK_REALTIME is read once per trial, to date it,
 * and is never used for measurements.
 */

#include <stdint.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	/* Fails only for an unknown clock; those used here exist since Linux 2.6. */
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline uint64_t clock_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The instant that far from now. UINT64_MAX, also on overflow, means never. */
static inline uint64_t clock_deadline_ns(uint64_t limit_ns)
{
	const uint64_t now_ns = clock_monotonic_ns();

	return limit_ns < UINT64_MAX - now_ns ? now_ns + limit_ns : UINT64_MAX;
}

/* Time until a deadline; 0 if it has passed. */
static inline uint64_t clock_left_ns(uint64_t deadline_ns)
{
	const uint64_t now_ns = clock_monotonic_ns();

	return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

static inline struct timespec timespec_from_ns(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};
}
