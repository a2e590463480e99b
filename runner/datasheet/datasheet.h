#pragma once

/*
 * The data sheet of the reporters: what each counts, and where it misleads, from a run of tasks whose truth is
 * known (docs/phenomena.md). datasheet.c fills it from results.h5 alone; the writers print it. docs/datasheet.md
 * has the rule by which a verdict is given, and is what a reader is sent to.
 *
 * A *reporter* is one metric in bytes of a backend, as "psutil.rss_bytes": a row of the sheet. A *situation*
 * is one phenomenon at one moment: at its peak, in one of its stages, or at the end. Where the two meet is a
 * *cell*: the reporter's error there, and the verdict that follows from it.
 */

#include "backends/truth.h"
#include "runner/analysis/statistics.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum datasheet_verdict {
	VERDICT_NONE, /* nothing to judge: no trial ended ok, the metric or the truth is not there */
	VERDICT_RIGHT, /* the median error is within the tolerance */
	VERDICT_HIGH,  /* above it */
	VERDICT_LOW,   /* below it */
	VERDICT_BLIND, /* low, and it shows less than a tenth of what there is */
};

/* "-", "right", "high", "low", "blind". */
const char *datasheet_verdict_name(enum datasheet_verdict verdict);

/* At the peak: the largest value between task_begin and task_end, against the largest truth. */
#define SITUATION_PEAK "peak"
/* At task_end, against the truth that was declared last. */
#define SITUATION_FINAL "final"

struct situation {
	const char *phenomenon; /* "copy_on_write" */
	const char *moment;	/* SITUATION_PEAK, a stage's mark as "forked", or SITUATION_FINAL */
	double scale_bytes; /* what is at stake: the largest truth of any kind in the phenomenon's trials */
	double tolerance_bytes;
	double truth_bytes
		[N_TRUTH_KINDS]; /* medians over the trials; NaN where a kind was not declared */
};

/*
 * What a reporter says in a situation, less what it said at task_begin, less the truth, over the trials that
 * ended ok, warm-ups left out. A stage's value is the median of the samples within it; of a reporter that did
 * not look within it, there is none.
 */
struct cell {
	struct statistics value_bytes; /* what it says, less its initial value */
	struct statistics error_bytes; /* against the sheet's kind; n = 0: VERDICT_NONE */
	enum datasheet_verdict verdict;
	bool sure; /* the whole interval of the median error gives the same verdict */
	enum datasheet_verdict against[N_TRUTH_KINDS]; /* the verdict, had each kind been asked */
	const uint64_t *trials;			       /* numbers of those it rests on, in order */
	size_t n_trials;
	size_t n_outliers; /* errors further than 3 interquartile ranges from the quartiles; they are counted in */
};

/* An answer to a question that one phenomenon settles. */
enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

struct reporter {
	const char *backend;
	const char *metric;
	bool high_water; /* it never falls: it is judged at the peak alone */
	bool headline;

	/* The kind of truth that it is right about most often at the peak, of the phenomena at whose peak it
	 * shows something: more than the tolerance. */
	enum truth_kind counts;
	size_t n_counts_right;
	size_t n_counts_judged;

	double resolution_bytes; /* median of the smallest step it showed in page_steps; NaN: none */
	double shortest_spike_ns; /* of spike_*, the shortest that it showed in every trial, as it did every
				     longer one; NaN: missed even the longest, or was not asked */
	enum answer children;	/* fork_tree */
	enum answer native;	/* native_malloc */
	enum answer page_cache; /* page_cache: counts it */
	double shared_times; /* shared: its value by what there is; 1: once, 8: in every process */

	/* Of its trace in ramp, against the sheet's kind; n = 0: it has no trace, or ramp was not asked. */
	struct statistics rmse_bytes;
	struct statistics delay_ns; /* from the truth's largest step until half of it shows */

	struct statistics reading_ns; /* what one reading takes; n = 0: not measured */
	struct statistics slowdown;   /* wall time against `none` in the same block */
	struct statistics
		added_bytes; /* reference's initial value against `none` in the same block */
	/* The reference's peak above its initial value, against `none` in the same block: what looking
	 * changes, in the phenomenon in which that is most. */
	struct statistics disturbs_bytes;
	const char *disturbs_in; /* that phenomenon; NULL: none */
	/* Its interval, of two pairs at least, is outside the tolerance of the charge batches. */
	enum answer disturbs;
	/* As slowdown, in the phenomenon that it slows most. */
	struct statistics slowdown_most;
	const char *slowdown_in; /* NULL: none */
};

struct datasheet {
	const char *run;      /* its name */
	enum truth_kind kind; /* what errors are against */
	const struct reporter *reporters;
	size_t n_reporters;
	const struct situation *situations;
	size_t n_situations;
	const struct cell *cells; /* n_reporters rows of n_situations */
	size_t n_trials_ok;
	size_t n_trials_left_out; /* that did not end ok */
	uint64_t repetitions;	  /* the most of any cell */
};

struct datasheet_options {
	enum truth_kind kind;
	bool all_metrics; /* false: each backend's headline metric alone */
};

/* The reference stands first, as backend "reference", then backends in the order of the registry. Freed by
 * datasheet_free. -ENODATA, in words, where no task of the run declared truth by phenomenon. */
int datasheet_make(struct results *results, const struct datasheet_options *options,
	struct datasheet **ret_datasheet, struct error *error);
void datasheet_free(struct datasheet *datasheet);

/* NULL-safe: the cell of a reporter in a situation. */
const struct cell *datasheet_cell(
	const struct datasheet *datasheet, size_t reporter, size_t situation);
