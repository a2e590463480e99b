#pragma once

/*
 * Fakes the readers of runner/store/results.h over values in memory, for tests of the report.
 * fake_results_new invents a plausible run. Include it in only one file of a program.
 */

#include "runner/store/results.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <math.h>
#include <string.h>

#define FAKE_MIB (UINT64_C(1) << 20)

struct fake_run {
	const char *name;
	const char *task;
	const char *const *backends; /* NULL-terminated */
	const char *parameter;	     /* NULL: no parameters */
	const uint64_t *sizes_mib;   /* one per point */
	size_t n_points;
	uint64_t repetitions;
	uint64_t warmups;
	uint64_t duration_ns; /* of `none` */
	uint64_t base_bytes;  /* of the interpreter, as charged by the kernel */
	bool truth;
	bool gap;     /* nothing was sampled from 0.4 to 0.6 of the interval */
	bool watched; /* the cost of watching is known: see fake_add_trial */
	/* The status of a trial; NULL: "ok". */
	const char *(*status)(const char *backend, size_t point, uint64_t repetition);
	const char *incomplete;	     /* the attribute "complete" */
	const char *suspect;	     /* "trials_suspect"; NULL: written by an older version */
	const char *quick;	     /* the attribute "quick" */
	const char *doctor;	     /* the attribute "doctor" */
	const char *experiment;	     /* the attribute "experiment" */
	const char *reporter_failed; /* "trials_reporter_failed", likewise */
	double memory_max_bytes;     /* 0: no limit */
};

struct fake_trial {
	uint64_t number;
	const char *backend;
	uint64_t size_bytes;
	uint64_t begin_ns;
	uint64_t end_ns;
	double reference_initial;
};

struct results {
	const struct fake_run *run;
	struct summary_row *rows;
	size_t n_rows;
	struct fake_trial *trials;
	size_t n_trials;
	uint64_t state;	       /* of the random generator */
	bool windowless;       /* results_trial_window fails */
	const char *task_cpus; /* of every trial; NULL: unknown */
};

/* 0 to 1, the same in every run. */
static double fake_random(struct results *results)
{
	results->state = results->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (double)(results->state >> 40) / (double)(1 << 24);
}

/*
 * The errors of each backend: its value at task_begin in addition to the base, the fraction of the
 * growth that it sees, and how many times longer the task takes under it.
 */
struct fake_backend {
	const char *name;
	double offset_bytes;
	double part;
	double slowdown;
	bool high_water;
	uint64_t n_looks; /* samples between begin and end; 0: only at the ends */
};

static const struct fake_backend *fake_backend(const char *name)
{
	static const struct fake_backend backends[] = {
		{"none", 0, 0, 1.0, false, 0},
		{"psutil", 14e6, 1.0, 1.01, false, 40},
		{"resource", 16e6, 1.0, 1.0, true, 0},
		{"tracemalloc", -1e12, 0.97, 2.4, false, 40},
		{"mprof", 13e6, 0.93, 1.06, false, 12},
		{"kernel", 14e6, 1.0, 1.004, false, 400},
		{"cgroup", 0, 1.0, 1.003, false, 400},
	};

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(backends[i].name, name) == 0)
			return &backends[i];
	return &backends[0];
}

/*
 * Fraction of the size that the task holds: a ramp in eight steps, a plateau, then a part is freed.
 */
static double fake_held(double part_of_time)
{
	if (part_of_time < 0.0)
		return 0.0;
	if (part_of_time < 0.6)
		return floor(part_of_time / 0.6 * 8.0) / 8.0;
	if (part_of_time < 0.85)
		return 1.0;
	return 0.1;
}

static double fake_metric_value(
	const struct results *results, const struct fake_trial *trial, double part_of_time)
{
	const struct fake_backend *backend = fake_backend(trial->backend);
	double held = fake_held(part_of_time);
	double initial = fmax(0.0, (double)results->run->base_bytes + backend->offset_bytes);

	if (backend->high_water && part_of_time >= 0.6)
		held = 1.0;
	return initial + backend->part * held * (double)trial->size_bytes;
}

