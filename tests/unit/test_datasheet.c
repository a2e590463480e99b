/* The data sheet, over runs of a few trials whose values a person worked out. */

#include "runner/datasheet/datasheet.h"
#include "runner/datasheet/judgement.h"
#include "runner/datasheet/traces.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB 1048576.0
#define MS UINT64_C(1000000)
#define BEGIN (1000 * MS)
#define END (1100 * MS)
#define MAX_TRIALS 32
#define MAX_SERIES 12
#define MAX_SAMPLES 8
#define MAX_MARKS 8

/* ---- results of trials that a test makes up: every trial from 1000 ms to 1100 ms */

struct made_series {
	const char *name; /* as results_trace has it */
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

static struct made_trial *add_trial(
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

static void add_mark(struct made_trial *trial, uint64_t at_ms, const char *name)
{
	struct trial_mark *mark = &trial->marks[trial->n_marks++];

	assert_true(trial->n_marks <= MAX_MARKS);
	mark->time_ns = at_ms * MS;
	snprintf(mark->name, sizeof(mark->name), "%s", name);
}

static struct made_series *find_series(struct made_trial *trial, const char *name)
{
	for (size_t i = 0; i < trial->n_series; i++)
		if (strcmp(trial->series[i].name, name) == 0)
			return &trial->series[i];
	return NULL;
}

static struct made_series *say(
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
static void declare(struct made_trial *trial, uint64_t at_ms, double requested, double touched,
	double charged, double unique)
{
	say(trial, "truth/requested", at_ms, requested);
	say(trial, "truth", at_ms, touched);
	say(trial, "truth/charged", at_ms, charged);
	say(trial, "truth/unique", at_ms, unique);
}

/* 64 MiB from 1020 to 1060 ms, in a stage "held" from 1030 to 1050; one "released" from 1070 to 1090. */
static struct made_trial *add_plateau(
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
	/* As when it overtook the one before. */
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

static void add_row(
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

/* The rows of /summary: what the sheet takes of a metric is its trace. */
static void make_rows(struct results *results)
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

int results_open(const char *path, struct results **ret_results, struct error *error)
{
	(void)ret_results;
	return error_set_errno(error, ENOENT, "cannot open %s", path);
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

/* ---- what tests ask of a sheet */

static struct datasheet *make_sheet(struct results *results, bool all_metrics)
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

static const struct reporter *reporter_of(const struct datasheet *sheet, const char *metric)
{
	for (size_t i = 0; i < sheet->n_reporters; i++)
		if (strcmp(sheet->reporters[i].metric, metric) == 0)
			return &sheet->reporters[i];
	fail_msg("there is no %s", metric);
	return NULL;
}

static size_t situation_of(
	const struct datasheet *sheet, const char *phenomenon, const char *moment)
{
	for (size_t i = 0; i < sheet->n_situations; i++)
		if (strcmp(sheet->situations[i].phenomenon, phenomenon) == 0 &&
			strcmp(sheet->situations[i].moment, moment) == 0)
			return i;
	fail_msg("there is no %s of %s", moment, phenomenon);
	return 0;
}

static const struct cell *cell_of(const struct datasheet *sheet, const char *metric,
	const char *phenomenon, const char *moment)
{
	return datasheet_cell(sheet, (size_t)(reporter_of(sheet, metric) - sheet->reporters),
		situation_of(sheet, phenomenon, moment));
}

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)
#define assert_mib(bytes, mib) assert_near((bytes) / MIB, mib)

static void assert_error(const struct cell *cell, double mib, enum datasheet_verdict verdict)
{
	assert_mib(cell->error_bytes.median, mib);
	assert_string_equal(datasheet_verdict_name(cell->verdict), datasheet_verdict_name(verdict));
}

/* ---- the rule */

static void test_judgement__tolerance_has_three_parts(void **state)
{
	(void)state;
	/* 5 % of 100 MiB, two CPUs of 256 KiB, and 128 KiB. */
	assert_mib(judgement_tolerance(100 * MIB, 0.5 * MIB), 5.625);
}

static void test_judgement__a_verdict_for_each_error(void **state)
{
	static const struct {
		double error, truth; /* MiB, where 4 are tolerated */
		enum datasheet_verdict verdict;
	} cases[] = {
		{0, 64, VERDICT_RIGHT},
		{4, 64, VERDICT_RIGHT},
		{-4, 64, VERDICT_RIGHT},
		{4.01, 64, VERDICT_HIGH},
		{448, 64, VERDICT_HIGH},
		{-4.01, 64, VERDICT_LOW},
		{-57.5, 64, VERDICT_LOW},
		{-57.7, 64, VERDICT_BLIND}, /* it shows 6.3, and a tenth is 6.4 */
		{-70, 64, VERDICT_BLIND},
		{-10, 0, VERDICT_LOW}, /* there is nothing to be blind to */
		{10, 0, VERDICT_HIGH},
		{-4.1, 4, VERDICT_LOW},
		{NAN, 64, VERDICT_NONE},
		{0, NAN, VERDICT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_int_equal(
			judgement_of(cases[i].error, cases[i].truth, 4.0), cases[i].verdict);
}

static void test_judgement__is_sure_where_the_whole_interval_says_the_same(void **state)
{
	struct statistics error = {.n = 10, .median = 3.0, .median_ci95 = {2.0, 3.9}};

	(void)state;
	assert_true(judgement_is_sure(&error, 64, 4));
	error.median_ci95.high = 4.1;
	assert_false(judgement_is_sure(&error, 64, 4));
	error.median_ci95 = (struct interval){-5.0, 3.0};
	assert_false(judgement_is_sure(&error, 64, 4));
	/* One trial has no interval. */
	error = (struct statistics){.n = 1, .median = 3.0, .median_ci95 = {3.0, 3.0}};
	assert_false(judgement_is_sure(&error, 64, 4));
}

/* Quartiles 2 and 4: what is above 10 or below -4 is one. */
static void test_judgement__outliers_are_beyond_three_ranges(void **state)
{
	static const double values[] = {-4.1, -4, 2, 3, 4, 10, 10.1};
	const struct statistics statistics = {.n = 7, .quartile_low = 2, .quartile_high = 4};

	(void)state;
	assert_int_equal(judgement_outliers(values, LENGTH(values), &statistics), 2);
}

/* ---- traces */

static struct sample staircase[] = {{10, 100}, {20, 300}, {30, 350}, {40, 50}};
static const struct trace stairs = {.samples = staircase, .n = 4};

static void test_trace__values_at_times(void **state)
{
	double median;

	(void)state;
	assert_true(isnan(trace_at(&stairs, 9)));
	assert_near(trace_at(&stairs, 10), 100);
	assert_near(trace_at(&stairs, 29), 300);
	assert_near(trace_at(&stairs, 1000), 50);
	assert_near(trace_largest(&stairs, 10, 20), 300);
	assert_true(isnan(trace_largest(&stairs, 11, 19)));
	assert_near(trace_last(&stairs, 0, 39), 350);
	assert_true(isnan(trace_last(&stairs, 31, 39)));
	assert_int_equal(trace_median(&stairs, 10, 30, &median), 0);
	assert_near(median, 300);
	assert_near(trace_smallest_rise(&stairs, 0, 100), 50);
	assert_near(trace_smallest_rise(&stairs, 0, 25), 200);
	assert_true(isnan(trace_smallest_rise(&stairs, 30, 100)));
}

/*
 * The truth is 0, then 200 from 15 to 35, then 0. The trace, less its initial 100, is 0 from 10, 200 from 20, 250
 * from 30, -50 from 40 to 50: errors of 0 for 5 ns, -200 for 5, 0 for 10, 50 for 5, 250 for 5 and -50 for 10.
 */
static void test_trace__error_over_time_and_delay(void **state)
{
	struct sample declared[] = {{15, 200}, {35, 0}};
	const struct trace truth = {.samples = declared, .n = 2};

	(void)state;
	assert_near(trace_rmse(&stairs, 100, &truth, 10, 50),
		sqrt((5 * 40000.0 + 5 * 2500.0 + 5 * 62500.0 + 10 * 2500.0) / 40.0));
	assert_near(trace_delay_ns(&stairs, 100, &truth, 10, 50), 5);
	assert_true(isnan(trace_delay_ns(&stairs, 300, &truth, 10, 50)));
	/* It is there before it is declared. */
	declared[0].time_ns = 22;
	assert_near(trace_delay_ns(&stairs, 100, &truth, 10, 50), 0);
}

/* ---- the sheet */

/*
 * Under psutil: 20 MiB before, 84 in the stage, 90 between two of its looks, 21 at the end. It shows 70 at the
 * peak, 64 in the stage "held", 1.5 in "released" and 1 at the end.
 */
static void say_plateau(struct made_trial *trial, const char *metric)
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

static void test_datasheet__a_reporter_is_judged_at_its_peak_in_stages_and_at_the_end(void **state)
{
	struct results results = {0};
	struct datasheet *sheet;

	(void)state;
	add_plateau(&results, "fork_tree", "none", 1);
	say_plateau(add_plateau(&results, "fork_tree", "psutil", 1), "psutil.rss_bytes");
	sheet = make_sheet(&results, false);
	assert_string_equal(sheet->run, "sheet");
	assert_int_equal(sheet->n_reporters, 2);
	assert_string_equal(sheet->reporters[0].backend, "reference");
	assert_string_equal(sheet->reporters[1].backend, "psutil");
	/* peak, held, released, final: no stage is made of task_end. */
	assert_int_equal(sheet->n_situations, 4);
	assert_string_equal(sheet->situations[0].moment, "peak");
	assert_string_equal(sheet->situations[1].moment, "held");
	assert_string_equal(sheet->situations[2].moment, "released");
	assert_string_equal(sheet->situations[3].moment, "final");
	assert_mib(sheet->situations[1].truth_bytes[TRUTH_CHARGED], 64);
	assert_mib(sheet->situations[2].truth_bytes[TRUTH_CHARGED], 0);
	/* 3.2 and 0.25 and 0.125. */
	assert_mib(sheet->situations[2].tolerance_bytes, 3.575);
	assert_error(cell_of(sheet, "psutil.rss_bytes", "fork_tree", "peak"), 6, VERDICT_HIGH);
	assert_error(cell_of(sheet, "psutil.rss_bytes", "fork_tree", "held"), 0, VERDICT_RIGHT);
	assert_error(
		cell_of(sheet, "psutil.rss_bytes", "fork_tree", "released"), 1.5, VERDICT_RIGHT);
	assert_error(cell_of(sheet, "psutil.rss_bytes", "fork_tree", "final"), 1, VERDICT_RIGHT);
	/* The runner's own, in the trial of `none` alone: its peak is the kernel's, and no sample's. */
	assert_error(cell_of(sheet, "reference.current_bytes", "fork_tree", "peak"), 0.25,
		VERDICT_RIGHT);
	assert_int_equal(
		cell_of(sheet, "reference.current_bytes", "fork_tree", "peak")->n_trials, 1);
	assert_int_equal(
		cell_of(sheet, "reference.current_bytes", "fork_tree", "peak")->trials[0], 1);
	assert_error(
		cell_of(sheet, "reference.current_bytes", "fork_tree", "held"), 0, VERDICT_RIGHT);
	assert_null(datasheet_cell(sheet, 2, 0));
	assert_null(datasheet_cell(sheet, 0, 4));
	assert_null(datasheet_cell(NULL, 0, 0));
	datasheet_free(sheet);
}

static void test_datasheet__a_high_water_mark_is_judged_at_the_peak_alone(void **state)
{
	struct results results = {0};
	struct made_trial *trial;
	struct datasheet *sheet;

	(void)state;
	trial = add_plateau(&results, "fork_tree", "resource", 1);
	say(trial, "resource.maxrss_bytes", 999, 20)->high_water = true;
	say(trial, "resource.maxrss_bytes", 1035, 84);
	say(trial, "resource.maxrss_bytes", 1099, 84);
	sheet = make_sheet(&results, false);
	assert_true(reporter_of(sheet, "resource.maxrss_bytes")->high_water);
	assert_error(
		cell_of(sheet, "resource.maxrss_bytes", "fork_tree", "peak"), 0, VERDICT_RIGHT);
	assert_int_equal(cell_of(sheet, "resource.maxrss_bytes", "fork_tree", "held")->verdict,
		VERDICT_NONE);
	assert_int_equal(
		cell_of(sheet, "resource.maxrss_bytes", "fork_tree", "final")->error_bytes.n, 0);
	/* No `none` in the run: the reference is read where there is one. */
	assert_error(cell_of(sheet, "reference.current_bytes", "fork_tree", "peak"), 0.25,
		VERDICT_RIGHT);
	datasheet_free(sheet);
}

/* One number when all is over. An empty task has 10, 12 and 11: the task that held 64 says 75. */
static void test_datasheet__one_number_for_the_whole_life_is_held_against_an_empty_task(
	void **state)
{
	static const double empty[] = {10, 12, 11};
	struct results results = {0};
	struct made_trial *trial;
	struct datasheet *sheet;

	(void)state;
	for (size_t i = 0; i < LENGTH(empty); i++) {
		trial = add_trial(&results, "nothing", "gnu-time", i + 1);
		declare(trial, 1001, 0, 0, 0, 0);
		say(trial, "gnu-time.maxrss_bytes", 1150, empty[i])->high_water = true;
	}
	trial = add_plateau(&results, "exec", "gnu-time", 1);
	say(trial, "gnu-time.maxrss_bytes", 1150, 75)->high_water = true;
	sheet = make_sheet(&results, false);
	assert_error(cell_of(sheet, "gnu-time.maxrss_bytes", "exec", "peak"), 0, VERDICT_RIGHT);
	assert_mib(cell_of(sheet, "gnu-time.maxrss_bytes", "exec", "peak")->value_bytes.median, 64);
	datasheet_free(sheet);
	/* Without it there is nothing to compare with. */
	results.trials[0] = results.trials[3];
	results.n_trials = 1;
	sheet = make_sheet(&results, false);
	assert_int_equal(
		cell_of(sheet, "gnu-time.maxrss_bytes", "exec", "peak")->verdict, VERDICT_NONE);
	datasheet_free(sheet);
}

/* 64 MiB asked for, 0 touched, charged or there. */
static void test_datasheet__each_kind_of_truth_has_its_verdict(void **state)
{
	struct results results = {0};
	struct made_trial *trial = add_trial(&results, "untouched", "psutil", 1);
	const struct reporter *vms, *rss;
	const struct cell *cell;
	struct datasheet *sheet;

	(void)state;
	declare(trial, 1010, 64, 0, 0, 0);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1050, 21);
	say(trial, "psutil.vms_bytes", 999, 100);
	say(trial, "psutil.vms_bytes", 1050, 164);
	say(trial, "psutils.used_bytes", 1050, 7); /* the task's own: no reporter */
	trial = add_trial(&results, "exec", "psutil", 1);
	declare(trial, 1010, 32, 64, 0, 64);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1050, 85);
	sheet = make_sheet(&results, true);
	assert_int_equal(sheet->n_reporters, 3);
	/* In the order of the experiment. */
	assert_string_equal(sheet->situations[0].phenomenon, "untouched");
	cell = cell_of(sheet, "psutil.vms_bytes", "untouched", "peak");
	assert_error(cell, 64, VERDICT_HIGH);
	assert_int_equal(cell->against[TRUTH_REQUESTED], VERDICT_RIGHT);
	assert_int_equal(cell->against[TRUTH_TOUCHED], VERDICT_HIGH);
	vms = reporter_of(sheet, "psutil.vms_bytes");
	assert_false(vms->headline);
	assert_int_equal(vms->counts, TRUTH_REQUESTED);
	assert_int_equal(vms->n_counts_right, 1);
	assert_int_equal(vms->n_counts_judged, 1);
	/* It shows something in `exec` alone: 65, where 64 are touched and there. */
	rss = reporter_of(sheet, "psutil.rss_bytes");
	assert_true(rss->headline);
	assert_int_equal(rss->counts, TRUTH_TOUCHED);
	assert_int_equal(rss->n_counts_right, 1);
	assert_int_equal(rss->n_counts_judged, 1);
	datasheet_free(sheet);
}

/* What is charged for a file and not touched: who shows what is mapped tells by its silence, who does not does
 * not. */
static void test_datasheet__silence_tells_what_is_counted(void **state)
{
	struct results results = {0};
	struct made_trial *trial = add_trial(&results, "ramp", "psutil", 1);
	const struct reporter *reporter;
	struct datasheet *sheet;

	(void)state;
	declare(trial, 1010, 64, 64, 64, 64);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1050, 84);
	say(trial, "psutil.uss_bytes", 999, 20);
	say(trial, "psutil.uss_bytes", 1050, 20);
	trial = add_trial(&results, "page_cache", "psutil", 1);
	declare(trial, 1010, 0, 0, 64, 64);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1050, 20);
	say(trial, "psutil.uss_bytes", 999, 20);
	say(trial, "psutil.uss_bytes", 1050, 20);
	sheet = make_sheet(&results, true);
	reporter = reporter_of(sheet, "psutil.rss_bytes");
	assert_int_not_equal(reporter->counts, TRUTH_CHARGED);
	assert_int_not_equal(reporter->counts, TRUTH_UNIQUE);
	assert_int_equal(reporter->n_counts_right, 2);
	assert_int_equal(reporter->n_counts_judged, 2);
	reporter = reporter_of(sheet, "psutil.uss_bytes");
	assert_int_equal(reporter->n_counts_judged, 0);
	datasheet_free(sheet);
}

static void test_datasheet__trials_that_did_not_end_well_are_left_out_and_counted(void **state)
{
	/* Errors of -64 to -60, and one of 36, which is far off and counts all the same. */
	static const double shown[] = {0, 1, 2, 3, 4, 100};
	struct results results = {0};
	const struct cell *cell;
	struct datasheet *sheet;

	(void)state;
	for (size_t i = 0; i < LENGTH(shown); i++) {
		struct made_trial *trial = add_plateau(&results, "fork_tree", "psutil", i + 1);

		say(trial, "psutil.rss_bytes", 999, 20);
		say(trial, "psutil.rss_bytes", 1040, 20 + shown[i]);
	}
	add_plateau(&results, "fork_tree", "psutil", 7)->status = "oom";
	sheet = make_sheet(&results, false);
	assert_int_equal(sheet->n_trials_ok, 6);
	assert_int_equal(sheet->n_trials_left_out, 1);
	assert_int_equal(sheet->repetitions, 6);
	cell = cell_of(sheet, "psutil.rss_bytes", "fork_tree", "held");
	assert_error(cell, -61.5, VERDICT_BLIND);
	assert_int_equal(cell->n_trials, 6);
	assert_int_equal(cell->trials[5], 6);
	assert_int_equal(cell->n_outliers, 1);
	assert_mib(cell->error_bytes.maximum, 36);
	datasheet_free(sheet);
}

/* psutil sees its own process, children not at all; of 8 sharers it adds up 512 MiB. */
static void test_datasheet__answers(void **state)
{
	struct results results = {0};
	const struct reporter *psutil;
	struct made_trial *trial;
	struct datasheet *sheet;

	(void)state;
	trial = add_plateau(&results, "fork_tree", "psutil", 1);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1040, 20);
	trial = add_plateau(&results, "native_malloc", "psutil", 1);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1040, 84);
	trial = add_plateau(&results, "shared", "psutil", 1);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1040, 532);
	/* Steps of 2 MiB and of 1, and what falls is none. */
	trial = add_plateau(&results, "page_steps", "psutil", 1);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1020, 82);
	say(trial, "psutil.rss_bytes", 1030, 84);
	say(trial, "psutil.rss_bytes", 1035, 83);
	say(trial, "psutil.rss_bytes", 1040, 84);
	sheet = make_sheet(&results, false);
	psutil = reporter_of(sheet, "psutil.rss_bytes");
	assert_int_equal(psutil->children, ANSWER_NO);
	assert_int_equal(psutil->native, ANSWER_YES);
	assert_int_equal(psutil->page_cache, ANSWER_UNKNOWN);
	assert_near(psutil->shared_times, 8);
	assert_mib(psutil->resolution_bytes, 1);
	assert_true(isnan(psutil->shortest_spike_ns));
	/* Its own row has 10.25 and less before, and 64 between. */
	assert_int_equal(sheet->reporters[0].children, ANSWER_YES);
	datasheet_free(sheet);
}

