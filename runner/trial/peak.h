#pragma once

/*
 * The peak of an interval, decided from what the kernel and the sampler say of it. Pure: nothing is read.
 *
 * The kernel's peak is the interval's own where it was started anew at the interval's beginning. Where it
 * cannot be (v2 before Linux 6.12) it counts from the leaf's creation, and may be of what came before. A
 * kernel that keeps none (v2 before Linux 5.19) leaves what was seen.
 */

#include <stdbool.h>
#include <stdint.h>

struct peak_evidence {
	bool not_kept;		 /* by the kernel: the next three mean nothing */
	bool was_reset;		 /* the kernel's peak was started anew at the beginning */
	uint64_t at_begin_bytes; /* the kernel's peak at the beginning, before that */
	uint64_t at_end_bytes;	 /* and at the end */
	uint64_t initial_bytes;	 /* the use at the beginning and at the end */
	uint64_t final_bytes;
	uint64_t largest_sample_bytes; /* within the interval; 0: there is none */
};

struct peak {
	uint64_t bytes;
	/* It is the kernel's own; else the largest that was seen, and the true one may be larger. */
	bool exact;
};

struct peak peak_of_interval(const struct peak_evidence *evidence);
