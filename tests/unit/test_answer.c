/* What is printed of a command that was measured without a file. */

#include "tests/unit/report_fixture.h"

#include "runner/report/answer.h"
#include "runner/report/facts.h"

static char *answer(struct results *results)
{
	const struct report_options options = {.run_path = "/x/20261122T175321Z-ramp"};
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	assert_int_equal(answer_print(results, &options, stream, NULL), 0);
	fclose(stream);
	return text;
}

/* Of the trials after the warm-up; NaN: not known. */
static void set_row(struct results *results, uint64_t trial, double peak_mib, uint64_t wall_ms)
{
	struct summary_row *row = row_of(results, trial, "reference.current_bytes");

	row->initial_bytes = 1.0 * (double)FAKE_MIB;
	row->peak_bytes = peak_mib * (double)FAKE_MIB;
	row->final_bytes = 2.0 * (double)FAKE_MIB;
	row->wall_ns = wall_ms * NS_PER_MS;
	for (size_t i = 0; i < SUMMARY_N_ACCOUNT; i++)
		row->account[i] = NAN;
	row->account[ACCOUNT_CPU_NS] = (double)wall_ms * 2e6;
	row->account[ACCOUNT_COMPOSED] = row->peak_bytes;
	row->account[ACCOUNT_PEAK_ANON] = row->peak_bytes - 3.0 * (double)FAKE_MIB;
	row->account[ACCOUNT_PEAK_FILE] = 3.0 * (double)FAKE_MIB;
}

static void test_answer_print__begins_with_the_peak(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.parameter = NULL;
	results = fake_results_new(&run);
	set_row(results, 1, 11.0, 200);
	set_row(results, 2, 10.0, 100);
	set_row(results, 3, 12.0, 300);
	set_row(results, 4, 11.0, 200);
	text = answer(results);
	assert_string_equal(text, "ramp\n"
				  "  peak     11.00 MiB   10.00 MiB to 12.00 MiB in 3 trials\n"
				  "  made of  8.00 MiB anonymous, 3.00 MiB page cache\n"
				  "  around   1.00 MiB at its start, 2.00 MiB at its end\n"
				  "  wall     200 ms   100 ms to 300 ms in 3 trials\n"
				  "  CPU      400 ms   200 ms to 600 ms in 3 trials\n"
				  "  exit     0 in all 3 trials\n");
	results_close(results);
}

static void test_answer_print__has_an_interval_where_there_are_enough_trials(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.parameter = NULL;
	run.repetitions = 6;
	results = fake_results_new(&run);
	for (uint64_t i = 0; i < 6; i++)
		set_row(results, 2 + i, 10.0, 100);
	text = answer(results);
	assert_non_null(
		strstr(text, "  peak     10.00 MiB   10.00 MiB to 10.00 MiB in 6 trials, the "
			     "median 10.00 MiB to 10.00 MiB (95 %)\n"));
	results_close(results);
}

static void test_answer_print__compares_points_with_the_first(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.sizes_mib = sweep;
	run.n_points = 3;
	run.repetitions = 1;
	run.warmups = 0;
	results = fake_results_new(&run);
	for (size_t i = 0; i < results->n_rows; i++)
		set_row(results, results->rows[i].trial,
			strstr(results->rows[i].parameters, "1024") ? 25.0 : 10.0, 100);
	text = answer(results);
	assert_non_null(strstr(text, "ramp size_mib=64\n  peak     10.00 MiB\n"));
	assert_non_null(strstr(text,
		"ramp size_mib=1024\n  peak     25.00 MiB; 2.50 times that of size_mib=64\n"));
	results_close(results);
}

/* Two points of the run become two tasks without a parameter: the peaks of `large` have 1024 in theirs. */
static struct results *two_tasks(struct fake_run *run, uint64_t repetitions)
{
	struct results *results;

	run->experiment = "[tasks.small]\n[tasks.large]\n";
	run->sizes_mib = sweep;
	run->n_points = 2;
	run->repetitions = repetitions;
	run->warmups = 0;
	results = fake_results_new(run);
	for (size_t i = 0; i < results->n_rows; i++) {
		struct summary_row *row = &results->rows[i];
		const bool large = strstr(row->parameters, "1024");

		set_row(results, row->trial,
			large ? 20.0 + (double)row->repetition : 10.0 + (double)row->repetition,
			100);
		free(row->task);
		row->task = strdup(large ? "large" : "small");
		strcpy(row->parameters, "{}");
	}
	return results;
}

