#include "runner/report/progress.h"
#include "runner/report/time_left.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S NS_PER_S
#define MIB (UINT64_C(1) << 20)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- a plan of two backends and two points, and a clock that only moves when set */

static const struct backend none = {.name = "none"};
static const struct backend psutil = {.name = "psutil"};

/* Warm-ups of each cell, then one repetition of each; the cells of point 1 come last. */
static const struct planned_trial trials[] = {
	{.number = 1, .backend = &none, .point = 0, .repetition = 1, .warmup = true},
	{.number = 2, .backend = &psutil, .point = 0, .repetition = 1, .warmup = true},
	{.number = 3, .backend = &none, .point = 0, .repetition = 1},
	{.number = 4, .backend = &psutil, .point = 0, .repetition = 1},
	{.number = 5, .backend = &psutil, .point = 0, .repetition = 2},
	{.number = 6, .backend = &none, .point = 1, .repetition = 1},
};

static const char *labels[] = {"size_mib=64", "size_mib=256 mode=\033[31mfa\nst"};

static const struct experiment experiment = {.is_search = false};

const struct experiment *plan_experiment(const struct plan *plan)
{
	(void)plan;
	return &experiment;
}

size_t plan_size(const struct plan *plan)
{
	(void)plan;
	return N_OF(trials);
}

const struct planned_trial *plan_trial(const struct plan *plan, size_t index)
{
	(void)plan;
	return &trials[index];
}

size_t plan_n_points(const struct plan *plan)
{
	(void)plan;
	return N_OF(labels);
}

char *plan_point_label(const struct plan *plan, size_t point)
{
	(void)plan;
	return string_format("%s", labels[point]);
}

const char *trial_status_name(enum trial_status status)
{
	return status == TRIAL_OK ? "ok" : "oom";
}

static uint64_t clock_now_ns;

static uint64_t fake_now_ns(void)
{
	return clock_now_ns;
}

struct shown {
	FILE *stream;
	char *text;
	size_t length;
	size_t n_read;
	struct progress *progress;
};

static void show(struct progress_options options, struct shown *shown)
{
	*shown = (struct shown){.stream = NULL};
	clock_now_ns = 1000 * S;
	shown->stream = open_memstream(&shown->text, &shown->length);
	assert_non_null(shown->stream);
	options.stream = shown->stream;
	options.now_ns = fake_now_ns;
	assert_int_equal(progress_new(&options, NULL, &shown->progress), 0);
}

static void close_shown(struct shown *shown)
{
	progress_free(shown->progress);
	fclose(shown->stream);
	free(shown->text);
}

/* What was written since the last call. */
static const char *written(struct shown *shown)
{
	const char *text;

	fflush(shown->stream);
	text = shown->text + shown->n_read;
	shown->n_read = shown->length;
	return text;
}

static struct trial_result result_of(enum trial_status status, uint64_t wall_ns)
{
	struct trial_result result = {.status = status,
		.wall_ns = wall_ns,
		.reference = {.begun = true, .peak_bytes = 64 * MIB}};

	if (status != TRIAL_OK)
		snprintf(result.cause, sizeof(result.cause), "killed at its\nlimit");
	return result;
}

static void run_trial(struct progress *progress, size_t index, uint64_t duration_ns)
{
	struct trial_result result = result_of(TRIAL_OK, duration_ns);

	progress_trial_begin(progress, &trials[index]);
	clock_now_ns += duration_ns;
	progress_trial_end(progress, &trials[index], &result);
}

/* ---- time left */

static void test_time_left__unknown_before_the_first_end(void **state)
{
	struct time_left *left = NULL;
	uint64_t duration_ns = 7;

	(void)state;
	assert_int_equal(time_left_new(NULL, &left), 0);
	time_left_begin(left, &trials[0]);
	assert_false(time_left_to_come(left, &duration_ns));
	assert_false(time_left_of_trial(left, &trials[0], &duration_ns));
	assert_int_equal(duration_ns, 7);
	time_left_free(left);
}

static void test_time_left__falls_back_from_cell_to_backend_to_any(void **state)
{
	struct time_left *left = NULL;
	uint64_t duration_ns = 0;

	(void)state;
	assert_int_equal(time_left_new(NULL, &left), 0);
	time_left_begin(left, &trials[0]);
	time_left_end(left, &trials[0], 2 * S);
	/* Five remaining, none of psutil seen: each as long as the only one seen. */
	assert_true(time_left_to_come(left, &duration_ns));
	assert_int_equal(duration_ns, 10 * S);

	time_left_begin(left, &trials[1]);
	time_left_end(left, &trials[1], 10 * S);
	/* none: 1 of point 0 and 1 of point 1 at 2 s; psutil: 2 of point 0 at 10 s. */
	assert_true(time_left_to_come(left, &duration_ns));
	assert_int_equal(duration_ns, 24 * S);
	time_left_free(left);
}

