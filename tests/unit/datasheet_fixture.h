#pragma once

/*
 * Fakes the readers of runner/store/results.h over trials that a test makes up sample by sample,
 * for tests of the data sheet; with assertions about a sheet. Include it in only one file of a
 * program.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/datasheet/datasheet.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIB 1048576.0
#define MS UINT64_C(1000000)
#define BEGIN (1000 * MS)
#define END (1100 * MS)
#define MAX_TRIALS 32
#define MAX_SERIES 12
#define MAX_SAMPLES 8
#define MAX_MARKS 8

/* ---- results of made-up trials, each from 1000 ms to 1100 ms */

struct made_series {
	const char *name; /* as for results_trace */
	bool high_water;
	struct sample samples[MAX_SAMPLES];
	size_t n;
};

struct made_trial {
	char parameters[64];
	const char *backend;
	const char *status;
	uint64_t repetition;
	double reference[3]; /* initial, peak, final, MiB */
	double wall_ms;
	struct made_series series[MAX_SERIES];
	size_t n_series;
	struct trial_mark marks[MAX_MARKS];
	size_t n_marks;
};

struct results {
	struct made_trial trials[MAX_TRIALS];
	size_t n_trials;
	struct summary_row rows[MAX_TRIALS * MAX_SERIES];
	size_t n_rows;
};

static inline struct made_trial *add_trial(
	struct results *results, const char *phenomenon, const char *backend, uint64_t repetition)
{
	struct made_trial *trial = &results->trials[results->n_trials++];

	assert_true(results->n_trials <= MAX_TRIALS);
	snprintf(trial->parameters, sizeof(trial->parameters), "{\"phenomenon\": \"%s\"}",
		phenomenon);
	trial->backend = backend;
	trial->status = "ok";
	trial->repetition = repetition;
	trial->wall_ms = 100.0;
	return trial;
}

static inline void add_mark(struct made_trial *trial, uint64_t at_ms, const char *name)
{
	struct trial_mark *mark = &trial->marks[trial->n_marks++];

	assert_true(trial->n_marks <= MAX_MARKS);
	mark->time_ns = at_ms * MS;
	snprintf(mark->name, sizeof(mark->name), "%s", name);
}

static inline struct made_series *find_series(struct made_trial *trial, const char *name)
{
	for (size_t i = 0; i < trial->n_series; i++)
		if (strcmp(trial->series[i].name, name) == 0)
			return &trial->series[i];
	return NULL;
}

static inline struct made_series *say(
	struct made_trial *trial, const char *name, uint64_t at_ms, double mib)
{
	struct made_series *series = find_series(trial, name);

	if (!series) {
		assert_true(trial->n_series < MAX_SERIES);
		series = &trial->series[trial->n_series++];
		series->name = name;
	}
	assert_true(series->n < MAX_SAMPLES);
	series->samples[series->n++] =
		(struct sample){.time_ns = at_ms * MS, .value = (uint64_t)(mib * MIB)};
	return series;
}

/* All four kinds. */
static inline void declare(struct made_trial *trial, uint64_t at_ms, double requested,
	double touched, double charged, double unique)
{
	say(trial, "truth/requested", at_ms, requested);
	say(trial, "truth", at_ms, touched);
	say(trial, "truth/charged", at_ms, charged);
	say(trial, "truth/unique", at_ms, unique);
}

/* 64 MiB from 1020 to 1060 ms, in a stage "held" from 1030 to 1050; one "released" from 1070 to 1090. */
static inline struct made_trial *add_plateau(
	struct results *results, const char *phenomenon, const char *backend, uint64_t repetition)
{
	struct made_trial *trial = add_trial(results, phenomenon, backend, repetition);

	declare(trial, 1001, 0, 0, 0, 0);
	declare(trial, 1020, 64, 64, 64, 64);
	declare(trial, 1060, 0, 0, 0, 0);
	add_mark(trial, 1000, "task_begin");
	add_mark(trial, 1030, "held");
	add_mark(trial, 1050, "stage_end");
	add_mark(trial, 1070, "released");
	/* sent as if it had overtaken the one before */
	add_mark(trial, 1100, "task_end");
	add_mark(trial, 1090, "stage_end");
	trial->reference[0] = 10.0;
	trial->reference[1] = 74.25;
	trial->reference[2] = 10.0;
	say(trial, "reference", 1010, 10);
	say(trial, "reference", 1040, 74);
	say(trial, "reference", 1080, 10.25);
	return trial;
}

static inline void add_row(
	struct results *results, size_t index, const char *metric, const double values[3])
{
	struct made_trial *trial = &results->trials[index];

	results->rows[results->n_rows++] = (struct summary_row){
		.trial = index + 1,
		.task = (char *)"phenomena.py",
		.parameters = trial->parameters,
		.backend = (char *)trial->backend,
		.metric = (char *)metric,
		.repetition = trial->repetition,
		.status = (char *)trial->status,
		.initial_bytes = values[0] * MIB,
		.peak_bytes = values[1] * MIB,
		.final_bytes = values[2] * MIB,
		.truth_peak_bytes = NAN,
		.wall_ns = (uint64_t)(trial->wall_ms * 1e6),
	};
}