static void fake_add_row(struct results *results, const struct summary_row *common,
	const char *metric, double initial, double peak, double final)
{
	struct summary_row *row;

	results->rows = reallocarray(results->rows, results->n_rows + 1, sizeof(*results->rows));
	row = &results->rows[results->n_rows++];
	*row = *common;
	row->task = string_format("%s", common->task);
	row->parameters = string_format("%s", common->parameters);
	row->backend = string_format("%s", common->backend);
	row->status = string_format("%s", common->status);
	row->metric = string_format("%s", metric);
	row->initial_bytes = initial;
	row->peak_bytes = peak;
	row->final_bytes = final;
}

static void fake_add_trial(struct results *results, size_t point, const char *backend,
	uint64_t repetition, bool warmup)
{
	const struct fake_run *run = results->run;
	const struct fake_backend *model = fake_backend(backend);
	const char *status = run->status ? run->status(backend, point, repetition) : "ok";
	CLEANUP(cleanup_free) char *parameters = NULL;
	struct fake_trial *trial;
	double size;
	double base;

	results->trials =
		reallocarray(results->trials, results->n_trials + 1, sizeof(*results->trials));
	trial = &results->trials[results->n_trials++];
	trial->number = results->n_trials;
	trial->backend = backend;
	trial->size_bytes = run->sizes_mib[point] * FAKE_MIB;
	trial->begin_ns = 1000 * NS_PER_S + trial->number * 7;
	trial->end_ns = trial->begin_ns +
			(uint64_t)((double)run->duration_ns * model->slowdown *
				   (1.0 + 0.04 * fake_random(results)) *
				   (0.3 + 0.7 * (double)run->sizes_mib[point] /
						   (double)run->sizes_mib[run->n_points - 1]));
	base = (double)run->base_bytes + 262144.0 * floor(3.0 * fake_random(results));
	size = (double)trial->size_bytes;
	trial->reference_initial = base;
	parameters = run->parameter ? string_format("{\"%s\":%zu}", run->parameter,
					      (size_t)run->sizes_mib[point])
				    : string_format("{}");

	struct summary_row common = {
		.trial = trial->number,
		.task = (char *)run->task,
		.parameters = parameters,
		.backend = (char *)backend,
		.repetition = repetition,
		.warmup = warmup,
		.status = (char *)status,
		.truth_peak_bytes = run->truth ? size : NAN,
		.wall_ns = trial->end_ns - trial->begin_ns,
		.watched_ns = run->watched ? 2e9 : NAN,
		.runner_cpu_ns = run->watched ? 24e6 : NAN,
		.sampler_cpu_ns = run->watched ? 18e6 : NAN,
		/* Grows over the trials: the last of 2 is 12 MiB. */
		.runner_peak_rss_bytes =
			run->watched ? (double)((10 + trial->number) * FAKE_MIB) : NAN,
		.account[ACCOUNT_MEMORY_MAX] = run->memory_max_bytes,
	};
	const struct backend *known = backend_find(backend);

	fake_add_row(results, &common, "reference.current_bytes", base, base + 1.002 * size,
		base + 0.1 * size);
	if (known && known->headline_metric)
		fake_add_row(results, &common, known->headline_metric,
			fake_metric_value(results, trial, -0.01),
			fake_metric_value(results, trial, 0.7),
			fake_metric_value(results, trial, 1.0));
}

/* Borrows the run. */
static struct results *fake_results_new(const struct fake_run *run)
{
	struct results *results = calloc(1, sizeof(*results));

	results->run = run;
	results->state = 42;
	for (uint64_t repetition = 1; repetition <= run->warmups + run->repetitions; repetition++)
		for (size_t point = run->n_points; point > 0; point--)
			for (size_t i = 0; run->backends[i]; i++) {
				bool warmup = repetition <= run->warmups;

				fake_add_trial(results, point - 1, run->backends[i],
					warmup ? repetition : repetition - run->warmups, warmup);
			}
	return results;
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
	for (size_t i = 0; i < results->n_rows; i++) {
		free(results->rows[i].task);
		free(results->rows[i].parameters);
		free(results->rows[i].backend);
		free(results->rows[i].metric);
		free(results->rows[i].status);
	}
	free(results->rows);
	free(results->trials);
	free(results);
}

