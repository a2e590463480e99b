#pragma once

/*
 * Sums over the processes of the task leaf, from /proc: what top, ps and psrecord show. Pages
 * shared by several processes count in the RSS of each, and once in the total PSS.
 *
 * A child of vfork(2) or posix_spawn(3) shares its parent's memory until it executes: it counts as
 * a process, but the memory counts once (process_shares_memory).
 *
 * Processes are read one after the other, so a sum does not belong to a single instant. A process
 * that was listed but had ended before it was read counts as unread and is in no sum.
 */

#include "cgroup/slice.h"
#include "util/error.h"

#include <stdint.h>

enum processes_key {
	PROCESSES_COUNT,
	PROCESSES_UNREAD,
	PROCESSES_THREADS,
	PROCESSES_RSS,
	PROCESSES_RSS_ANON,
	PROCESSES_RSS_FILE,
	PROCESSES_RSS_SHMEM,
	PROCESSES_VIRTUAL,
	PROCESSES_SWAP,
	PROCESSES_PAGE_TABLES,
	/*
	 * Of the live processes and the children that they have waited for, in nanoseconds with a
	 * resolution of clock ticks.
	 */
	PROCESSES_USER,
	PROCESSES_SYSTEM,
	PROCESSES_N_KEYS,
};

/* From smaps_rollup, which walks page tables: 12 ms for 512 MiB (docs/method.md). */
enum pss_key {
	PSS_COUNT,
	PSS_UNREAD,
	PSS_PSS,
	PSS_ANON,
	PSS_FILE,
	PSS_SHMEM,
	PSS_PRIVATE,
	PSS_SWAP,
	PSS_N_KEYS,
};

/* "processes", "rss_bytes", ...: the column's name in results.h5. */
const char *processes_name(enum processes_key key);
const char *pss_name(enum pss_key key);

/* Return 0, or -errno if the leaf's processes cannot be listed. */
int processes_read(const struct slice *slice, uint64_t ret_values[PROCESSES_N_KEYS]);
int pss_read(const struct slice *slice, uint64_t ret_values[PSS_N_KEYS]);

/* -EOPNOTSUPP, with a sentence, if this kernel lacks what pss_read needs. */
int pss_check(struct error *error);
