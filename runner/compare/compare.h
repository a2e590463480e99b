#pragma once

/*
 * `memcg-run compare`: by how much the memory and the time of a task differ between two runs, or
 * within a run between backends, tasks or the values of a parameter; and the gate, which decides
 * whether they grew more than is allowed. docs/compare.md is the reader's manual.
 *
 * A *pair* is two groups of trials, `base` and `new`, of the same point (task, parameters, backend); of
 * two runs, or of one run where they differ in one thing only (--by). Trials that ended ok count, without
 * warm-ups. For each pair three metrics are compared:
 *
 *     peak           the kernel's account, as everywhere
 *     unreclaimable  anonymous memory, shmem and the kernel's own when the use was largest: what a memory
 *                    limit cannot take away
 *     wall           the wall time
 *
 * The ratio new / base and its 99 % interval are those of runner/analysis/shift.h: unpaired for two
 * runs; within a run paired by repetition, or unpaired with fewer than SHIFT_LEAST_PAIRS of them, which cannot
 * reach 99 %. A block that differs from others as a whole then only widens the interval.
 *
 * **The account's resolution** no statistics can see: each CPU of the task is charged 64 pages in advance
 * (docs/method.md), so that a peak may be up to 256 KiB a CPU above what the task used, by the same amount in each trial
 * of a run. memory.stat, which the unreclaimable part comes from, may lack three times this, and what was charged
 * between its reading and the peak. So each value lies between two bounds, and the interval begins with
 * that of the new values' lower to the base's upper bounds, and ends with that of the reverse.
 *
 *     larger, smaller   the interval does not contain 1: wrong in at most 1 % of comparisons of a task with
 *                       itself
 *     none found        otherwise. That is no claim: `least_change` is the smallest increase that these trials
 *                       could have shown
 *
 * Wall times of two runs are not tested: they were measured at different times, and the speed of a machine changes by more
 * than its trials within a run show. Their ratio is printed, and the verdict is undecided. Measure both in one
 * run, in random order.
 *
 * The verdict is on a margin, 2 % unless given:
 *
 *     within     the interval ends at or below the margin. Wrong in at most 0.5 % if the increase is larger
 *     worse      the interval begins above the margin, and so it does after Benjamini and Hochberg's
 *                correction at 1 % for the number of pairs: the more pairs, the more often chance alone
 *                makes one look worse
 *     undecided  neither, or what was measured does not answer the question: `doubt` says why
 *
 * A whole comparison is worse if a pair is worse, within if all are, and else undecided. "within"
 * needs no correction: it would have to be wrong for the very pair that is not.
 *
 * A pair is never within if a trial did not end ok, or if a memory limit was met: what is missing may be what
 * grew. Nor if a peak is a sample (docs/method.md). If that is so of the base's trials, it is not worse either.
 */

#include "runner/analysis/statistics.h"
#include "runner/compare/compare_run.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

/* The interval's probability on either side, and of the correction. */
#define COMPARE_PART 0.005
#define COMPARE_FALSE_ALARMS 0.01
#define COMPARE_DEFAULT_INCREASE 0.02

enum compare_change {
	COMPARE_NOT_TESTED,
	COMPARE_NONE_FOUND,
	COMPARE_LARGER,
	COMPARE_SMALLER,
};

enum compare_verdict {
	COMPARE_WITHIN,
	COMPARE_WORSE,
	COMPARE_UNDECIDED,
};

/* Why a verdict is undecided. */
enum compare_doubt {
	COMPARE_NO_DOUBT,
	COMPARE_NO_VALUES,  /* one side has none, or a zero, which has no ratio */
	COMPARE_TOO_FEW,    /* for an interval of 99 % */
	COMPARE_APART,	    /* wall times of two runs */
	COMPARE_NOT_OK,	    /* trials that did not end ok */
	COMPARE_LIMITED,    /* a memory limit was met */
	COMPARE_SAMPLED,    /* a peak is a sample */
	COMPARE_RESOLUTION, /* the account's resolution is larger than the margin */
	COMPARE_SPREAD,	    /* the trials differ too much among themselves */
	COMPARE_CHANCE,	    /* worse alone, but not among so many pairs */
};

/* One metric of a pair. NaN: unknown. */
struct compare_result {
	size_t n_base; /* values */
	size_t n_new;
	bool paired;
	double base_median; /* bytes or ns */
	double new_median;
	double resolution; /* how far apart the bounds of a new value are; 0 for times */
	double ratio;
	struct interval interval; /* with the resolution */
	double least_change;	  /* 0.01: an increase of 1 % would have been seen */
	double n_for; /* repetitions that would see an increase as large as the margin; NaN: none */
	double p_worse; /* of such values if the increase is the margin */
	enum compare_change change;
	enum compare_verdict verdict;
	enum compare_doubt doubt;
};

struct compare_pair {
	const struct compare_cell *base; /* borrowed from the runs */
	const struct compare_cell *new;
	char *title; /* "sort -S 32M big.txt, size=64, none": one line, for people */
	struct compare_result results[COMPARE_N_METRICS];
};

/* A fact that is not the same in both runs; borrowed from them. */
struct compare_difference {
	const char *name;
	const char *base; /* "" if unknown */
	const char *new;
};

struct compare_options {
	const char *by; /* "backend", "task" or a parameter; NULL: two runs */
	enum compare_metric metric;
	double max_increase; /* 0.02: 2 % */
};

struct compare {
	const struct compare_run *base; /* borrowed, like all options */
	const struct compare_run *new;	/* within a run: the same */
	struct compare_options options;
	struct compare_difference *differences;
	size_t n_differences;
	struct compare_pair *pairs;
	size_t n_pairs;
	char **only_base; /* titles of points that the other run does not have, NULL-terminated; NULL: none */
	char **only_new;
	enum compare_verdict verdicts[COMPARE_N_METRICS]; /* of all pairs */
};

/*
 * Compares two runs, or with `by` and new == base within a run. -EINVAL if the run does not vary in
 * `by`; -ENODATA if the runs have no point in common.
 */
int compare_make(const struct compare_run *base, const struct compare_run *new,
	const struct compare_options *options, struct compare **ret_compare, struct error *error);
void compare_free(struct compare *compare);

/* ---- output: all have the same numbers */

/* For a terminal of so many columns; 0: unknown. -ENOMEM. */
int compare_print(const struct compare *compare, unsigned width, bool color, FILE *stream);

/* A table for a pull request. */
void compare_markdown(const struct compare *compare, FILE *stream);

/* docs/compare.md describes the keys. -ENOMEM. */
int compare_json(const struct compare *compare, FILE *stream);

/* A test case a pair of the metric of the gate: worse is a failure, undecided an error. */
void compare_junit(const struct compare *compare, FILE *stream);

/* Draws compare.png in the new run's folder, ratios with their intervals by point, with plots/compare.gp. -ENOENT without gnuplot. */
struct results;
int compare_draw(
	const struct compare *compare, struct results *results, int run_fd, struct error *error);
