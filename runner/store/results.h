#pragma once

/*
 * results.h5: the whole run in one file (docs/hdf5-schema.md), gathered from the sealed trials, and
 * summary.csv, its table as text.
 */

#include "runner/experiment/plan.h"
#include "runner/trial/trial.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The root attributes that do not come from the experiment. Strings are borrowed. */
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
	const char *seccomp_sha256; /* "" if there is no filter */
	const char *doctor;	    /* the host's properties, as JSON */
	const char *resumptions;    /* of a resumed run, as JSON; NULL: never resumed */
	bool complete;		    /* every planned trial is in it */
};

/*
 * Gathers every trials/NNNNNN.h5 into results.h5 (written as results.h5.part, fsynced, renamed),
 * then writes summary.csv. If a file of a complete run is missing, damaged or of another trial, the
 * error names the trial, and neither file appears. Keeps the trials folder: results_remove_trials
 * removes it.
 */
int results_gather(int run_fd, const char *run_path, const struct plan *plan,
	const struct run_facts *facts, struct error *error);

int results_remove_trials(int run_fd, struct error *error);

/* ---- reading, for the report: from results.h5 alone */

/* What became of a trial, what limited it, and what its peak was made of. */
enum summary_account {
	ACCOUNT_EXIT_CODE,
	ACCOUNT_SIGNAL,
	ACCOUNT_CPU_NS, /* user and system time of the whole task process */
	ACCOUNT_MEMORY_MAX,
	ACCOUNT_LIMIT_MET, /* how often */
	ACCOUNT_OOM_KILLS,
	/* From here to ACCOUNT_COMPOSED_NS: in the reference's row alone. */
	ACCOUNT_COMPOSED, /* the use at which the next four were read */
	ACCOUNT_PEAK_ANON,
	ACCOUNT_PEAK_FILE,
	ACCOUNT_PEAK_SHMEM,
	ACCOUNT_PEAK_KERNEL,
	ACCOUNT_COMPOSED_NS, /* when, after task_begin */
	ACCOUNT_TASK_N_CPUS, /* how many CPUs the task could use */
	ACCOUNT_MAXRSS,	     /* ru_maxrss of the task, in bytes */
	ACCOUNT_LIMIT,	     /* of a trial of a search, the search's */
	ACCOUNT_REFAULTS,    /* pages read again after they were reclaimed, and major faults */
	ACCOUNT_MAJOR_FAULTS,
	SUMMARY_N_ACCOUNT,
};

/*
 * One row of /summary: one trial and metric in bytes. Every trial has the row
 * "reference.current_bytes" of its cgroup. Rows are in the order of trials; the results own the
 * strings.
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
	char *stage;	 /* of a search: limit_stage_name; "": no trial of a search */
	char *limit_end; /* and what became of it: limit_end_name; likewise */
	/* NaN if missing: a metric never reported, a truth never declared */
	double initial_bytes;
	double peak_bytes;
	double final_bytes;
	double truth_peak_bytes;
	uint64_t wall_ns; /* 0: the task never began */
	/* The cost of watching the trial (runner/trial/watch_cost.h); NaN if unknown. */
	double watched_ns;
	double runner_cpu_ns; /* including the sampler's */
	double sampler_cpu_ns;
	double runner_peak_rss_bytes;
	bool suspect;			   /* false if the file's writer was older */
	double account[SUMMARY_N_ACCOUNT]; /* limits, end and composition; NaN if missing */
};

struct results;

/*
 * Opens the results.h5 in a run's open folder (util/beneath.h); `run_path` is the folder's path for
 * errors.
 */
int results_open(
	int run_fd, const char *run_path, struct results **ret_results, struct error *error);
void results_close(struct results *results);

/*
 * Without the trials of a search that had its limit: under a limit the peak is the limit, and no peak of the task.
 */
size_t results_n_rows(const struct results *results);
const struct summary_row *results_row(const struct results *results, size_t index);

/* With them. */
size_t results_n_all_rows(const struct results *results);
const struct summary_row *results_any_row(const struct results *results, size_t index);

/*
 * A root attribute as text (a number in decimal digits, a boolean as "TRUE" or "FALSE"), one line that is safe for
 * terminals (util/text.h), but for the experiment's text, which is as the file has it; borrowed until results_close; NULL
 * if missing.
 */
const char *results_attribute(struct results *results, const char *name);

/* The CPUs of the trial's task, such as "0-2,5"; returns 1 if unknown. The caller frees. */
int results_task_cpus(
	struct results *results, uint64_t trial, char **ret_cpus, struct error *error);

/*
 * An attribute of a trial as text, as results_attribute has those of the root; `place` is a group of the trial, such as
 * "reference", or NULL for the trial itself. NULL if there is none. The caller frees.
 */
char *results_trial_attribute(
	struct results *results, uint64_t trial, const char *place, const char *name);

/* What a trial printed (runner/store/output_data.h). */
int results_trial_output(struct results *results, uint64_t trial, const char *name,
	struct trial_output *ret_output, struct error *error);

/* task_begin and task_end of a trial. -ENODATA if the task never began. */
int results_trial_window(struct results *results, uint64_t trial, uint64_t *ret_begin_ns,
	uint64_t *ret_end_ns, struct error *error);

/* What a trial's memory was made of at one time, by enum composition_key; the use itself is 0. */
struct results_composition_row {
	uint64_t time_ns;
	uint64_t bytes[COMPOSITION_N_KEYS];
};

/*
 * The rows of reference/stat and reference/composition in order of time, at most `max_rows` (at least 4) and a few
 * more: the longer of them are thinned evenly. *ret_n is 0 if there are none. The caller frees.
 */
int results_composition(struct results *results, uint64_t trial, size_t max_rows,
	struct results_composition_row **ret_rows, size_t *ret_n, struct error *error);

/*
 * A trace of a trial: "reference", "truth" (touched), "truth/charged" and so on, "reference/gaps"
 * (begin and end of each gap: runner/trial/gaps.h), or a metric's name. Thinned to at most
 * `max_samples` (at least 4), in order of time; keeps the first and the last sample and the
 * smallest and the largest of every stretch. Reads by chunks. *ret_n is 0 if the trial has no such
 * trace. The caller frees.
 */
int results_trace(struct results *results, uint64_t trial, const char *name, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error);

/* How many samples such a trace has in the file; 0 if the trial has no such trace. */
int results_trace_count(struct results *results, uint64_t trial, const char *name, uint64_t *ret_n,
	struct error *error);

/* Consecutive samples of it around a time, none left out (runner/store/trace.h). The caller frees. */
int results_trace_around(struct results *results, uint64_t trial, const char *name,
	uint64_t time_ns, size_t max_samples, struct sample **ret_samples, size_t *ret_n,
	struct error *error);

/*
 * The marks of a trial, in order of arrival: task_begin, task_end and the task's own. *ret_n is 0
 * if there are none. The caller frees.
 */
int results_marks(struct results *results, uint64_t trial, struct trial_mark **ret_marks,
	size_t *ret_n, struct error *error);

/*
 * The kind of a metric of a trial. Returns 1, without changing *ret_kind, if the trial does not
 * have it.
 */
int results_metric_kind(struct results *results, uint64_t trial, const char *metric,
	enum metric_kind *ret_kind, struct error *error);

/* True if its trial is ok: every comparison uses only such rows. */
static inline bool summary_row_is_ok(const struct summary_row *row)
{
	return strcmp(row->status, trial_status_name(TRIAL_OK)) == 0;
}
