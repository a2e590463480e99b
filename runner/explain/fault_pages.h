#pragma once

/*
 * Which sampled faults made the pages that a process holds.
 *
 * The pages are those that /proc/PID/pagemap shows present and anonymous, each physical page once over all processes;
 * the pages of zeros are nobody's. They are looked at in blocks of 2 MiB, the size of a huge page. In a block the latest
 * samples count, one a page, until they stand for all pages that are present: earlier ones were of memory since freed.
 * They share the block's bytes equally, so that a huge page, which is one fault, counts whole. A block without a
 * sample that holds less than four periods' pages is shared by the samples of the same mapping in proportion; a larger
 * one, and a mapping without samples, is not attributed: samples were lost, or it is a huge page whose one fault was not
 * sampled, or pages that a fork shared.
 */

#include "runner/explain/fault_mappings.h"
#include "runner/explain/stack_tree.h"

#define FAULT_BLOCK_BYTES (UINT64_C(2) << 20)

/* More address space than this in one call is not looked at, and its anonymous bytes are not attributed. */
#define FAULT_MOST_BYTES (UINT64_C(1) << 40)

struct fault_pages; /* what is counted once */

struct fault_pages *fault_pages_new(uint64_t period);
void fault_pages_free(struct fault_pages *pages);

/* By process, block, and latest first: for qsort. */
int fault_sample_compare(const void *a, const void *b);

/*
 * Adds the process's rows to the tree. The samples are its own, in the order above. -ESRCH if it has gone.
 */
int fault_pages_attribute(struct fault_pages *pages, size_t process, pid_t pid,
	const struct fault_mappings *mappings, const struct perf_sample *samples, size_t n_samples,
	struct stack_tree *tree, struct error *error);
