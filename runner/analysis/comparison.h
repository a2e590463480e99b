#pragma once

/*
 * The rows of /summary, arranged for comparison: points by backends, each with its trials.
 *
 * Points are in the order of the tasks, then sorted by their parameters, numbers by value. Backends are in the order of the
 * documentation. Warm-ups are left out. Only trials with status ok have values: the measurements of
 * a trial that was killed half-way say nothing about the task.
 */

#include "runner/analysis/statistics.h"
#include "runner/store/results.h"

/* A trial's values; NaN if missing. In bytes, except the times and the errors. */
enum comparison_field {
	COMPARISON_INITIAL, /* of the backend's headline metric */
	COMPARISON_PEAK,
	COMPARISON_FINAL,
	COMPARISON_REFERENCE_INITIAL,
	COMPARISON_REFERENCE_PEAK,
	COMPARISON_REFERENCE_FINAL,
	COMPARISON_ORACLE_INITIAL, /* anon, file and shmem, counted at marks */
	COMPARISON_ORACLE_LARGEST,
	COMPARISON_ORACLE_FINAL,
	COMPARISON_TRUTH_PEAK,
	COMPARISON_WALL_NS,
	COMPARISON_CPU_NS, /* user and system time of the whole task process */
	COMPARISON_MAXRSS, /* ru_maxrss of the task */
	/* (peak - initial - truth) / truth: 0.01 is one per cent too much */
	COMPARISON_ERROR,
	COMPARISON_REFERENCE_ERROR,
	COMPARISON_N_FIELDS,
};

struct comparison_trial {
	uint64_t number;
	uint64_t repetition;
	const char *status; /* borrowed from the results */
	bool ok;
	bool killed; /* at its memory limit */
	bool suspect;
	double value[COMPARISON_N_FIELDS];
	/* Of every trial, however it ended; NaN if missing. */
	double reached_initial; /* of the reference */
	double reached_peak;
	double account[SUMMARY_N_ACCOUNT];
};

/* The trials of a point under a backend, in order of repetition. */
struct comparison_cell {
	struct comparison_trial *trials;
	size_t n_trials;
	size_t n_ok;
	double warmup_peak_bytes; /* of the reference, of the first warm-up if it ended ok; NaN if missing */
};

struct comparison_point {
	const char *task;	/* its name or line; borrowed from the results */
	const char *parameters; /* JSON, borrowed */
	bool named;		/* the task has a name */
	char *label; /* "size_mib=64 mode=fast", "before size_mib=64"; "" if there is neither */
};

struct comparison_backend {
	const char *name;	     /* borrowed from the results */
	const char *headline_metric; /* borrowed; NULL: none */
};

struct comparison {
	struct comparison_point *points;
	size_t n_points;
	struct comparison_backend *backends;
	size_t n_backends;
	struct comparison_cell *cells;
	/*
	 * Below this a difference says nothing: each CPU charges 64 pages at a time (docs/method.md), so that the
	 * kernel's account resolves 256 KiB a CPU. 256 KiB if the results do not say how many the machine has.
	 */
	double resolution_bytes;
	double charge_batch_bytes; /* of one CPU */
};

/* Borrows strings of the results, which must stay open. */
int comparison_new(
	struct results *results, struct comparison **ret_comparison, struct error *error);
void comparison_free(struct comparison *comparison);

const struct comparison_cell *comparison_cell(
	const struct comparison *comparison, size_t point, size_t backend);

/* Index of the backend `none`; n_backends if the run did not include it. */
size_t comparison_none(const struct comparison *comparison);

/* Statistics over the trials of a cell with status ok. */
int comparison_statistics(const struct comparison_cell *cell, enum comparison_field field,
	struct statistics *ret_statistics);

/*
 * An interval of 95 % needs at least this many trials. Even the extremes of n values contain the
 * median only with a probability of 1 - 2 / 2^n, and 2 / 2^5 is 6 %.
 */
#define COMPARISON_ENOUGH_TRIALS 6
#define COMPARISON_SMALL_REMARK                                                                    \
	"With fewer than 6 repetitions an interval is no more than the range, and covers less "    \
	"than 95 %."
bool comparison_is_small(const struct comparison *comparison);

/* True if any trial of the cell has a value. */
bool comparison_has(const struct comparison_cell *cell, enum comparison_field field);

/* The ratio of a cell's values to those of another, paired by repetition. */
int comparison_ratio_of(const struct comparison_cell *cell, const struct comparison_cell *other,
	enum comparison_field field, struct statistics *ret_statistics);

/* The same of a backend's wall times to those of `none`. */
int comparison_ratio(const struct comparison *comparison, size_t point, size_t backend,
	struct statistics *ret_statistics);

/* The largest value of a field over all trials of a point; NaN if there is none. */
double comparison_maximum(
	const struct comparison *comparison, size_t point, enum comparison_field field);

/* The point with the highest reference peak; 0 if no trial is ok. */
size_t comparison_largest_point(const struct comparison *comparison);

/*
 * The representative trial of a cell: the one with the median reference peak (of two middle ones,
 * the lower). NULL if no trial is ok.
 */
const struct comparison_trial *comparison_typical_trial(const struct comparison_cell *cell);

/*
 * The trial that is shown of a cell: the typical one; if no trial ended ok, of those that were killed at their memory
 * limit the one with the median peak until then. NULL if there is neither.
 */
const struct comparison_trial *comparison_shown_trial(const struct comparison_cell *cell);
