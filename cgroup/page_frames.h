#pragma once

/*
 * The existing page frames, from the zones of /proc/zoneinfo. This skips the holes between zones,
 * which on a machine with several nodes may be larger than the memory.
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
 * Parses NUL-terminated text. The ranges are ascending, non-empty and disjoint: zones that touch or
 * overlap (nodes may interleave) are merged. -EBADMSG if a zone lacks its position, or there is
 * none. The caller frees.
 */
int frame_ranges_parse(const char *text, struct frame_range **ret_ranges, size_t *ret_n);
