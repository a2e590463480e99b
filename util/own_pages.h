#pragma once

/*
 * Which pages of a mapping belong to this process alone, according to the kernel's page tables. The
 * zero page, which a read of untouched memory may map, is shared by everyone and charged to nobody.
 * mincore(2) and the resident size of some kernels do not distinguish the two.
 *
 * Uses /proc/self/pagemap, "present" (bit 63) and "exclusively mapped" (bit 56, since Linux 4.2):
 * Linux Documentation/admin-guide/mm/pagemap.rst, fs/proc/task_mmu.c. Needs no privilege, as it
 * does not use page frame numbers, which only root may read. For private anonymous mappings without
 * huge pages: for a large folio the bit may be an estimate since Linux 6.15
 * (CONFIG_NO_PAGE_MAPCOUNT).
 */

#include <stdbool.h>
#include <stddef.h>

/* `memory` and `bytes` are whole pages. -ENOENT: the kernel was built without CONFIG_PROC_PAGE_MONITOR. */
int own_pages_bytes(const void *memory, size_t bytes, size_t *ret_bytes);

/* Whether this kernel allocates a page for a read of untouched memory, found by trying. */
int own_pages_come_by_reading(bool *ret_come);
