/* Comparisons of runs whose values are given: the numbers, the verdicts, and what each output says of them. */

#include "runner/compare/compare.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB 1048576.0
#define KIB 1024.0

/* Two CPUs: 512 KiB may be charged in advance. */
#define CHARGED (512.0 * KIB)

/* One group of trials: peaks in MiB; the unreclaimable part is 8 MiB less, read 1 MiB below the peak; 0 ends them. */
struct cell {
	const char *task;
	const char *parameters;
	const char *backend;
	double peaks[12];
	const char *
		flags; /* of each trial: 'f' failed, 'l' met its limit, 's' was sampled; NULL: none */
	double wall_ms[12];
};

static json_t *trial_text(const struct cell *cell, size_t i)
{
	const char flag = cell->flags && i < strlen(cell->flags) ? cell->flags[i] : '-';
	const double wall = cell->wall_ms[i] > 0 ? cell->wall_ms[i] : 100.0;

	return json_pack("[i, b, b, b, f, f, f, f]", (int)i + 1, flag != 'f', flag == 'l',
		flag == 's', cell->peaks[i] * MIB, (cell->peaks[i] - 8.0) * MIB, wall * 1e6, MIB);
}

static struct compare_run *run_of(
	const char *path, const char *kernel, const struct cell *cells, size_t n)
{
	CLEANUP(cleanup_json)
	json_t *json = json_pack("{s:s, s:s, s:[[s, s], [s, s]], s:[]}", "name", "sweep", "created",
		"2026-11-22T17:53:21Z", "facts", "kernel", kernel, "image", "host", "cells");
	CLEANUP(cleanup_free) char *text = NULL;
	struct error error = ERROR_INIT;
	struct compare_run *run = NULL;

	for (size_t i = 0; i < n; i++) {
		json_t *trials = json_array();

		for (size_t j = 0; j < 12 && cells[i].peaks[j] > 0; j++)
			json_array_append_new(trials, trial_text(&cells[i], j));
		json_array_append_new(json_object_get(json, "cells"),
			json_pack("{s:s, s:s, s:s, s:f, s:o}", "task", cells[i].task, "parameters",
				cells[i].parameters, "backend", cells[i].backend, "charged_bytes",
				CHARGED, "trials", trials));
	}
	text = json_dumps(json, 0);
	if (compare_run_parse(text, strlen(text), path, &run, &error) < 0)
		fail_msg("%s", error.text);
	return run;
}

static struct compare *make(const struct compare_run *base, const struct compare_run *new,
	struct compare_options options)
{
	struct error error = ERROR_INIT;
	struct compare *compare = NULL;

	if (options.max_increase == 0)
		options.max_increase = COMPARE_DEFAULT_INCREASE;
	if (compare_make(base, new, &options, &compare, &error) < 0)
		fail_msg("%s", error.text);
	return compare;
}