/* Of 21/11 to 26/16, paired: medians of the ratios of six. */
static void test_answer_print__compares_named_tasks_in_pairs(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = two_tasks(&run, 6);
	CLEANUP(cleanup_free) char *text = answer(results);
	const char *small = strstr(text, "small\n  peak     13.50 MiB");
	const char *large = strstr(text, "\nlarge\n  peak     23.50 MiB");
	const char *compared = strstr(text,
		"\ncompared, in pairs of the same repetition\n"
		"  large peaks at 1.74 times small: 1.62 to 1.91 in 6 pairs, the median ");

	(void)state;
	if (small != text || !large || !compared || large > compared)
		fail_msg("%s", text);
	assert_null(strstr(text, "ramp"));
	assert_null(strstr(text, "times that of"));
	results_close(results);
}

static void test_answer_print__the_larger_task_comes_first(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = two_tasks(&run, 1);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.experiment = "[tasks.large]\n[tasks.small]\n";
	text = answer(results);
	if (strncmp(text, "large\n", 6) != 0 ||
		!strstr(text, "\n  large peaks at 1.91 times small\n"))
		fail_msg("%s", text);
	results_close(results);
}

static void test_answer_print__a_task_without_a_trial_is_not_compared(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = two_tasks(&run, 1);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < results->n_rows; i++)
		if (strcmp(results->rows[i].task, "large") == 0)
			strcpy(results->rows[i].status, "oom");
	text = answer(results);
	if (!strstr(text,
		    "\n  large and small cannot be compared: one has no trial that ended ok\n"))
		fail_msg("%s", text);
	results_close(results);
}

static void test_answer_print__counts_what_did_not_end_ok(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.backends = (const char *const[]){"psutil", NULL};
	run.status = fails;
	results = fake_results_new(&run);
	text = answer(results);
	assert_non_null(strstr(text, "  exit     1 of 3 trials not ok and left out: 1 failed\n"));
	results_close(results);
}

static void test_answer_print__one_trial_is_singular(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.backends = (const char *const[]){"tracemalloc", NULL};
	run.repetitions = 1;
	run.status = fails;
	results = fake_results_new(&run);
	text = answer(results);
	assert_non_null(
		strstr(text, "  exit     the only trial is not ok and left out: 1 timeout\n"));
	results_close(results);
}

/* Three trials that all ended ok are not an answer without these. */
static void test_answer_print__ends_with_what_the_table_says_of_the_run(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.parameter = NULL;
	run.repetitions = 10;
	run.incomplete = "FALSE";
	run.quick = "TRUE";
	run.suspect = "2";
	results = fake_results_new(&run);
	results->task_cpus = "0";
	set_row(results, 1, 22.0, 100);
	for (uint64_t trial = 2; trial <= 11; trial++)
		set_row(results, trial, 11.0, 100 + trial);
	text = answer(results);
	assert_non_null(strstr(text, "  exit     0 in all 10 trials\n"
				     "none: the warm-up peaked at 22.00 MiB (+100 %): what a cold "
				     "start is charged\n" FACTS_QUICK "\n"
				     "The run was ended before every planned trial had run.\n"
				     "2 of 9 trials are suspect; "));
	assert_non_null(strstr(text,
		"\nDrift over the repetitions: wall times +4.8 % (rho +1.00, p < 0.001); peaks "
		"none (rho +0.00, p = 1).\n"
		"Measured on 1 of 4 CPUs (0): a parallel task may peak higher on all of them "
		"(limits.cpus = \"all\").\n"));
	results_close(results);
}

static void test_answer_print__several_backends_have_their_table(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = answer(results);

	(void)state;
	assert_non_null(strstr(text, "ramp size_mib=64\n  peak "));
	assert_non_null(strstr(text, "\ntracemalloc 3/3 "));
	results_close(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_print__begins_with_the_peak),
		cmocka_unit_test(test_answer_print__has_an_interval_where_there_are_enough_trials),
		cmocka_unit_test(test_answer_print__compares_points_with_the_first),
		cmocka_unit_test(test_answer_print__compares_named_tasks_in_pairs),
		cmocka_unit_test(test_answer_print__the_larger_task_comes_first),
		cmocka_unit_test(test_answer_print__a_task_without_a_trial_is_not_compared),
		cmocka_unit_test(test_answer_print__counts_what_did_not_end_ok),
		cmocka_unit_test(test_answer_print__one_trial_is_singular),
		cmocka_unit_test(test_answer_print__ends_with_what_the_table_says_of_the_run),
		cmocka_unit_test(test_answer_print__several_backends_have_their_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