size_t results_n_rows(const struct results *results)
{
	return results->n_rows;
}

const struct summary_row *results_row(const struct results *results, size_t index)
{
	return &results->rows[index];
}

size_t results_n_all_rows(const struct results *results)
{
	return results->n_rows;
}

const struct summary_row *results_any_row(const struct results *results, size_t index)
{
	return &results->rows[index];
}

const char *results_attribute(struct results *results, const char *name)
{
	static const char *const attributes[][2] = {
		{"kernel", "Linux 6.12.48 #1 SMP PREEMPT_DYNAMIC Debian x86_64"},
		{"hierarchy", "v2"},
		{"cpu_model", "AMD EPYC 7B13"},
		{"cpus", "4"},
		{"memory_bytes", "16777216000"},
		{"runtime", "runc"},
		{"runtime_version", "1.1.15"},
		{"image", "host"},
		{"tool_version", "0.1.0"},
		{"created", "2026-11-22T17:53:21Z"},
		{"trials_gathered", "9"},
		{"first_suspect", "trial 000003 (psutil): the machine swapped"},
		{"first_reporter_failure", "trial 000004 (proc-tree): the reporter <hung>"},
	};

	if (strcmp(name, "name") == 0)
		return results->run->name;
	if (strcmp(name, "complete") == 0)
		return results->run->incomplete;
	if (strcmp(name, "quick") == 0)
		return results->run->quick;
	if (strcmp(name, "experiment") == 0)
		return results->run->experiment;
	if (strcmp(name, "doctor") == 0)
		return results->run->doctor;
	if (strcmp(name, "trials_suspect") == 0)
		return results->run->suspect;
	if (strcmp(name, "trials_reporter_failed") == 0)
		return results->run->reporter_failed;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (strcmp(attributes[i][0], name) == 0)
			return attributes[i][1];
	return NULL;
}

int results_trial_window(struct results *results, uint64_t trial, uint64_t *ret_begin_ns,
	uint64_t *ret_end_ns, struct error *error)
{
	if (results->windowless)
		return error_set(error, EIO, "cannot read the marks");
	*ret_begin_ns = results->trials[trial - 1].begin_ns;
	*ret_end_ns = results->trials[trial - 1].end_ns;
	return 0;
}

/* From a fifth before task_begin to a tenth after task_end. */
int results_trace(struct results *results, uint64_t number, const char *name, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error)
{
	const struct fake_trial *trial = &results->trials[number - 1];
	bool reference = strcmp(name, "reference") == 0;
	bool truth = strcmp(name, "truth") == 0;
	uint64_t n = fake_backend(trial->backend)->n_looks;
	uint64_t length_ns = trial->end_ns - trial->begin_ns;
	struct sample *samples;

	(void)error;
	if (strcmp(name, "reference/gaps") == 0) {
		samples = calloc(1, sizeof(*samples));
		samples->time_ns = trial->begin_ns + length_ns / 10 * 4;
		samples->value = trial->begin_ns + length_ns / 10 * 6;
		*ret_samples = samples;
		*ret_n = results->run->gap;
		return 0;
	}
	n = reference ? 1000 : truth ? (results->run->truth ? 40 : 0) : n ? n : 1;
	if (n + 1 > max_samples)
		n = max_samples - 1;
	*ret_n = 0;
	if (truth && !results->run->truth)
		return 0;
	samples = calloc(n + 1, sizeof(*samples));
	for (uint64_t i = 0; i <= n; i++) {
		double part = (double)i / (double)n;

		if (reference)
			part = 1.3 * part - 0.2;
		samples[i].time_ns = (uint64_t)((double)trial->begin_ns + part * (double)length_ns);
		if (reference && results->run->gap && part > 0.4 && part < 0.5)
			samples[i].time_ns = trial->begin_ns + length_ns / 10 * 4;
		else if (reference && results->run->gap && part >= 0.5 && part < 0.6)
			samples[i].time_ns = trial->begin_ns + length_ns / 10 * 6;
		if (reference)
			samples[i].value =
				(uint64_t)(trial->reference_initial *
						   fmin(1.0, 0.2 + 4.0 * (part + 0.2)) +
					   1.002 * fake_held(part) * (double)trial->size_bytes);
		else if (truth)
			samples[i].value = (uint64_t)(fake_held(part) * (double)trial->size_bytes);
		else
			samples[i].value = (uint64_t)fake_metric_value(results, trial, part);
	}
	*ret_samples = samples;
	*ret_n = n + 1;
	return 0;
}

