#pragma once

/*
 * The oracle of a trial: the pages of the task leaf counted one by one (cgroup/page_count.h) at marks,
 * while whoever sent the mark waits for its acknowledgement. With it, memory.current as it was on either
 * side of the count, and a row of memory.stat, so that what is checked stands beside what checks it.
 *
 * A count takes as long as the machine has memory: about 0.1 s for every million page frames, 4 GiB. The
 * task waits for it, and pays nothing: what it was held is left out of its wall time and of its timeout.
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
	uint64_t time_ns;	       /* when it began */
	uint64_t held_ns;	       /* for how long the task waited for it */
	uint64_t current_before_bytes; /* memory.current */
	uint64_t current_after_bytes;
	uint64_t stat_row; /* of the slow sampler, read right before it */
	bool in_interval;  /* from the count at task_begin to the one at task_end, both included */
	struct page_count pages;
};

/* Zeroed: nothing was counted. */
struct oracle_result {
	struct oracle_count *counts; /* in the order of time */
	size_t n;
	uint64_t held_ns; /* the sum over those within the interval: it is not in the wall time */
};

void oracle_result_release(struct oracle_result *result);

/* Whether the experiment wants a count at a mark of this name. */
bool oracle_wants(const struct oracle_settings *settings, const char *mark);

/* Takes the count over into the list. -ENOMEM. */
int oracle_add(struct oracle_result *result, const struct oracle_count *count);

/* When the interval is known: sets in_interval of each count, and held_ns. */
void oracle_settle(struct oracle_result *result, uint64_t begin_ns, uint64_t end_ns);

/*
 * What the counts say of the interval, of one kind of pages: at task_begin, at task_end, and the largest
 * of those in the interval. `value` picks the kind. Between marks nobody looked: the largest is no peak.
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