/* Shown: 100 ms in all trials, 20 ms in two of three, 10 ms in all, which was luck. */
static void test_datasheet__the_shortest_spike_is_that_above_all_that_were_missed(void **state)
{
	static const struct {
		const char *phenomenon;
		double shown[3];
	} spikes[] = {{"spike_10ms", {64, 64, 64}}, {"spike_20ms", {64, 30, 64}},
		{"spike_100ms", {64, 61, 62}}};
	struct results results = {0};
	struct datasheet *sheet;

	(void)state;
	for (size_t i = 0; i < LENGTH(spikes); i++) {
		for (size_t j = 0; j < 3; j++) {
			struct made_trial *trial =
				add_plateau(&results, spikes[i].phenomenon, "mprof", j + 1);

			say(trial, "mprof.rss_bytes", 999, 20);
			say(trial, "mprof.rss_bytes", 1040, 20 + spikes[i].shown[j]);
		}
	}
	sheet = make_sheet(&results, false);
	assert_near(reporter_of(sheet, "mprof.rss_bytes")->shortest_spike_ns, 100e6);
	/* The reference has 64.25 in each. */
	assert_near(sheet->reporters[0].shortest_spike_ns, 10e6);
	datasheet_free(sheet);
}

/*
 * Against `none` of the same repetition, in two phenomena: wall 100 ms, then 10 and 12 (psutil) and 160 and 140;
 * initial values higher by 4 and 2, and 3 and 3; rises of 64.25, then the same in the first, 2 and 3 MiB more in
 * the second.
 */
