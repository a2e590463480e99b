#pragma once

/*
 * What memory is made of at one instant: what memory.stat has of it, in parts that do not overlap, beside the
 * use that was read right before.
 *
 *   anon    heaps, stacks, private pages that were written
 *   file    page cache of files, without shmem and the swap cache
 *   shmem   tmpfs, memfd, shared anonymous memory
 *   kernel  page tables, kernel stacks, slab, ...
 *
 * The kernel's own `file` (v1: `cache`) has shmem and the swap cache in it, which are taken off here. A page in the swap
 * cache may be in anon as well, or in none of the parts. Where memory.stat has no `swapcached` (v1: `total_swapcached`),
 * as on old kernels, the swap cache stays in file. The parts add up to less than the
 * use: what CPUs are charged ahead (64 pages each), the buffers of sockets and memory that is being unmapped are in none
 * of them, and memory.stat lags (docs/method.md).
 */

#include "cgroup/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum composition_key {
	COMPOSITION_CURRENT, /* the usage itself; the parts follow */
	COMPOSITION_ANON,
	COMPOSITION_FILE,
	COMPOSITION_SHMEM,
	COMPOSITION_KERNEL, /* not on v2 before Linux 5.18, nor if kernel memory is not accounted */
	COMPOSITION_N_KEYS,
};

struct composition {
	uint64_t bytes[COMPOSITION_N_KEYS];
	bool present[COMPOSITION_N_KEYS];
};

/* "current_bytes", "anon_bytes", ...: the column's name in results.h5. */
const char *composition_name(enum composition_key key);

/* What is left of the kernel's `file` without the other two; 0 where there is none of one. */
uint64_t composition_file_bytes(
	uint64_t file_bytes, uint64_t shmem_bytes, uint64_t swapcached_bytes);

struct composition composition_of(uint64_t current_bytes, const struct memory_stat *stat);

/*
 * Whether a usage is a new maximum worth a read: at least 1 %, and a byte, above the last one read.
 */
bool composition_is_due(uint64_t last_bytes, uint64_t bytes);
