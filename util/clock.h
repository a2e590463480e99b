#pragma once

/*
 * Time is CLOCK_MONOTONIC in nanoseconds everywhere. CLOCK_REALTIME is read once a trial, so that a
 * reader can place it on the calendar, and is never used to measure.
 */

#include <stdint.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	/* Fails for an unknown clock only, and those used here exist since Linux 2.6. */
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

/* The instant that far from now. UINT64_MAX is never, and what would be later than that is never too. */
static inline uint64_t clock_deadline_ns(uint64_t limit_ns)
{
	const uint64_t now_ns = clock_monotonic_ns();

	return limit_ns < UINT64_MAX - now_ns ? now_ns + limit_ns : UINT64_MAX;
}

/* How long until a deadline; 0 when it has passed. */
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