int results_trace_count(struct results *results, uint64_t number, const char *name, uint64_t *ret_n,
	struct error *error)
{
	struct sample *samples = NULL;
	size_t n = 0;
	int r = results_trace(results, number, name, SIZE_MAX, &samples, &n, error);

	free(samples);
	*ret_n = n;
	return r;
}

/* No trace of a made-up run is long enough to be asked for a part. */
int results_trace_around(struct results *results, uint64_t trial, const char *name,
	uint64_t time_ns, size_t max_samples, struct sample **ret_samples, size_t *ret_n,
	struct error *error)
{
	(void)results;
	(void)trial;
	(void)time_ns;
	(void)max_samples;
	(void)ret_samples;
	(void)ret_n;
	return error_set(error, ENOSYS, "a part of %s", name);
}

int results_marks(struct results *results, uint64_t trial, struct trial_mark **ret_marks,
	size_t *ret_n, struct error *error)
{
	struct trial_mark *marks = calloc(2, sizeof(*marks));

	(void)error;
	marks[0] = (struct trial_mark){results->trials[trial - 1].begin_ns, "task_begin"};
	marks[1] = (struct trial_mark){results->trials[trial - 1].end_ns, "task_end"};
	*ret_marks = marks;
	*ret_n = 2;
	return 0;
}

int results_task_cpus(struct results *results, uint64_t trial, char **ret_cpus, struct error *error)
{
	(void)trial;
	(void)error;
	if (!results->task_cpus)
		return 1;
	*ret_cpus = strdup(results->task_cpus);
	return 0;
}

/* The one limit that a made-up run may have. */
char *results_trial_attribute(
	struct results *results, uint64_t trial, const char *place, const char *name)
{
	(void)trial;
	if (place || strcmp(name, "limit_memory_max_bytes") != 0 ||
		!(results->run->memory_max_bytes > 0))
		return NULL;
	return string_format("%.0f", results->run->memory_max_bytes);
}

int results_metric_kind(struct results *results, uint64_t trial, const char *metric,
	enum metric_kind *ret_kind, struct error *error)
{
	const struct fake_backend *backend = fake_backend(results->trials[trial - 1].backend);
	const struct backend *known = backend_find(backend->name);

	(void)error;
	if (!known->headline_metric || strcmp(known->headline_metric, metric) != 0)
		return 1;
	*ret_kind = backend->high_water ? METRIC_HIGH_WATER : METRIC_GAUGE;
	return 0;
}

/* Twenty rows from begin to end: all of it anonymous. */
int results_composition(struct results *results, uint64_t number, size_t max_rows,
	struct results_composition_row **ret_rows, size_t *ret_n, struct error *error)
{
	const struct fake_trial *trial = &results->trials[number - 1];
	const size_t n = 20;
	struct results_composition_row *rows = calloc(n, sizeof(*rows));

	(void)max_rows;
	if (!rows)
		return error_set_errno(error, ENOMEM, "cannot read the composition");
	for (size_t i = 0; i < n; i++) {
		double part = (double)i / (double)(n - 1);

		rows[i].time_ns = trial->begin_ns +
				  (uint64_t)(part * (double)(trial->end_ns - trial->begin_ns));
		rows[i].bytes[COMPOSITION_ANON] =
			(uint64_t)(fake_held(part) * (double)trial->size_bytes);
	}
	*ret_rows = rows;
	*ret_n = n;
	return 0;
}