static void test_datasheet__costs_are_paired_with_none(void **state)
{
	static const struct {
		const char *phenomenon;
		uint64_t repetition;
		double wall_ms, initial, rise;
	} trials[] = {
		{"fork_tree", 1, 10, 14, 64.25},
		{"fork_tree", 2, 12, 12, 64.25},
		{"exec", 1, 160, 13, 66.25},
		{"exec", 2, 140, 13, 67.25},
	};
	struct results results = {0};
	const struct reporter *psutil;
	struct datasheet *sheet;

	(void)state;
	for (size_t i = 0; i < LENGTH(trials); i++) {
		struct made_trial *trial;

		add_plateau(&results, trials[i].phenomenon, "none", trials[i].repetition);
		trial = add_plateau(&results, trials[i].phenomenon, "psutil", trials[i].repetition);
		trial->wall_ms = trials[i].wall_ms;
		trial->reference[0] = trials[i].initial;
		trial->reference[1] = trials[i].initial + trials[i].rise;
		say_plateau(trial, "psutil.rss_bytes");
		say(trial, "psutil.reading_ns", 1101, 5e3 / MIB);
		say(trial, "psutil.reading_ns", 1102, 7e3 / MIB);
		say(trial, "psutil.reading_ns", 1103, 99e3 / MIB);
	}
	/* Its block has no `none`: it counts in the cells, and in no ratio. */
	say_plateau(add_plateau(&results, "exec", "psutil", 3), "psutil.rss_bytes");
	sheet = make_sheet(&results, false);
	psutil = reporter_of(sheet, "psutil.rss_bytes");
	assert_int_equal(psutil->slowdown.n, 4);
	assert_near(psutil->slowdown.median, 0.76);
	assert_near(psutil->slowdown_most.median, 1.5);
	assert_string_equal(psutil->slowdown_in, "exec");
	assert_mib(psutil->added_bytes.median, 3);
	assert_mib(psutil->disturbs_bytes.median, 2.5);
	assert_string_equal(psutil->disturbs_in, "exec");
	assert_int_equal(psutil->disturbs, ANSWER_YES);
	assert_near(psutil->reading_ns.median, 7e3);
	assert_int_equal(psutil->reading_ns.n, 4);
	assert_int_equal(sheet->reporters[0].slowdown.n, 0);
	assert_int_equal(sheet->reporters[0].reading_ns.n, 0);
	assert_int_equal(sheet->reporters[0].disturbs, ANSWER_UNKNOWN);
	datasheet_free(sheet);
	/* One pair alone is far off, and tells nothing. */
	results.trials[0] = results.trials[4];
	results.trials[1] = results.trials[5];
	results.n_trials = 2;
	sheet = make_sheet(&results, false);
	assert_mib(reporter_of(sheet, "psutil.rss_bytes")->disturbs_bytes.median, 2);
	assert_int_equal(reporter_of(sheet, "psutil.rss_bytes")->disturbs, ANSWER_UNKNOWN);
	datasheet_free(sheet);
}

