#pragma once

/*
 * The lateness of samples in constant memory: a log-linear histogram of nanoseconds. Values below
 * 128 are counted exactly; above, each power of two is divided into 64 equal steps, so that a
 * percentile is at most 1/64 (1.6 %) above the true one and never below it. The maximum is exact.
 * Not thread-safe.
 */

#include <stdint.h>

#define HISTOGRAM_STEP_BITS 6
#define HISTOGRAM_STEPS (1u << HISTOGRAM_STEP_BITS)
/* The exact values and the first power of two after them take the steps of two groups. */
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

/* 29.5 KiB; empty when zeroed. */
struct histogram {
	uint64_t count[HISTOGRAM_BUCKETS];
	uint64_t n;
	uint64_t maximum;
};

void histogram_add(struct histogram *histogram, uint64_t value);

/*
 * The smallest value that at least `percent` of the values do not exceed, rounded up to its step
 * and never above the maximum. 0 if the histogram is empty.
 */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent);
