#pragma once

/*
 * The processes of the task leaf, as /proc tells of them, added up: what top, ps and psrecord show. Pages
 * that several processes share count in each one's RSS, and in PSS once in all.
 *
 * A child of vfork(2) or posix_spawn(3) has its parent's memory until it executes: it is counted as a process, and its
 * parent's memory once (process_shares_memory).
 *
 * Each process is read by itself, one after the other, so that a sum is of no single instant. One that was
 * listed and could not be read, because it had ended by then, is counted as unread and is in no sum.
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
	/* Of the living ones and of the children that they have waited for, in nanoseconds; clock ticks
	 * are their resolution. */
	PROCESSES_USER,
	PROCESSES_SYSTEM,
	PROCESSES_N_KEYS,
};

/* From smaps_rollup, which walks page tables: 12 ms of 512 MiB (docs/method.md). */
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

/* Return 0, or -errno where the leaf's processes cannot be listed. */
int processes_read(const struct slice *slice, uint64_t ret_values[PROCESSES_N_KEYS]);
int pss_read(const struct slice *slice, uint64_t ret_values[PSS_N_KEYS]);

/* Whether this kernel has what pss_read needs: else -EOPNOTSUPP with a sentence that says what. */
int pss_check(struct error *error);