/* Of one point in two runs: the result of its peak. */
static struct compare_result peak_of(
	const struct cell *base, const struct cell *new, double max_increase)
{
	struct compare_run *a = run_of("output/a", "6.1", base, 1);
	struct compare_run *b = run_of("output/b", "6.1", new, 1);
	struct compare *compare =
		make(a, b, (struct compare_options){.max_increase = max_increase});
	const struct compare_result result = compare->pairs[0].results[COMPARE_PEAK];

	assert_int_equal(compare->n_pairs, 1);
	assert_int_equal(compare->verdicts[COMPARE_PEAK], result.verdict);
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
	return result;
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

static const struct cell of_256 = {
	.task = "task", .parameters = "{}", .backend = "none", .peaks = {256, 256, 256, 256, 256}};

/* ---- numbers and verdicts */

/* All equal: what remains is the resolution, 0.5 MiB of 256, by hand. */
static void test_compare__equal_peaks_differ_by_no_more_than_the_resolution(void **state)
{
	const struct compare_result result = peak_of(&of_256, &of_256, 0.02);

	(void)state;
	assert_near(result.ratio, 1.0);
	assert_near(result.interval.low, 255.5 / 256);
	assert_near(result.interval.high, 256 / 255.5);
	assert_near(result.least_change, 256 / 255.5 - 1.0);
	assert_near(result.resolution, CHARGED);
	assert_near(result.base_median, 256 * MIB);
	assert_near(result.n_for, 5.0);
	assert_int_equal(result.change, COMPARE_NONE_FOUND);
	assert_int_equal(result.verdict, COMPARE_WITHIN);
	assert_int_equal(result.doubt, COMPARE_NO_DOUBT);
}

/* The extremes of five values each: (259 - 0.5) / 257 and 261 / (255 - 0.5). */
static void test_compare__finds_one_per_cent_in_five_repetitions(void **state)
{
	static const struct cell base = {.task = "task",
		.parameters = "{}",
		.backend = "none",
		.peaks = {255, 256, 256, 256, 257}};
	static const struct cell new = {.task = "task",
		.parameters = "{}",
		.backend = "none",
		.peaks = {259, 260, 260, 260, 261}};
	struct compare_result result = peak_of(&base, &new, 0.02);

	(void)state;
	assert_near(result.ratio, 260.0 / 256);
	assert_near(result.interval.low, 258.5 / 257);
	assert_near(result.interval.high, 261 / 254.5);
	assert_int_equal(result.change, COMPARE_LARGER);
	/* 1.0255 is above the margin, which is above 1.0058. */
	assert_int_equal(result.verdict, COMPARE_UNDECIDED);
	assert_int_equal(result.doubt, COMPARE_SPREAD);
	result = peak_of(&base, &new, 0.005);
	assert_int_equal(result.verdict, COMPARE_WORSE);
	assert_near(result.p_worse, 1.0 / 252);
	result = peak_of(&base, &new, 0.03);
	assert_int_equal(result.verdict, COMPARE_WITHIN);
	/* The other way round it is smaller, which is within any margin. */
	result = peak_of(&new, &base, 0.001);
	assert_int_equal(result.change, COMPARE_SMALLER);
	assert_int_equal(result.verdict, COMPARE_WITHIN);
}

/* One wild value of page cache among five makes the interval as wide as it is. */
static void test_compare__a_heavy_tail_is_undecided_and_never_the_same(void **state)
{
	static const struct cell tail = {.task = "task",
		.parameters = "{}",
		.backend = "none",
		.peaks = {256, 256, 256, 256, 320}};
	struct compare_result result = peak_of(&of_256, &tail, 0.02);

	(void)state;
	assert_int_equal(result.change, COMPARE_NONE_FOUND);
	assert_int_equal(result.verdict, COMPARE_UNDECIDED);
	assert_int_equal(result.doubt, COMPARE_SPREAD);
	assert_near(result.interval.high, 320 / 255.5);
	result = peak_of(&tail, &of_256, 0.02);
	assert_int_equal(result.change, COMPARE_NONE_FOUND);
}

static void assert_too_few(size_t n_base, size_t n_new)
{
	struct cell base = of_256, new = of_256;
	struct compare_result result;

	for (size_t i = 0; i < 12; i++) {
		base.peaks[i] = i < n_base ? 100 : 0;
		new.peaks[i] = i < n_new ? 1000 : 0;
	}
	result = peak_of(&base, &new, 0.02);
	assert_near(result.ratio, 10.0);
	assert_true(isnan(result.interval.low) && isnan(result.least_change));
	assert_int_equal(result.change, COMPARE_NONE_FOUND);
	assert_int_equal(result.verdict, COMPARE_UNDECIDED);
	assert_int_equal(result.doubt, COMPARE_TOO_FEW);
	assert_near(result.n_for, 5.0);
}

/* Ten times as much proves nothing in one trial. */
static void test_compare__few_repetitions_are_undecided(void **state)
{
	(void)state;
	assert_too_few(1, 1);
	assert_too_few(2, 2);
	assert_too_few(3, 3);
	assert_too_few(4, 4);
	assert_too_few(4, 5);
	assert_too_few(1, 12);
}

/* 16 MiB on two CPUs: 0.5 MiB are 3 %. No number of repetitions sees 2 %. */
static void test_compare__a_margin_below_the_resolution_is_undecided(void **state)
{
	static const struct cell small = {.task = "task",
		.parameters = "{}",
		.backend = "none",
		.peaks = {16, 16, 16, 16, 16}};
	const struct compare_result result = peak_of(&small, &small, 0.02);

	(void)state;
	assert_int_equal(result.verdict, COMPARE_UNDECIDED);
	assert_int_equal(result.doubt, COMPARE_RESOLUTION);
	assert_true(isnan(result.n_for));
	assert_int_equal(peak_of(&small, &small, 0.04).verdict, COMPARE_WITHIN);
}

static void test_compare__what_was_cut_is_not_within(void **state)
{
	static const struct cell failed = {
		"task", "{}", "none", {256, 256, 256, 256, 256, 256}, .flags = "f"};
	static const struct cell limited = {
		"task", "{}", "none", {256, 256, 256, 256, 256}, .flags = "---l"};
	static const struct cell sampled = {.task = "task",
		.parameters = "{}",
		.backend = "none",
		.peaks = {256, 256, 256, 256, 256},
		.flags = "s"};
	static const struct cell larger = {
		"task", "{}", "none", {300, 300, 300, 300, 300, 300}, .flags = "f"};
	struct compare_result result = peak_of(&of_256, &failed, 0.02);

	(void)state;
	assert_int_equal(result.doubt, COMPARE_NOT_OK);
	assert_int_equal(result.verdict, COMPARE_UNDECIDED);
	assert_int_equal(result.n_new, 5);
	assert_int_equal(peak_of(&of_256, &limited, 0.02).doubt, COMPARE_LIMITED);
	assert_int_equal(peak_of(&of_256, &sampled, 0.02).doubt, COMPARE_SAMPLED);
	/* What grew has grown, whatever the others did; but not over a base that was cut. */
	assert_int_equal(peak_of(&of_256, &larger, 0.02).verdict, COMPARE_WORSE);
	assert_int_equal(peak_of(&limited, &larger, 0.02).verdict, COMPARE_UNDECIDED);
	assert_int_equal(peak_of(&limited, &larger, 0.02).doubt, COMPARE_LIMITED);
	assert_int_equal(peak_of(&failed, &larger, 0.02).verdict, COMPARE_UNDECIDED);
	assert_int_equal(peak_of(&failed, &larger, 0.02).doubt, COMPARE_NOT_OK);
}

static void test_compare__the_unreclaimable_part_has_the_lag_of_its_reading(void **state)
{
	struct compare_run *run = run_of("output/a", "6.1", &of_256, 1);
	struct compare *compare = make(run, run, (struct compare_options){.by = NULL});
	const struct compare_result *result = &compare->pairs[0].results[COMPARE_UNRECLAIMABLE];

	(void)state;
	/* 248 MiB, and at most three batches of 0.5 MiB and the 1 MiB since its reading more. */
	assert_near(result->new_median, 248 * MIB);
	assert_near(result->resolution, 2.5 * MIB);
	assert_near(result->interval.low, 248 / 250.5);
	assert_near(result->interval.high, 250.5 / 248);
	assert_int_equal(result->verdict, COMPARE_WITHIN);
	/* Times of two runs are never decided. */
	assert_int_equal(compare->pairs[0].results[COMPARE_WALL].change, COMPARE_NOT_TESTED);
	assert_int_equal(compare->pairs[0].results[COMPARE_WALL].verdict, COMPARE_UNDECIDED);
	assert_int_equal(compare->pairs[0].results[COMPARE_WALL].doubt, COMPARE_APART);
	compare_free(compare);
	compare_run_free(run);
}

/* ---- several points */

/* Of `n` points with five trials each the first `n_larger` grew to 300 MiB. */
static enum compare_verdict verdict_of_points(size_t n, size_t n_larger, size_t *ret_n_chance)
{
	struct cell *cells = calloc(2 * n, sizeof(*cells));
	char(*parameters)[32] = calloc(n, sizeof(*parameters));
	enum compare_verdict verdict;
	struct compare_run *a, *b;
	struct compare *compare;

	for (size_t i = 0; i < n; i++) {
		snprintf(parameters[i], sizeof(parameters[i]), "{\"n\":%zu}", i);
		cells[i] = of_256;
		cells[i].parameters = parameters[i];
		cells[n + i] = cells[i];
		for (size_t j = 0; j < 5 && i < n_larger; j++)
			cells[n + i].peaks[j] = 300;
	}
	a = run_of("output/a", "6.1", cells, n);
	b = run_of("output/b", "6.1", cells + n, n);
	compare = make(a, b, (struct compare_options){.by = NULL});
	verdict = compare->verdicts[COMPARE_PEAK];
	*ret_n_chance = 0;
	for (size_t i = 0; i < n; i++)
		*ret_n_chance += compare->pairs[i].results[COMPARE_PEAK].doubt == COMPARE_CHANCE;
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
	free(cells);
	free(parameters);
	return verdict;
}

/*
 * 1 / 252 is at most i / K of 1 %, by hand: 0.397 % of 1 % takes one of two points, two of five, four of ten.
 */
static void test_compare__many_points_take_more_evidence(void **state)
{
	size_t n_chance;

	(void)state;
	assert_int_equal(verdict_of_points(1, 1, &n_chance), COMPARE_WORSE);
	assert_int_equal(verdict_of_points(2, 1, &n_chance), COMPARE_WORSE);
	assert_int_equal(verdict_of_points(3, 1, &n_chance), COMPARE_UNDECIDED);
	assert_int_equal(n_chance, 1);
	assert_int_equal(verdict_of_points(5, 2, &n_chance), COMPARE_WORSE);
	assert_int_equal(verdict_of_points(10, 3, &n_chance), COMPARE_UNDECIDED);
	assert_int_equal(n_chance, 3);
	assert_int_equal(verdict_of_points(10, 4, &n_chance), COMPARE_WORSE);
	assert_int_equal(n_chance, 0);
	assert_int_equal(verdict_of_points(10, 0, &n_chance), COMPARE_WITHIN);
}

static void test_compare__points_that_one_run_has_are_listed(void **state)
{
	static const struct cell base[] = {
		{.task = "task",
			.parameters = "{\"n\":1}",
			.backend = "none",
			.peaks = {64, 64, 64, 64, 64}},
		{.task = "task",
			.parameters = "{\"n\":2}",
			.backend = "none",
			.peaks = {64, 64, 64, 64, 64}},
	};
	static const struct cell new[] = {
		{.task = "task",
			.parameters = "{\"n\":2}",
			.backend = "none",
			.peaks = {64, 64, 64, 64, 64}},
		{.task = "task",
			.parameters = "{\"n\":2}",
			.backend = "psutil",
			.peaks = {64, 64, 64, 64, 64}},
	};
	struct compare_run *a = run_of("output/a", "6.1", base, 2);
	struct compare_run *b = run_of("output/b", "6.1", new, 2);
	struct compare *compare = make(a, b, (struct compare_options){.by = NULL});

	(void)state;
	assert_int_equal(compare->n_pairs, 1);
	assert_string_equal(compare->only_base[0], "n=1");
	assert_null(compare->only_base[1]);
	assert_string_equal(compare->only_new[0], "n=2, psutil");
	assert_null(compare->only_new[1]);
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

static void test_compare__runs_without_a_common_point_are_refused(void **state)
{
	static const struct cell other = {
		.task = "task", .parameters = "{\"n\":1}", .backend = "none", .peaks = {256}};
	static const struct compare_options options = {.max_increase = 0.02};
	struct compare_run *a = run_of("output/a", "6.1", &of_256, 1);
	struct compare_run *b = run_of("output/b", "6.1", &other, 1);
	struct error error = ERROR_INIT;
	struct compare *compare = NULL;

	(void)state;
	assert_int_equal(compare_make(a, b, &options, &compare, &error), -ENODATA);
	assert_string_equal(error.text,
		"output/a and output/b have no point in common: their tasks, parameters or "
		"backends differ");
	assert_null(compare);
	compare_run_free(a);
	compare_run_free(b);
}

static void test_compare__one_task_each_is_compared_whatever_its_words(void **state)
{
	static const struct cell other = {.task = "./new",
		.parameters = "{}",
		.backend = "none",
		.peaks = {256, 256, 256, 256, 256}};

	(void)state;
	assert_int_equal(peak_of(&of_256, &other, 0.02).verdict, COMPARE_WITHIN);
}

static void test_compare__what_differs_is_found(void **state)
{
	struct compare_run *a = run_of("output/a", "6.1", &of_256, 1);
	struct compare_run *b = run_of("output/b", "6.12", &of_256, 1);
	struct compare *compare = make(a, b, (struct compare_options){.by = NULL});

	(void)state;
	assert_int_equal(compare->n_differences, 1);
	assert_string_equal(compare->differences[0].name, "kernel");
	assert_string_equal(compare->differences[0].base, "6.1");
	assert_string_equal(compare->differences[0].new, "6.12");
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

/* ---- within a run */

/* Eight blocks, of which each is twice as long as that before it: paired, they are the same but for 10 %. */
static void test_compare__within_a_run_blocks_are_paired(void **state)
{
	static const struct cell cells[] = {
		{.task = "task",
			.parameters = "{\"mode\":\"slow\",\"n\":1}",
			.backend = "none",
			.peaks = {256, 256, 256, 256, 256, 256, 256, 256},
			.wall_ms = {1, 2, 4, 8, 16, 32, 64, 128}},
		{.task = "task",
			.parameters = "{\"mode\":\"fast\",\"n\":1}",
			.backend = "none",
			.peaks = {256, 256, 256, 256, 256, 256, 256, 256},
			.wall_ms = {1.1, 2.2, 4.4, 8.8, 17.6, 35.2, 70.4, 140.8}},
	};
	struct compare_run *run = run_of("output/a", "6.1", cells, 2);
	struct compare *compare =
		make(run, run, (struct compare_options){.by = "mode", .metric = COMPARE_WALL});
	const struct compare_result *wall = &compare->pairs[0].results[COMPARE_WALL];

	(void)state;
	assert_int_equal(compare->n_pairs, 1);
	assert_string_equal(compare->pairs[0].title, "n=1, mode=fast");
	assert_true(wall->paired);
	assert_near(wall->ratio, 1.1);
	assert_near(wall->interval.low, 1.1);
	assert_near(wall->p_worse, 1.0 / 256);
	assert_int_equal(wall->verdict, COMPARE_WORSE);
	assert_int_equal(compare->pairs[0].results[COMPARE_PEAK].verdict, COMPARE_WITHIN);
	compare_free(compare);
	compare_run_free(run);
}

/* Fewer than eight pairs cannot reach 99 %: unpaired, five can. */
static void test_compare__few_pairs_are_compared_unpaired(void **state)
{
	static const struct cell cells[] = {
		{.task = "task",
			.parameters = "{}",
			.backend = "none",
			.peaks = {100, 100, 100, 100, 100}},
		{.task = "task",
			.parameters = "{}",
			.backend = "psutil",
			.peaks = {120, 120, 120, 120, 120}},
	};
	struct compare_run *run = run_of("output/a", "6.1", cells, 2);
	struct compare *compare = make(run, run, (struct compare_options){.by = "backend"});

	(void)state;
	assert_string_equal(compare->pairs[0].title, "psutil");
	assert_false(compare->pairs[0].results[COMPARE_PEAK].paired);
	assert_int_equal(compare->pairs[0].results[COMPARE_PEAK].verdict, COMPARE_WORSE);
	assert_int_equal(compare->pairs[0].results[COMPARE_WALL].change, COMPARE_NONE_FOUND);
	compare_free(compare);
	compare_run_free(run);
}

/* Each value of the sweep with its first, at the same other values; and tasks likewise. */
static void test_compare__by_a_parameter_or_a_task(void **state)
{
	static const struct cell cells[] = {
		{.task = "a", .parameters = "{\"n\":1,\"m\":1}", .backend = "none", .peaks = {100}},
		{.task = "b", .parameters = "{\"n\":1,\"m\":1}", .backend = "none", .peaks = {100}},
		{.task = "a", .parameters = "{\"n\":1,\"m\":2}", .backend = "none", .peaks = {100}},
		{.task = "a", .parameters = "{\"n\":2,\"m\":1}", .backend = "none", .peaks = {200}},
		{.task = "a", .parameters = "{\"n\":3,\"m\":1}", .backend = "none", .peaks = {300}},
	};
	struct compare_run *run = run_of("output/a", "6.1", cells, LENGTH(cells));
	struct compare *compare = make(run, run, (struct compare_options){.by = "n"});
	struct error error = ERROR_INIT;
	struct compare *none = NULL;

	(void)state;
	assert_int_equal(compare->n_pairs, 2);
	assert_string_equal(compare->pairs[0].title, "a, m=1, n=2");
	assert_near(compare->pairs[0].results[COMPARE_PEAK].ratio, 2.0);
	assert_string_equal(compare->pairs[1].title, "a, m=1, n=3");
	assert_near(compare->pairs[1].results[COMPARE_PEAK].ratio, 3.0);
	compare_free(compare);
	compare = make(run, run, (struct compare_options){.by = "task"});
	assert_int_equal(compare->n_pairs, 1);
	assert_string_equal(compare->pairs[0].title, "n=1 m=1, b");
	compare_free(compare);
	assert_int_equal(
		compare_make(run, run, &(struct compare_options){.by = "edge"}, &none, &error),
		-EINVAL);
	assert_string_equal(error.text,
		"output/a has nothing to compare by edge: expected backend, task or a parameter, "
		"with several values");
	compare_run_free(run);
}

/* ---- untrusted text */

static void test_compare_run_parse__refuses_anything_else(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"name\":1}",
		"{\"name\":\"a\",\"created\":\"b\"}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":{},\"cells\":[]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[[\"k\"]],\"cells\":[]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[],\"cells\":[{}]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[],\"cells\":[{\"task\":\"t\","
		"\"parameters\":\"[]\",\"backend\":\"n\",\"charged_bytes\":1,\"trials\":[]}]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[],\"cells\":[{\"task\":\"t\","
		"\"parameters\":\"{}\",\"backend\":\"n\",\"charged_bytes\":-1,\"trials\":[]}]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[],\"cells\":[{\"task\":\"t\","
		"\"parameters\":\"{}\",\"backend\":\"n\",\"charged_bytes\":1,\"trials\":[[1]]}]}",
		"{\"name\":\"a\",\"created\":\"b\",\"facts\":[],\"cells\":[{\"task\":\"t\","
		"\"parameters\":\"{}\",\"backend\":\"n\",\"charged_bytes\":1,\"trials\":[[-1,true,"
		"false,false,1,1,1,1]]}]}"};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct error error = ERROR_INIT;
		struct compare_run *run = NULL;

		assert_int_equal(
			compare_run_parse(texts[i], strlen(texts[i]), "output/a", &run, &error),
			-EBADMSG);
		assert_string_equal(error.text, "what was read of output/a is malformed");
		assert_null(run);
	}
}

/* ---- output */

static char *text_of(const struct compare *compare, int (*print)(const struct compare *, FILE *))
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(print(compare, stream), 0);
	fclose(stream);
	return text;
}

