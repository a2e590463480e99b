#pragma once

/*
 * Determines the peak of an interval from the kernel's and the sampler's values. Pure: nothing is
 * read.
 *
 * The kernel's peak is the interval's own if it was reset at the start of the interval. If it
 * cannot be reset (v2 before Linux 6.12) it covers the leaf's whole life, and may be older than the
 * interval. If the kernel has none (v2 before Linux 5.19), only observed values remain.
 */

#include <stdbool.h>
#include <stdint.h>

struct peak_evidence {
	bool not_kept;		 /* by the kernel: the next three are invalid */
	bool was_reset;		 /* the kernel's peak was reset at the start */
	uint64_t at_begin_bytes; /* the kernel's peak at the start, before the reset */
	uint64_t at_end_bytes;	 /* and at the end */
	uint64_t initial_bytes;	 /* usage at the start and at the end */
	uint64_t final_bytes;
	uint64_t largest_sample_bytes; /* within the interval; 0: none */
};

struct peak {
	uint64_t bytes;
	/* The kernel's own; else the largest observed value, and the true peak may be higher. */
	bool exact;
};

struct peak peak_of_interval(const struct peak_evidence *evidence);