/* The rows of /summary; the sheet takes only a metric's trace from them. */
static inline void make_rows(struct results *results)
{
	static const double unused[3] = {NAN, NAN, NAN};

	results->n_rows = 0;
	for (size_t i = 0; i < results->n_trials; i++) {
		struct made_trial *trial = &results->trials[i];

		add_row(results, i, "reference.current_bytes", trial->reference);
		for (size_t j = 0; j < trial->n_series; j++)
			if (strstr(trial->series[j].name, "_bytes"))
				add_row(results, i, trial->series[j].name, unused);
	}
}

size_t results_n_rows(const struct results *results)
{
	return results->n_rows;
}

const struct summary_row *results_row(const struct results *results, size_t index)
{
	return &results->rows[index];
}

int results_open(
	int run_fd, const char *run_path, struct results **ret_results, struct error *error)
{
	(void)run_fd;
	(void)ret_results;
	return error_set_errno(error, ENOENT, "cannot open %s/results.h5", run_path);
}

void results_close(struct results *results)
{
	(void)results;
}

/* One CPU: a batch of charges is 256 KiB. */
const char *results_attribute(struct results *results, const char *name)
{
	(void)results;
	if (strcmp(name, "cpus") == 0)
		return "1";
	if (strcmp(name, "page_bytes") == 0)
		return "4096";
	if (strcmp(name, "name") == 0)
		return "sheet";
	if (strcmp(name, "experiment") == 0)
		return "phenomenon = [\"untouched\", \"fork_tree\", \"exec\"]";
	return NULL;
}

int results_trial_window(struct results *results, uint64_t trial, uint64_t *ret_begin_ns,
	uint64_t *ret_end_ns, struct error *error)
{
	(void)results;
	(void)trial;
	(void)error;
	*ret_begin_ns = BEGIN;
	*ret_end_ns = END;
	return 0;
}

int results_trace(struct results *results, uint64_t trial, const char *name, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error)
{
	const struct made_series *series = find_series(&results->trials[trial - 1], name);

	(void)error;
	assert_true(max_samples > MAX_SAMPLES);
	*ret_samples = calloc(MAX_SAMPLES, sizeof(**ret_samples));
	*ret_n = series ? series->n : 0;
	for (size_t i = 0; i < *ret_n; i++)
		(*ret_samples)[i] = series->samples[i];
	return 0;
}

int results_marks(struct results *results, uint64_t trial, struct trial_mark **ret_marks,
	size_t *ret_n, struct error *error)
{
	const struct made_trial *made = &results->trials[trial - 1];

	(void)error;
	*ret_marks = calloc(MAX_MARKS, sizeof(**ret_marks));
	memcpy(*ret_marks, made->marks, sizeof(made->marks));
	*ret_n = made->n_marks;
	return 0;
}

int results_metric_kind(struct results *results, uint64_t trial, const char *metric,
	enum metric_kind *ret_kind, struct error *error)
{
	const struct made_series *series = find_series(&results->trials[trial - 1], metric);

	(void)error;
	if (!series)
		return 1;
	*ret_kind = series->high_water ? METRIC_HIGH_WATER : METRIC_GAUGE;
	return 0;
}

/* ---- assertions about a sheet */

static inline struct datasheet *make_sheet(struct results *results, bool all_metrics)
{
	const struct datasheet_options options = {
		.kind = TRUTH_CHARGED, .all_metrics = all_metrics};
	struct datasheet *sheet = NULL;
	struct error error = ERROR_INIT;

	make_rows(results);
	if (datasheet_make(results, &options, &sheet, &error) < 0)
		fail_msg("%s", error.text);
	return sheet;
}

static inline const struct reporter *reporter_of(const struct datasheet *sheet, const char *metric)
{
	for (size_t i = 0; i < sheet->n_reporters; i++)
		if (strcmp(sheet->reporters[i].metric, metric) == 0)
			return &sheet->reporters[i];
	fail_msg("there is no %s", metric);
	return NULL;
}

static inline size_t situation_of(
	const struct datasheet *sheet, const char *phenomenon, const char *moment)
{
	for (size_t i = 0; i < sheet->n_situations; i++)
		if (strcmp(sheet->situations[i].phenomenon, phenomenon) == 0 &&
			strcmp(sheet->situations[i].moment, moment) == 0)
			return i;
	fail_msg("there is no %s of %s", moment, phenomenon);
	return 0;
}

static inline const struct cell *cell_of(const struct datasheet *sheet, const char *metric,
	const char *phenomenon, const char *moment)
{
	return datasheet_cell(sheet, (size_t)(reporter_of(sheet, metric) - sheet->reporters),
		situation_of(sheet, phenomenon, moment));
}

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)
#define assert_mib(bytes, mib) assert_near((bytes) / MIB, mib)

/*
 * Under psutil: 20 MiB before, 84 in the stage, 90 between two readings, 21 at the end. It shows 70
 * at the peak, 64 in the stage "held", 1.5 in "released" and 1 at the end.
 */
static inline void say_plateau(struct made_trial *trial, const char *metric)
{
	say(trial, metric, 999, 20);
	say(trial, metric, 1025, 90);
	say(trial, metric, 1035, 83);
	say(trial, metric, 1040, 84);
	say(trial, metric, 1045, 86);
	say(trial, metric, 1080, 21.5);
	say(trial, metric, 1099, 21);
	say(trial, metric, 1200, 500);
}