static int print_text(const struct compare *compare, FILE *stream)
{
	return compare_print(compare, 0, false, stream);
}

static int print_markdown(const struct compare *compare, FILE *stream)
{
	compare_markdown(compare, stream);
	return 0;
}

static int print_junit(const struct compare *compare, FILE *stream)
{
	compare_junit(compare, stream);
	return 0;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s\nhas no \"%s\"", text, part);
}

/* A point that is worse, one that is within and one that has too few trials. */
static struct compare *three_points(struct compare_run **ret_base, struct compare_run **ret_new)
{
	static const struct cell base[] = {
		{.task = "a|<b>",
			.parameters = "{\"n\":1}",
			.backend = "none",
			.peaks = {256, 256, 256, 256, 256, 256, 256}},
		{.task = "a|<b>",
			.parameters = "{\"n\":2}",
			.backend = "none",
			.peaks = {256, 256, 256, 256, 256, 256, 256}},
		{.task = "a|<b>",
			.parameters = "{\"n\":\"x<|y\"}",
			.backend = "none",
			.peaks = {256, 256}},
	};
	static const struct cell new[] = {
		{.task = "a|<b>",
			.parameters = "{\"n\":1}",
			.backend = "none",
			.peaks = {264, 264, 264, 264, 264, 264, 264}},
		{.task = "a|<b>",
			.parameters = "{\"n\":2}",
			.backend = "none",
			.peaks = {256, 256, 256, 256, 256, 256, 256}},
		{.task = "a|<b>",
			.parameters = "{\"n\":\"x<|y\"}",
			.backend = "none",
			.peaks = {256, 256}},
	};

