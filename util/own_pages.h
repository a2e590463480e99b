#pragma once

/*
 * Which pages of a mapping belong to this process alone, as the kernel's page tables say: the page of zeros, which a
 * read of untouched memory may be given, is mapped by everybody and charged to nobody. mincore(2) and the resident
 * size of some kernels do not tell the two apart.
 *
 * From /proc/self/pagemap, "present" (bit 63) and "exclusively mapped" (bit 56, since Linux 4.2): Linux
 * Documentation/admin-guide/mm/pagemap.rst, fs/proc/task_mmu.c. No privilege is needed; page frame numbers, which
 * are root's, are not asked for. For private anonymous mappings without huge pages: of a large folio the bit may be
 * an estimate since Linux 6.15 (CONFIG_NO_PAGE_MAPCOUNT).
 */

#include <stdbool.h>
#include <stddef.h>

/* `memory` and `bytes` are whole pages. -ENOENT: the kernel was built without CONFIG_PROC_PAGE_MONITOR. */
int own_pages_bytes(const void *memory, size_t bytes, size_t *ret_bytes);

/* Whether this kernel gives a page of its own to a read of untouched memory, found by reading some. */
int own_pages_come_by_reading(bool *ret_come);