/* The step of 64 MiB at 1020 ms shows at 1025, and what falls at 1060 at 1080. */
static void test_datasheet__a_trace_is_measured_in_ramp(void **state)
{
	struct results results = {0};
	const struct reporter *psutil;
	struct datasheet *sheet;

	(void)state;
	say_plateau(add_plateau(&results, "ramp", "psutil", 1), "psutil.rss_bytes");
	sheet = make_sheet(&results, false);
	psutil = reporter_of(sheet, "psutil.rss_bytes");
	assert_near(psutil->delay_ns.median, 5e6);
	/* -64 for 5 ms, 6 for 10, -1 for 5, 0 for 5, 2 for 15, 66 for 20, 1.5 for 19, 1 for 1: of 100 ms. */
	assert_mib(psutil->rmse_bytes.median,
		sqrt((5 * 4096.0 + 10 * 36.0 + 5 * 1.0 + 15 * 4.0 + 20 * 4356.0 + 19 * 2.25 + 1.0) /
			100.0));
	datasheet_free(sheet);
}

static void assert_no_sheet(struct results *results, const char *part)
{
	const struct datasheet_options options = {.kind = TRUTH_CHARGED};
	struct datasheet *sheet = NULL;
	struct error error = ERROR_INIT;

	make_rows(results);
	assert_int_equal(datasheet_make(results, &options, &sheet, &error), -ENODATA);
	assert_non_null(strstr(error.text, part));
	assert_null(sheet);
}

