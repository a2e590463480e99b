#pragma once

/*
 * The oracle of a trial: counts the pages of the task leaf one by one (cgroup/page_count.h) at
 * marks, while the sender of the mark waits for its acknowledgement. It records memory.current
 * before and after the count and a row of memory.stat, so that each count can be compared with the
 * kernel's figures.
 *
 * The duration depends on the machine's memory: about 0.1 s per million page frames, 4 GiB. The
 * task waits but is not charged: the time held is excluded from its wall time and its timeout.
 */

#include "backends/native/memcg_run.h"
#include "cgroup/page_count.h"
#include "runner/experiment/experiment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oracle_place { ORACLE_AT_MARK, ORACLE_AT_BEGIN, ORACLE_AT_END };

struct oracle_count {
	char mark[MEMCG_RUN_NAME_MAX];
	enum oracle_place place;       /* task_begin and task_end are the ends of the interval */
	uint64_t time_ns;	       /* its start */
	uint64_t held_ns;	       /* how long the task waited for it */
	uint64_t current_before_bytes; /* memory.current */
	uint64_t current_after_bytes;
	uint64_t stat_row; /* of the slow sampler, read just before */
	bool in_interval;  /* from the count at task_begin to the one at task_end, inclusive */
	struct page_count pages;
};

/* Zeroed: nothing was counted. */
struct oracle_result {
	struct oracle_count *counts; /* in order of time */
	size_t n;
	uint64_t held_ns; /* sum over the counts in the interval; not in the wall time */
};

void oracle_result_release(struct oracle_result *result);

/* Whether the experiment wants a count at a mark of this name. */
bool oracle_wants(const struct oracle_settings *settings, const char *mark);

/* Adds the count and takes ownership of it. -ENOMEM. */
int oracle_add(struct oracle_result *result, const struct oracle_count *count);

/* Call it when the interval is known: sets in_interval of each count, and held_ns. */
void oracle_settle(struct oracle_result *result, uint64_t begin_ns, uint64_t end_ns);

/*
 * The counts of one kind of pages in the interval: at task_begin, at task_end, and the largest.
 * `value` selects the kind. Nothing is counted between marks: the largest is not a peak.
 */
struct oracle_window {
	bool has_initial;
	bool has_largest;
	bool has_final;
	uint64_t initial;
	uint64_t largest;
	uint64_t final;
};

struct oracle_window oracle_window(
	const struct oracle_result *result, uint64_t (*value)(const struct page_count *pages));
