#pragma once

/*
 * results.h5: the whole run in one file (docs/hdf5-schema.md), gathered from the sealed trials, and
 * summary.csv, the same table as text.
 */

#include "runner/experiment/plan.h"
#include "runner/trial/trial.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The root attributes that are not taken from the experiment. Strings borrowed. */
struct run_facts {
	const char *tool_version;
	const char *created; /* ISO 8601, UTC */
	const char *kernel;
	const char *cpu_model;
	uint64_t cpus;
	uint64_t memory_bytes;
	uint64_t page_bytes;
	const char *hierarchy;
	const char *runtime;
	const char *runtime_version;
	const char *image;
	const char *image_digest;
	const char *seccomp_sha256; /* "" when there is no filter */
	const char *doctor;	    /* what the host offers, as JSON */
	const char *resumptions;    /* of a run that was gone on with, as JSON; NULL: never */
	bool complete;		    /* every planned trial is in it */
};

/*
 * Gathers every trials/NNNNNN.h5 into results.h5: written as results.h5.part, fsynced, renamed; then
 * summary.csv. A file that is missing from a complete run, damaged, or another trial's is an error that
 * names the trial, and neither file appears. The trials folder is left as it is: results_remove_trials
 * drops it.
 */
int results_gather(int run_fd, const char *run_path, const struct plan *plan,
	const struct run_facts *facts, struct error *error);

int results_remove_trials(int run_fd, struct error *error);

/* ---- reading, for the report: from results.h5 alone */

/*
 * One row of /summary: one trial and metric in bytes. "reference.current_bytes" is the cgroup's own row,
 * which every trial has. Rows are in the order of the trials; the texts are the results'.
 */
struct summary_row {
	uint64_t trial;
	char *task;
	char *parameters; /* JSON */
	char *backend;
	char *metric;
	uint64_t repetition;
	bool warmup;
	char *status;
	/* NaN where there is none: a metric never reported, a truth never declared */
	double initial_bytes;
	double peak_bytes;
	double final_bytes;
	double truth_peak_bytes;
	uint64_t wall_ns; /* 0: the task never began */
	/* What watching the trial cost (runner/trial/watch_cost.h); NaN where it is not known. */
	double watched_ns;
	double runner_cpu_ns; /* the sampler's included */
	double sampler_cpu_ns;
	double runner_peak_rss_bytes;
	bool suspect; /* false where the file's writer was older */
};

struct results;

/*
 * Opens the results.h5 of a run's folder, which is held open (util/beneath.h); `run_path` is the folder's path for
 * errors.
 */
int results_open(
	int run_fd, const char *run_path, struct results **ret_results, struct error *error);
void results_close(struct results *results);

size_t results_n_rows(const struct results *results);
const struct summary_row *results_row(const struct results *results, size_t index);

/*
 * A root attribute as text (a number in decimal digits, a boolean as "TRUE" or "FALSE"), borrowed until
 * results_close; NULL where there is none.
 */
const char *results_attribute(struct results *results, const char *name);

/* Where the trial's task could run, as "0-2,5": 1 where that is not known. The caller frees. */
int results_task_cpus(
	struct results *results, uint64_t trial, char **ret_cpus, struct error *error);

/* task_begin and task_end of a trial. -ENODATA where the task never began. */
int results_trial_window(struct results *results, uint64_t trial, uint64_t *ret_begin_ns,
	uint64_t *ret_end_ns, struct error *error);

/*
 * A trace of a trial: "reference", "truth" (touched), "truth/charged" and its like, "reference/gaps"
 * (begin and end of each gap: runner/trial/gaps.h), or a metric's name; thinned to at most `max_samples` (4 at
 * least) so that the first and the last sample and the smallest and the largest of every stretch are
 * kept, in order of time. Reads by chunks. *ret_n is 0 where the trial has no such trace. The caller frees.
 */
int results_trace(struct results *results, uint64_t trial, const char *name, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error);

/*
 * The marks of a trial, in the order of arrival: task_begin, task_end and the task's own. *ret_n is 0 where
 * the task sent none. The caller frees.
 */
int results_marks(struct results *results, uint64_t trial, struct trial_mark **ret_marks,
	size_t *ret_n, struct error *error);

/* How a metric of a trial moves. 1 where the trial does not have it; *ret_kind is left alone then. */
int results_metric_kind(struct results *results, uint64_t trial, const char *metric,
	enum metric_kind *ret_kind, struct error *error);

/* Whether its trial ended well: what every comparison rests on. */
static inline bool summary_row_is_ok(const struct summary_row *row)
{
	return strcmp(row->status, trial_status_name(TRIAL_OK)) == 0;
}