static void test_datasheet__says_why_there_is_none(void **state)
{
	struct results results = {0};

	(void)state;
	snprintf(add_trial(&results, "", "none", 1)->parameters, 32, "{\"size_mib\": 64}");
	assert_no_sheet(&results, "its task has no parameter \"phenomenon\"");
	add_trial(&results, "ramp", "none", 1);
	assert_no_sheet(&results, "none of its trials ended well and declared what it held");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judgement__tolerance_has_three_parts),
		cmocka_unit_test(test_judgement__a_verdict_for_each_error),
		cmocka_unit_test(test_judgement__is_sure_where_the_whole_interval_says_the_same),
		cmocka_unit_test(test_judgement__outliers_are_beyond_three_ranges),
		cmocka_unit_test(test_trace__values_at_times),
		cmocka_unit_test(test_trace__error_over_time_and_delay),
		cmocka_unit_test(
			test_datasheet__a_reporter_is_judged_at_its_peak_in_stages_and_at_the_end),
		cmocka_unit_test(test_datasheet__a_high_water_mark_is_judged_at_the_peak_alone),
		cmocka_unit_test(
			test_datasheet__one_number_for_the_whole_life_is_held_against_an_empty_task),
		cmocka_unit_test(test_datasheet__each_kind_of_truth_has_its_verdict),
		cmocka_unit_test(test_datasheet__silence_tells_what_is_counted),
		cmocka_unit_test(
			test_datasheet__trials_that_did_not_end_well_are_left_out_and_counted),
		cmocka_unit_test(test_datasheet__answers),
		cmocka_unit_test(
			test_datasheet__the_shortest_spike_is_that_above_all_that_were_missed),
		cmocka_unit_test(test_datasheet__costs_are_paired_with_none),
		cmocka_unit_test(test_datasheet__a_trace_is_measured_in_ramp),
		cmocka_unit_test(test_datasheet__says_why_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
