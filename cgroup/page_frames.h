#pragma once

/*
 * Which page frames there are: the zones of /proc/zoneinfo, so that nobody asks about the holes between
 * them, which on a machine of several nodes may be larger than the memory.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

/* Frames [first, end). */
struct frame_range {
	uint64_t first;
	uint64_t end;
};

/*
 * From NUL-terminated text. Ranges are in ascending order, not empty and apart from each other: zones
 * that touch or overlap (nodes may interleave) are one. -EBADMSG where a zone does not say where it is, or there
 * is none. The caller frees.
 */
int frame_ranges_parse(const char *text, struct frame_range **ret_ranges, size_t *ret_n);
