#pragma once

/* Private to the folder: what the outputs say in the same words. */

#include "runner/compare/compare.h"
#include "util/format.h"

#define COMPARE_BY_BACKEND "backend"
#define COMPARE_BY_TASK "task"

/*
 * "sort -S 32M, size=64, psutil": the task if the run has several or there are no parameters, the
 * backend if the run has several. With `by`, what differs last, without what is not itself: "size=64, mode=fast".
 * NULL on ENOMEM; the caller frees.
 */
char *compare_cell_title(
	const struct compare_run *run, const struct compare_cell *cell, const char *by);

/*
 * What a pair is compared with: within a run "mode=slow" or "none", of two runs the title of the base, or "" if it is the
 * same. NULL on ENOMEM; the caller frees.
 */
char *compare_base_title(const struct compare *compare, const struct compare_pair *pair);

/* "the peak", "the unreclaimable peak", "the wall time" */
const char *compare_metric_title(enum compare_metric metric);
/* "within", "worse", "undecided" */
const char *compare_verdict_name(enum compare_verdict verdict);
/* "not tested", "none found", "larger", "smaller" */
const char *compare_change_name(enum compare_change change);
/* One word for programs: "spread", "too_few"; "" for none. */
const char *compare_doubt_name(enum compare_doubt doubt);

/* Of a metric: bytes or a time; "-" for NaN. */
struct formatted compare_value(enum compare_metric metric, double value);
/* "1.0102", "-" */
struct formatted compare_ratio(double ratio);
/* "0.9976 to 1.0033", "-" */
struct compare_interval {
	char text[2 * FORMAT_SIZE + 4];
};
struct compare_interval compare_interval(struct interval interval);
/* "2 %", "0.51 %", without a sign; "-" for NaN. */
struct formatted compare_percent(double part);

/*
 * Why it is undecided and what to do: "3 and 5 trials are too few for 99 %: repeat at least 5 times each". NULL on
 * ENOMEM; the caller frees.
 */
char *compare_doubt_text(const struct compare_pair *pair, enum compare_metric metric,
	double max_increase, size_t n_pairs);

/*
 * "within: the peak is at most 2 % larger at 3 of 3 points", "worse: the peak is more than 2 % larger at 1 of 3
 * points", "undecided: whether the peak is at most 2 % larger at 2 of 3 points": the verdict on all pairs. NULL on
 * ENOMEM; the caller frees.
 */
char *compare_sentence(const struct compare *compare);
