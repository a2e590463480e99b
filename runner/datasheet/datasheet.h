#pragma once

/*
 * The data sheet of the reporters: what each one counts and where it misleads, from a run of tasks
 * with known truth (docs/phenomena.md). datasheet.c fills it from results.h5 alone; the writers
 * print it. docs/datasheet.md gives the rule for verdicts and is the reader's reference.
 *
 * A *reporter* is one metric in bytes of a backend, such as "psutil.rss_bytes": a row of the sheet.
 * A *situation* is one phenomenon at one moment: at its peak, in one of its stages, or at the end.
 * A *cell* is a reporter in a situation: its error there, and the verdict.
 */

#include "backends/truth.h"
#include "runner/analysis/statistics.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum datasheet_verdict {
	VERDICT_NONE,  /* nothing to judge: no trial is ok, or the metric or the truth is missing */
	VERDICT_RIGHT, /* the median error is within the tolerance */
	VERDICT_HIGH,  /* above it */
	VERDICT_LOW,   /* below it */
	VERDICT_BLIND, /* low, and it shows less than a tenth of the truth */
};

/* "-", "right", "high", "low", "blind". */
const char *datasheet_verdict_name(enum datasheet_verdict verdict);

/* At the peak: the largest value between task_begin and task_end, against the largest truth. */
#define SITUATION_PEAK "peak"
/* At task_end, against the last declared truth. */
#define SITUATION_FINAL "final"

struct situation {
	const char *phenomenon; /* "copy_on_write" */
	/* SITUATION_PEAK, a stage's mark such as "forked", or SITUATION_FINAL */
	const char *moment;
	double scale_bytes; /* what is at stake: the largest truth of any kind in the phenomenon's trials */
	double tolerance_bytes;
	double truth_bytes[N_TRUTH_KINDS]; /* medians over the trials; NaN for undeclared kinds */
};

/*
 * A reporter's value in a situation, less its value at task_begin, less the truth, over the trials
 * with status ok and without warm-ups. A stage's value is the median of the samples within it; a
 * reporter without a sample in it has none.
 */
struct cell {
	struct statistics value_bytes; /* its value, less its initial value */
	struct statistics error_bytes; /* against the sheet's kind; n = 0: VERDICT_NONE */
	enum datasheet_verdict verdict;
	bool sure; /* the whole interval of the median error gives the same verdict */
	enum datasheet_verdict against[N_TRUTH_KINDS]; /* the verdict against each kind */
	/* numbers of the trials it rests on, ascending */
	const uint64_t *trials;
	size_t n_trials;
	/* errors beyond 3 interquartile ranges from the quartiles; not excluded */
	size_t n_outliers;
};

/* The answer to a yes-or-no question that one phenomenon decides. */
enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

struct reporter {
	const char *backend;
	const char *metric;
	bool high_water; /* never falls: judged at the peak only */
	bool headline;

	/*
	 * The kind of truth that it matches most often at the peak, over the phenomena at whose
	 * peak it shows something: more than the tolerance.
	 */
	enum truth_kind counts;
	size_t n_counts_right;
	size_t n_counts_judged;

	/* median of the smallest step it showed in page_steps; NaN: none */
	double resolution_bytes;
	/*
	 * of spike_*, the shortest that it, and every longer one, showed in every trial; NaN:
	 * missed even the longest, or not measured
	 */
	double shortest_spike_ns;
	enum answer children;	/* fork_tree */
	enum answer native;	/* native_malloc */
	enum answer page_cache; /* whether it counts the page cache */
	/* shared: its value divided by the truth; 1: counted once, 8: in every process */
	double shared_times;

	/*
	 * Error of its trace in ramp, against the sheet's kind; n = 0: no trace, or ramp was not
	 * run.
	 */
	struct statistics rmse_bytes;
	struct statistics delay_ns; /* from the truth's largest step until half of it shows */

	struct statistics reading_ns; /* duration of one reading; n = 0: not measured */
	struct statistics slowdown;   /* wall time against `none` in the same block */
	struct statistics
		added_bytes; /* reference's initial value against `none` in the same block */
	/*
	 * The reference's peak above its initial value, against `none` in the same block: how much
	 * observing changes it, in the phenomenon where that is largest.
	 */
	struct statistics disturbs_bytes;
	const char *disturbs_in; /* that phenomenon; NULL: none */
	/* Its interval, from at least two pairs, is outside the tolerance of the charge batches. */
	enum answer disturbs;
	/* Like slowdown, in the phenomenon that it slows most. */
	struct statistics slowdown_most;
	const char *slowdown_in; /* NULL: none */
};

struct datasheet {
	const char *run;      /* its name */
	enum truth_kind kind; /* the kind of truth that errors refer to */
	const struct reporter *reporters;
	size_t n_reporters;
	const struct situation *situations;
	size_t n_situations;
	const struct cell *cells; /* n_reporters rows of n_situations */
	size_t n_trials_ok;
	size_t n_trials_left_out; /* not ok */
	uint64_t repetitions;	  /* the maximum over the cells */
};

struct datasheet_options {
	enum truth_kind kind;
	bool all_metrics; /* false: only each backend's headline metric */
};

/*
 * The reference comes first, as backend "reference", then backends in the order of the registry.
 * The caller frees with datasheet_free. -ENODATA, with a sentence, if no task of the run declared
 * truth by phenomenon.
 */
int datasheet_make(struct results *results, const struct datasheet_options *options,
	struct datasheet **ret_datasheet, struct error *error);
void datasheet_free(struct datasheet *datasheet);

/* The cell of a reporter in a situation. NULL-safe. */
const struct cell *datasheet_cell(
	const struct datasheet *datasheet, size_t reporter, size_t situation);
