#pragma once

/*
 * `memcg-run limit`: how much memory a task needs. From the trials of a run, to one plain struct, and from that to the
 * terminal, CSV, JSON, HDF5, a picture and the setting to paste, which therefore agree. docs/limit.md is the reader's manual.
 *
 * The search is replayed (runner/limit/search.h), not stored: what it found is a function of the outcomes. The curve is
 * evaluated here:
 *
 *   slowdown   wall time at a limit by that of the same block's trial without one: runner/analysis/shift.h, paired,
 *              95 %; with fewer than LIMIT_LEAST_BLOCKS blocks the smallest and largest ratio are its interval
 *   refaults   median of the trials that survived at a limit
 *   unharmed   the smallest limit of the curve from which on, upwards, the slowdown's estimate is at most the settings',
 *              the median of refaults is at most LIMIT_REFAULTS_SHARE of the peak's pages above that without a limit,
 *              and of all trials at it at least the settings' share survived
 *   knee       the limit of the curve that is farthest below the chord from its first to its last point, of the
 *              logarithm of slowdown: what is saved below it costs more than what is saved above. None where no limit
 *              slows by more than the settings' slowdown, or the curve is nowhere below its chord
 */

#include "runner/analysis/statistics.h"
#include "runner/limit/search.h"
#include "util/error.h"

#include <jansson.h>
#include <stdio.h>

#define LIMIT_REFAULTS_SHARE 0.01
/* Fewest pairs with an interval of 2.5 % on either side: 1 / 2^6. */
#define LIMIT_LEAST_BLOCKS 6

/* One trial of a run, in the order in which they were run. Strings are borrowed. */
struct limit_trial {
	uint64_t number;
	size_t point;
	struct limit_step step;
	struct limit_outcome outcome;
	/* The peak's composition, NaN where unknown. */
	double anon_bytes, file_bytes, shmem_bytes, kernel_bytes;
	double limit_met;  /* how often the limit was met */
	const char *cause; /* of one that did not survive */
};

/* A point of the run. Strings are borrowed. */
struct limit_point {
	const char *task;
	const char *parameters; /* JSON */
	const char *label;	/* plan_point_label */
};

struct limit_run {
	struct limit_settings settings;
	uint64_t seed;
	uint64_t page_bytes;
	uint64_t swap_bytes; /* that the experiment allows; 0: none, UINT64_MAX: any amount */
	const char *title;   /* the experiment's name */
	const char *kernel;  /* and so on: what the answer holds for */
	const char *cpu_model;
	const char *hierarchy; /* "v1" or "v2" */
	const char *image;
	const char *created;
	const struct limit_point *points;
	size_t n_points;
	const struct limit_trial *trials;
	size_t n_trials;
};

/* What a limit costs; one row for each limit that was tried in any stage, from the smallest. The last is without one. */
struct limit_row {
	uint64_t limit_bytes; /* 0: without the search's limit */
	uint64_t n;	      /* trials that are evidence */
	uint64_t n_survived;
	uint64_t n_ended[LIMIT_N_ENDS];
	bool on_curve;
	double slowdown; /* NaN where it is not on the curve, or no pair survived */
	struct interval slowdown_interval;
	double refaults; /* medians of those that survived; NaN */
	double major_faults;
	double limit_met;
};

struct limit_answer_point {
	const struct limit_point *point; /* borrowed */
	struct limit_finding finding;
	bool finished;	   /* the search needs no more trials; its limit may be known before that */
	size_t n_baseline; /* trials of the baseline that survived, and those whose floor is known */
	size_t n_floor;
	double peak_bytes; /* medians of the baseline, with their intervals */
	struct interval peak_interval;
	double floor_bytes;
	struct interval floor_interval;
	double file_share; /* of the peak, what was page cache: 0.42 */
	double wall_ns;
	struct limit_row *rows;
	size_t n_rows;
	uint64_t dies_bytes;	 /* the largest limit with no survivor at it and below; 0: none */
	uint64_t unharmed_bytes; /* 0: none, or no curve */
	/* From the next smaller limit of the curve to it; from the finding's lower limit if it is the curve's first. */
	struct interval unharmed_interval;
	uint64_t knee_bytes;	/* 0: none */
	enum limit_end dies_by; /* how most of those that died did; LIMIT_SURVIVED: none died */
	const char *dies_cause; /* the first of them; borrowed */
};

struct limit_answer {
	const struct limit_run *run; /* borrowed */
	struct limit_answer_point *points;
	size_t n_points;
};

/* -EINVAL if a trial is not the one that the search had next: the run is another version's. -ENOMEM. */
int limit_answer_make(
	const struct limit_run *run, struct limit_answer **ret_answer, struct error *error);
void limit_answer_free(struct limit_answer *answer);

/* The limit to set: the unharmed one, else the minimal one; 0: none was found. */
uint64_t limit_setting_bytes(const struct limit_answer_point *point);

/* ---- output: all have the same numbers */

/* For a terminal. -ENOMEM. */
int limit_answer_print(const struct limit_answer *answer, bool color, FILE *stream);

/* docs/limit.md has the keys. The caller releases it. -ENOMEM. */
#define LIMIT_JSON_SCHEMA "memcg-run limit"
#define LIMIT_JSON_VERSION 1
int limit_answer_json(const struct limit_answer *answer, json_t **ret_json, struct error *error);

/* A row for each limit of each point. */
int limit_answer_csv(const struct limit_answer *answer, FILE *stream, struct error *error);

/* Draws memory-limit.png in the run's open folder, with plots/memory-limit.gp and its data. -ENOENT without gnuplot. */
int limit_answer_draw(const struct limit_answer *answer, int run_fd, struct error *error);

/* Writes limit.csv and limit.json to the run's open folder. */
int limit_answer_write(const struct limit_answer *answer, int run_fd, struct error *error);

/* What is printed, as a part of report.html. -ENOMEM. */
int limit_answer_html(const struct limit_answer *answer, FILE *stream);

/*
 * What the answer is as a setting: limit_setting_bytes(), rounded up to the format's unit. Of a search by memory.high only
 * systemd has the setting.
 */
enum limit_emit {
	LIMIT_EMIT_DOCKER, /* and podman: --memory, --memory-swap */
	LIMIT_EMIT_KUBERNETES,
	LIMIT_EMIT_SYSTEMD,
	LIMIT_EMIT_SLURM,
	LIMIT_EMIT_SNAKEMAKE,
	LIMIT_EMIT_NEXTFLOW,
	LIMIT_N_EMITS,
};

/* "kubernetes"; NULL beyond the last. */
const char *limit_emit_name(enum limit_emit emit);
/* -EINVAL, with the names that there are. */
int limit_emit_find(const char *name, enum limit_emit *ret_emit, struct error *error);

/*
 * The setting of a point, to be pasted, with a comment that says where it comes from: task, input, kernel, survival and
 * confidence, date. Names in it are one line of ASCII. -ENODATA if nothing was found; -EOPNOTSUPP if the format has no
 * memory.high.
 */
int limit_emit_print(const struct limit_answer *answer, size_t point, enum limit_emit emit,
	FILE *stream, struct error *error);