	*ret_base = run_of("output/a", "6.1", base, 3);
	*ret_new = run_of("output/b", "6.12", new, 3);
	return make(*ret_base, *ret_new, (struct compare_options){.by = NULL});
}

static void test_compare_print__says_what_each_point_is(void **state)
{
	struct compare_run *a, *b;
	struct compare *compare = three_points(&a, &b);
	CLEANUP(cleanup_free) char *text = text_of(compare, print_text);

	(void)state;
	assert_has(text, "base  output/a (sweep, 2026-11-22T17:53:21Z)\n");
	assert_has(text, "differs: kernel: 6.1; 6.12\n");
	/* (264 - 0.5) / 256 and 264 / 255.5 */
	assert_has(text, "1.0312  1.0293 to 1.0333  larger");
	assert_has(text, "1.0000  0.9980 to 1.0020  none found");
	assert_has(text, "\nworse: the peak is more than 2 % larger at 1 of 3 points\n");
	assert_has(text, "  n=x<|y: 2 and 2 trials are too few for 99 %: repeat at least 5 times "
			 "each\n");
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

static void test_compare_markdown__is_a_table(void **state)
{
	struct compare_run *a, *b;
	struct compare *compare = three_points(&a, &b);
	CLEANUP(cleanup_free) char *text = text_of(compare, print_markdown);

	(void)state;
	assert_has(text, "**worse: the peak is more than 2 % larger at 1 of 3 points** (99 %)\n");
	assert_has(text, "\nDiffers: kernel: 6.1; 6.12\n");
	assert_has(text,
		"\n| n=1 | peak | 256.00 MiB | 264.00 MiB | 1.0312 | 1.0293 to 1.0333 | 0.19 % | "
		"**worse** |\n");
	/* Neither a cell's end nor HTML. */
	assert_has(text, "| n=x\\<\\|y | peak | 256.00 MiB | 256.00 MiB | 1.0000 | - | - | "
			 "undecided |\n");
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

static void test_compare_json__has_every_number(void **state)
{
	struct compare_run *a, *b;
	struct compare *compare = three_points(&a, &b);
	CLEANUP(cleanup_free) char *text = text_of(compare, compare_json);
	CLEANUP(cleanup_json) json_t *json = json_loads(text, 0, NULL);
	const char *format, *verdict, *change, *doubt;
	double ratio, low, increase;
	json_t *first, *third;

	(void)state;
	assert_int_equal(json_unpack(json, "{s:s, s:{s:s, s:f}}", "format", &format, "gate",
				 "verdict", &verdict, "max_increase", &increase),
		0);
	assert_string_equal(format, "memcg-run-compare");
	assert_string_equal(verdict, "worse");
	assert_near(increase, 0.02);
	assert_int_equal(json_array_size(json_object_get(json, "comparisons")), 3);
	first = json_array_get(json_object_get(json, "comparisons"), 0);
	assert_int_equal(
		json_unpack(first, "{s:{s:{s:f, s:f, s:s, s:s}}}", "metrics", "peak", "ratio",
			&ratio, "ratio_low", &low, "change", &change, "verdict", &verdict),
		0);
	assert_near(ratio, 264.0 / 256);
	assert_near(low, 263.5 / 256);
	assert_string_equal(change, "larger");
	assert_string_equal(verdict, "worse");
	third = json_array_get(json_object_get(json, "comparisons"), 2);
	assert_int_equal(json_unpack(third, "{s:{s:{s:n, s:s, s:s}}}", "metrics", "peak",
				 "ratio_low", "doubt", &doubt, "verdict", &verdict),
		0);
	assert_string_equal(doubt, "too_few");
	assert_string_equal(verdict, "undecided");
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

static void test_compare_junit__worse_is_a_failure_and_undecided_an_error(void **state)
{
	struct compare_run *a, *b;
	struct compare *compare = three_points(&a, &b);
	CLEANUP(cleanup_free) char *text = text_of(compare, print_junit);

	(void)state;
	assert_has(text,
		"<testsuite name=\"memcg-run compare\" tests=\"3\" failures=\"1\" errors=\"1\">");
	assert_has(text, "<testcase classname=\"peak\" name=\"n=1\">\n"
			 "    <failure message=\"larger than allowed\">ratio 1.0312, 99 % interval "
			 "1.0293 to 1.0333, allowed 1.0200</failure>");
	assert_has(text, "<testcase classname=\"peak\" name=\"n=2\">\n    <system-out>");
	assert_has(text, "name=\"n=x&lt;|y\">\n    <error message=\"2 and 2 trials are too few");
	compare_free(compare);
	compare_run_free(a);
	compare_run_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare__equal_peaks_differ_by_no_more_than_the_resolution),
		cmocka_unit_test(test_compare__finds_one_per_cent_in_five_repetitions),
		cmocka_unit_test(test_compare__a_heavy_tail_is_undecided_and_never_the_same),
		cmocka_unit_test(test_compare__few_repetitions_are_undecided),
		cmocka_unit_test(test_compare__a_margin_below_the_resolution_is_undecided),
		cmocka_unit_test(test_compare__what_was_cut_is_not_within),
		cmocka_unit_test(test_compare__the_unreclaimable_part_has_the_lag_of_its_reading),
		cmocka_unit_test(test_compare__many_points_take_more_evidence),
		cmocka_unit_test(test_compare__points_that_one_run_has_are_listed),
		cmocka_unit_test(test_compare__runs_without_a_common_point_are_refused),
		cmocka_unit_test(test_compare__one_task_each_is_compared_whatever_its_words),
		cmocka_unit_test(test_compare__what_differs_is_found),
		cmocka_unit_test(test_compare__within_a_run_blocks_are_paired),
		cmocka_unit_test(test_compare__few_pairs_are_compared_unpaired),
		cmocka_unit_test(test_compare__by_a_parameter_or_a_task),
		cmocka_unit_test(test_compare_run_parse__refuses_anything_else),
		cmocka_unit_test(test_compare_print__says_what_each_point_is),
		cmocka_unit_test(test_compare_markdown__is_a_table),
		cmocka_unit_test(test_compare_json__has_every_number),
		cmocka_unit_test(test_compare_junit__worse_is_a_failure_and_undecided_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
