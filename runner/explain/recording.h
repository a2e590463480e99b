#pragma once

/*
 * Records which user stacks a task's memory came from, and says at an instant which of it is still held.
 *
 *     recording_start         before the task runs
 *     recording_drain         often, from the sampling loop
 *     recording_attribute     while every process of the task is frozen by the caller
 *     stack_tree_resolve      afterwards: unwinds the stacks and finds the names (runner/explain/stack_tree.h)
 *
 * The source is page faults (runner/explain/perf_ring.h), one sample every `period` faults. It sees anonymous memory
 * that a process touched. It does not see the page cache of read(2) and write(2), nor the kernel's own memory. A huge
 * page is one fault: with period 64 most huge pages have no sample, and are not
 * attributed; period 1 sees them all.
 *
 * What is held: a page that /proc/PID/pagemap shows present at the instant. What was unmapped, discarded or exited is
 * out. Of two samples of one page the later counts.
 *
 * Not thread-safe.
 */

#include "runner/explain/stack_tree.h"
#include "util/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct recording_options {
	int cgroup_fd; /* the task's cgroup directory in the hierarchy that has perf_event; -1: `pid` */
	pid_t pid; /* this process and what it starts from now on; it has not started anything yet */
	uint64_t period; /* 0: RECORDING_PERIOD */
	int folder_fd; /* the samples are in a nameless file of this folder; it may be closed after the start */
};

#define RECORDING_PERIOD 64

/* Samples beyond it are dropped and counted as lost: 8.4 KB each, 500,000 samples. */
#define RECORDING_MOST_BYTES (UINT64_C(4) << 30)

struct recording;

int recording_start(const struct recording_options *options, struct recording **ret_recording,
	struct error *error);

/* Empties the rings: cheap, but it writes 8.4 KB a sample. Returns 0 or -errno. */
int recording_drain(struct recording *recording);

/* No more samples, and drains. Returns 0 or -errno. */
int recording_stop(struct recording *recording);
void recording_free(struct recording *recording);

/* Faults counted and samples lost so far. Returns 0 or -errno. */
int recording_count(const struct recording *recording, uint64_t *ret_faults, uint64_t *ret_lost);

/* Samples lost so far, or UINT64_MAX if it cannot be read. */
uint64_t recording_lost(const struct recording *recording);

/*
 * What these processes hold, by stack. They are stopped or frozen, and stay so until it returns. A page that several of
 * them share counts for the first one in `pids` alone, so that the sum is memory, not address space.
 * A process that has gone is left out. Drains first. The tree outlives the recording.
 */
int recording_attribute(struct recording *recording, const pid_t *pids, size_t n_pids,
	struct stack_tree **ret_tree, struct error *error);

/* Whether this host lets this process sample page faults; if not, -errno and why. */
int recording_offered(struct error *error);