static void test_time_left__takes_the_median_of_the_cell(void **state)
{
	struct time_left *left = NULL;
	uint64_t duration_ns = 0;

	(void)state;
	assert_int_equal(time_left_new(NULL, &left), 0);
	for (size_t i = 0; i < 5; i++)
		time_left_begin(left, &trials[i]);
	time_left_end(left, &trials[1], 3 * S);
	time_left_end(left, &trials[3], 100 * S);
	time_left_end(left, &trials[4], 5 * S);
	assert_true(time_left_of_trial(left, &trials[4], &duration_ns));
	assert_int_equal(duration_ns, 5 * S);
	/* One remaining, of `none`, which has not ended yet: the median of all. */
	assert_true(time_left_to_come(left, &duration_ns));
	assert_int_equal(duration_ns, 5 * S);
	time_left_free(left);
}

static void test_time_left__forgets_all_but_the_latest(void **state)
{
	struct time_left *left = NULL;
	uint64_t duration_ns = 0;

	(void)state;
	assert_int_equal(time_left_new(NULL, &left), 0);
	for (int i = 0; i < 20; i++)
		time_left_end(left, &trials[0], (i < 12 ? 100 : 1) * S);
	assert_true(time_left_of_trial(left, &trials[0], &duration_ns));
	assert_int_equal(duration_ns, 1 * S);
	time_left_free(left);
}

static void test_time_left__is_zero_at_the_end(void **state)
{
	struct time_left *left = NULL;
	uint64_t duration_ns = 7;

	(void)state;
	assert_int_equal(time_left_new(NULL, &left), 0);
	for (size_t i = 0; i < N_OF(trials); i++) {
		time_left_begin(left, &trials[i]);
		time_left_end(left, &trials[i], (i * i + 1) * S);
	}
	assert_true(time_left_to_come(left, &duration_ns));
	assert_int_equal(duration_ns, 0);
	time_left_free(left);
}

/* ---- output */

static void test_progress__terminal_rewrites_one_line(void **state)
{
	struct shown shown;

	(void)state;
	show((struct progress_options){.terminal = true, .width = 200}, &shown);
	progress_trial_begin(shown.progress, &trials[0]);
	assert_string_equal(written(&shown),
		"\r\033[K1 of 6  none (warm-up)  starting  time left: unknown  size_mib=64");

	progress_tick(shown.progress, 1500 * NS_PER_MS, 32 * MIB, 48 * MIB);
	assert_string_equal(written(&shown), "\r\033[K1 of 6  none (warm-up)  1.50 s  32.00 MiB, "
					     "peak 48.00 MiB  time left: unknown  size_mib=64");
	close_shown(&shown);
}

static void test_progress__terminal_counts_down(void **state)
{
	struct shown shown;

	(void)state;
	show((struct progress_options){.terminal = true, .width = 200}, &shown);
	run_trial(shown.progress, 0, 2 * S);
	run_trial(shown.progress, 1, 10 * S);
	written(&shown);
	progress_trial_begin(shown.progress, &trials[2]);
	clock_now_ns += 1500 * NS_PER_MS;
	progress_tick(shown.progress, 1400 * NS_PER_MS, 32 * MIB, 48 * MIB);
	/* 2 s of this one less 1.5 s, 2 x 10 s of psutil, 2 s of none at the other point. */
	assert_non_null(strstr(written(&shown), "  about 22.5 s left  "));

	/* Late: the excess of this trial is not subtracted from the others. */
	clock_now_ns += 60 * S;
	progress_tick(shown.progress, 61 * S, 32 * MIB, 48 * MIB);
	assert_non_null(strstr(written(&shown), "  about 22.0 s left  "));
	close_shown(&shown);
}

static void test_progress__terminal_never_fills_the_width(void **state)
{
	struct shown shown;

	(void)state;
	show((struct progress_options){.terminal = true, .width = 20}, &shown);
	progress_trial_begin(shown.progress, &trials[0]);
	/* 19 columns: the last one stays free, or the terminal would wrap. */
	assert_string_equal(written(&shown), "\r\033[K1 of 6  none (warm-");
	close_shown(&shown);
}

/*
 * 44 columns precede the parameters; e with an accent is two bytes and one column, the ideograph
 * three bytes and two columns.
 */
static void check_cut(unsigned width, const char *expected_label)
{
	const char *label = labels[0];
	CLEANUP(cleanup_free)
	char *expected = string_format(
		"\r\033[K3 of 6  none  starting  time left: unknown  %s", expected_label);
	struct shown shown;

	labels[0] = "\xc3\xa9\xe6\xbc\xa2";
	show((struct progress_options){.terminal = true, .width = width}, &shown);
	progress_trial_begin(shown.progress, &trials[2]);
	labels[0] = label;
	assert_string_equal(written(&shown), expected);
	close_shown(&shown);
}

static void test_progress__terminal_cuts_whole_characters(void **state)
{
	(void)state;
	check_cut(48, "\xc3\xa9\xe6\xbc\xa2");
	check_cut(47, "\xc3\xa9");
	check_cut(46, "\xc3\xa9");
	check_cut(45, "");
}

static void test_progress__terminal_keeps_no_line_of_a_good_trial(void **state)
{
	struct shown shown;
	struct trial_result result = result_of(TRIAL_OK, 2 * S);

	(void)state;
	show((struct progress_options){.terminal = true, .width = 100}, &shown);
	progress_trial_begin(shown.progress, &trials[0]);
	written(&shown);
	progress_trial_end(shown.progress, &trials[0], &result);
	assert_string_equal(written(&shown), "");
	progress_clear(shown.progress);
	assert_string_equal(written(&shown), "\r\033[K");
	progress_clear(shown.progress);
	assert_string_equal(written(&shown), "");
	close_shown(&shown);
}

static void test_progress__terminal_keeps_the_line_of_a_failed_trial(void **state)
{
	struct shown shown;
	struct trial_result result = result_of(TRIAL_OOM, 2 * S);

	(void)state;
	show((struct progress_options){.terminal = true, .width = 100, .color = true}, &shown);
	progress_trial_begin(shown.progress, &trials[3]);
	written(&shown);
	progress_trial_end(shown.progress, &trials[3], &result);
	assert_string_equal(written(&shown), "\r\033[K4 of 6  psutil  size_mib=64  "
					     "\033[31moom\033[0m in 2.00 s, peak 64.00 MiB: "
					     "killed at its limit\n");
	close_shown(&shown);
}

static void test_progress__plain_prints_one_line_a_trial(void **state)
{
	struct shown shown;
	struct trial_result result = result_of(TRIAL_OK, 2 * S);

	(void)state;
	show((struct progress_options){.terminal = false}, &shown);
	progress_trial_begin(shown.progress, &trials[0]);
	progress_tick(shown.progress, 1 * S, 32 * MIB, 48 * MIB);
	assert_string_equal(written(&shown), "");
	clock_now_ns += 2 * S;
	progress_trial_end(shown.progress, &trials[0], &result);
	assert_string_equal(written(&shown),
		"1 of 6  none (warm-up)  size_mib=64  ok in 2.00 s, peak "
		"64.00 MiB  (about 10.0 s left)\n");
	close_shown(&shown);
}

static void test_progress__no_escape_of_a_parameter_gets_through(void **state)
{
	struct shown shown;

	(void)state;
	show((struct progress_options){.terminal = false}, &shown);
	run_trial(shown.progress, 5, 2 * S);
	assert_string_equal(written(&shown),
		"6 of 6  none  size_mib=256 mode= [31mfa st  ok in 2.00 s, peak 64.00 MiB\n");
	close_shown(&shown);
}

static void test_progress__quiet_prints_nothing(void **state)
{
	struct shown shown;
	struct trial_result failed = result_of(TRIAL_OOM, 2 * S);

	(void)state;
	show((struct progress_options){.quiet = true, .terminal = true, .width = 80}, &shown);
	progress_trial_begin(shown.progress, &trials[0]);
	progress_tick(shown.progress, 1 * S, 32 * MIB, 48 * MIB);
	progress_trial_end(shown.progress, &trials[0], &failed);
	progress_clear(shown.progress);
	assert_string_equal(written(&shown), "");
	close_shown(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_left__unknown_before_the_first_end),
		cmocka_unit_test(test_time_left__falls_back_from_cell_to_backend_to_any),
		cmocka_unit_test(test_time_left__takes_the_median_of_the_cell),
		cmocka_unit_test(test_time_left__forgets_all_but_the_latest),
		cmocka_unit_test(test_time_left__is_zero_at_the_end),
		cmocka_unit_test(test_progress__terminal_rewrites_one_line),
		cmocka_unit_test(test_progress__terminal_counts_down),
		cmocka_unit_test(test_progress__terminal_never_fills_the_width),
		cmocka_unit_test(test_progress__terminal_cuts_whole_characters),
		cmocka_unit_test(test_progress__terminal_keeps_no_line_of_a_good_trial),
		cmocka_unit_test(test_progress__terminal_keeps_the_line_of_a_failed_trial),
		cmocka_unit_test(test_progress__plain_prints_one_line_a_trial),
		cmocka_unit_test(test_progress__no_escape_of_a_parameter_gets_through),
		cmocka_unit_test(test_progress__quiet_prints_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
