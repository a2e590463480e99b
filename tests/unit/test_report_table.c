/* The report's table and the remarks below it. */

#include "tests/unit/report_fixture.h"

#include "runner/report/facts.h"
#include "runner/report/report.h"

static char *table(struct results *results, struct report_options options)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	options.run_path = "/x/20261122T175321Z-ramp";
	assert_int_equal(report_table(results, &options, stream, NULL), 0);
	fclose(stream);
	return text;
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		if (!text[length])
			break;
	}
	return longest;
}

static void test_report_table__has_the_medians_of_each_backend(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		struct summary_row *own = row_of(results, 5 + 3 * i, "psutil.rss_bytes");
		struct summary_row *reference =
			row_of(results, 5 + 3 * i, "reference.current_bytes");
		struct summary_row *none = row_of(results, 6 + 3 * i, "reference.current_bytes");

		own->initial_bytes = 20.0 * (double)FAKE_MIB;
		own->peak_bytes = (85.0 + 0.5 * (double)i) * (double)FAKE_MIB;
		own->final_bytes = 30.0 * (double)FAKE_MIB;
		reference->initial_bytes = 10.0 * (double)FAKE_MIB;
		reference->peak_bytes = 75.25 * (double)FAKE_MIB;
		reference->final_bytes = 12.0 * (double)FAKE_MIB;
		own->wall_ns = reference->wall_ns = 300 * NS_PER_MS;
		none->wall_ns = 200 * NS_PER_MS;
	}
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "size_mib=64   memory in MiB, time in ms, truth 64.00 MiB\n"));
	/* (85.5 - 20 - 64) / 64 is 2.3 %; spread 86 - 85. */
	assert_non_null(strstr(text, "\npsutil      3/3    20.00 85.50   1.00 30.00  "
				     "  10.00 75.25 12.00    +2.3 %  300.0  1.50 1.50-1.50\n"));
	assert_true(longest_line(text) <= 100);
	results_close(results);
}

static void test_report_table__counts_and_names_failures(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.status = fails;
	run.incomplete = "FALSE";
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "The run was ended before every planned trial had run.\n"));
	assert_non_null(strstr(text, "\ntracemalloc 0/3 "));
	assert_non_null(strstr(
		text, "\ntracemalloc: 3 of 3 trials not ok and left out: 2 oom, 1 timeout\n"));
	assert_non_null(strstr(text, "\npsutil: 1 of 3 trials not ok and left out: 1 failed\n"));
	results_close(results);
}

static void test_report_table__says_that_the_run_was_quick(void **state)
{
	static const char *const values[] = {NULL, "FALSE", "TRUE"};
	struct fake_run run = run_of(three);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		CLEANUP(cleanup_free) char *text = NULL;
		struct results *results;

		run.quick = values[i];
		results = fake_results_new(&run);
		text = table(results, (struct report_options){.table_width = 0});
		assert_int_equal(strstr(text, "\n" FACTS_QUICK "\n") != NULL, i == 2);
		results_close(results);
	}
}

static void assert_tells(const struct fake_run *run, const char *sentence, bool tells)
{
	struct results *results = fake_results_new(run);
	CLEANUP(cleanup_free)
	char *text = table(results, (struct report_options){.table_width = 100});

	assert_int_equal(strstr(text, sentence) != NULL, tells);
	results_close(results);
}

static void test_report_table__says_how_many_trials_are_suspect(void **state)
{
	struct fake_run run = run_of(three);

	(void)state;
	assert_tells(&run, "suspect", false);
	run.suspect = "0";
	assert_tells(&run, "suspect", false);
	run.suspect = "2";
	assert_tells(&run,
		"\n2 of 9 trials are suspect; the first: trial 000003 (psutil): the machine "
		"swapped; "
		"measure again on an undisturbed machine.\n",
		true);
}

static void test_report_table__says_in_how_many_trials_the_reporter_failed(void **state)
{
	struct fake_run run = run_of(three);

	(void)state;
	assert_tells(&run, "the reporter", false);
	run.reporter_failed = "0";
	assert_tells(&run, "the reporter", false);
	run.reporter_failed = "1";
	assert_tells(&run,
		"\nThe reporter failed in 1 of 9 trials; the first: trial 000004 (proc-tree): the "
		"reporter <hung>; it has no peak there.\n",
		true);
}

static void test_report_table__fits_a_narrow_terminal(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *at_80 = NULL;
	CLEANUP(cleanup_free) char *unlimited = NULL;
	const char *rows;

	(void)state;
	unlimited = table(results, (struct report_options){.table_width = 0});
	assert_non_null(strstr(unlimited, "spread final"));
	at_80 = table(results, (struct report_options){.table_width = 70});
	rows = strstr(at_80, "backend  ");
	assert_non_null(rows);
	assert_true(strcspn(rows, "\n") <= 70);
	assert_null(strstr(at_80, "spread final"));
	/* The essential columns are never hidden. */
	assert_non_null(strstr(at_80, "initial  peak"));
	assert_non_null(strstr(at_80, "error"));
	results_close(results);
}

static void test_report_table__color_only_when_asked(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *plain = NULL;
	CLEANUP(cleanup_free) char *colored = NULL;

	(void)state;
	run.status = fails;
	results = fake_results_new(&run);
	plain = table(results, (struct report_options){.color = false});
	colored = table(results, (struct report_options){.color = true});
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(colored, "\033[31mtracemalloc"));
	results_close(results);
}

/* The fake machine has four. */
static void test_report_table__says_on_which_cpus_where_they_are_not_all(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *machine = NULL;
	CLEANUP(cleanup_free) char *whole = NULL;
	CLEANUP(cleanup_free) char *part = NULL;
	CLEANUP(cleanup_free) char *all = NULL;

	(void)state;
	results->task_cpus = "0,2-3";
	part = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(part, "\nMeasured on 3 of 4 CPUs (0,2-3): a parallel task may peak "
				     "higher on all of them (limits.cpus = \"all\").\n"));
	machine = facts_machine(results);
	assert_non_null(strstr(machine, ", measured on 3 of 4 CPUs (0,2-3), "));
	results->task_cpus = "0-3";
	whole = facts_machine(results);
	assert_non_null(strstr(whole, ", 4 CPUs, "));
	all = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(all, "Measured on"));
	results_close(results);
}

/* 24 ms in 2 s, of which 18 are the sampler's; the last of four trials has the largest peak. */
static void test_report_table__tells_what_watching_cost(void **state)
{
	struct fake_run run = run_of(only_none);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *spinning = NULL;
	struct results *results;

	(void)state;
	run.watched = true;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nWatching used 1.2 % of a CPU (the sampler's thread 0.90 "
				     "%) and at most 14.00 MiB.\n"));
	/* One trial has no values, and the three others spun. */
	row_of(results, 1, "reference.current_bytes")->watched_ns = NAN;
	for (uint64_t trial = 2; trial <= 4; trial++) {
		struct summary_row *row = row_of(results, trial, "reference.current_bytes");

		row->runner_cpu_ns = 1.996e9;
		row->sampler_cpu_ns = 1.98e9;
		row->runner_peak_rss_bytes = NAN;
	}
	spinning = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(spinning, "\nWatching used 100 % of a CPU (the sampler's thread "
					 "99 %).\n"));
	results_close(results);
}

static void test_report_table__says_nothing_of_an_unknown_cost(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "Watching"));
	results_close(results);
}

static void test_report_table__without_truth_or_none(void **state)
{
	static const char *const psutil[] = {"psutil", NULL};
	struct fake_run run = run_of(psutil);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.truth = false;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "truth"));
	assert_null(strstr(text, "ratio"));
	assert_null(strstr(text, "closest"));
	assert_non_null(strstr(text, "wall"));
	results_close(results);
}

static void test_report_table__has_what_the_oracle_counted(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *without = table(results, (struct report_options){0});
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	assert_null(strstr(without, "pages counted"));
	for (uint64_t trial = 2; trial <= 4; trial++) {
		const struct summary_row common =
			*row_of(results, trial, "reference.current_bytes");

		fake_add_row(results, &common, "oracle.user_bytes", 8.0 * (double)FAKE_MIB,
			(double)(70 + trial) * (double)FAKE_MIB, 9.5 * (double)FAKE_MIB);
		fake_add_row(results, &common, "oracle.anon_bytes", 1.0, 2.0, 3.0);
	}
	text = table(results, (struct report_options){0});
	assert_non_null(strstr(text, " pages counted"));
	assert_non_null(strstr(text, "initial largest final"));
	assert_non_null(strstr(text, "   8.00   73.00  9.50 "));
	assert_non_null(strstr(text, "\npages counted: anon, file and shmem"));
	results_close(results);
}

static void test_report_table__spread_of_the_reference_where_there_is_no_other(void **state)
{
	struct fake_run run = run_of(only_none);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.truth = false;
	results = fake_results_new(&run);
	for (uint64_t trial = 2; trial <= 4; trial++)
		row_of(results, trial, "reference.current_bytes")->peak_bytes =
			(double)(60 + 2 * trial) * (double)FAKE_MIB;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, " 66.00   4.00 "));
	results_close(results);
}

static void test_report_table__a_metric_never_reported(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < results->n_rows; i++)
		if (strcmp(results->rows[i].metric, "psutil.rss_bytes") == 0)
			results->rows[i].initial_bytes = results->rows[i].peak_bytes =
				results->rows[i].final_bytes = NAN;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\npsutil      3/3        -     -      -     -  "));
	results_close(results);
}

static void test_report_table__remarks_name_the_closest(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(
		strstr(text, "\nclosest to the truth: psutil (+0.00 %), tracemalloc (-3.0 %)\n"));
	/* Three pairs are too few to tell what slows the task. */
	assert_null(strstr(text, "slow the task"));
	assert_non_null(
		strstr(text, "\nWith fewer than 6 repetitions an interval is no more than"));
	results_close(results);
}

static void test_report_table__remarks_do_not_rank_negligible_errors(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	/* Every rise equals the truth of the row: errors of 0 %. */
	for (size_t i = 0; i < results->n_rows; i++)
		results->rows[i].peak_bytes =
			results->rows[i].initial_bytes + results->rows[i].truth_peak_bytes;
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nall 2 that report are within 1 % of the truth\n"));
	assert_null(strstr(text, "closest to the truth"));
	results_close(results);
}

/* Four CPUs resolve 1 MiB. `errors` are of psutil and tracemalloc, `reference` of the kernel's account. */
static char *table_with_errors(struct results *results, const double errors[2], double reference)
{
	for (size_t i = 0; i < results->n_rows; i++) {
		struct summary_row *row = &results->rows[i];
		double error = strncmp(row->metric, "psutil", 6) == 0	      ? errors[0]
			       : strncmp(row->metric, "tracemalloc", 11) == 0 ? errors[1]
									      : reference;

		row->peak_bytes = row->initial_bytes + row->truth_peak_bytes + error;
	}
	return table(results, (struct report_options){.table_width = 100});
}

/* 0.5 MiB and 1 MiB of 64 MiB are 0.78 % and 1.6 %, 3 MiB are 4.7 %. */
static void test_report_table__remarks_do_not_rank_below_the_resolution(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *within = NULL;
	CLEANUP(cleanup_free) char *equal = NULL;
	CLEANUP(cleanup_free) char *ranked = NULL;
	const double mib = 1048576.0;

	(void)state;
	for (size_t i = 0; i < results->n_rows; i++)
		results->rows[i].truth_peak_bytes = 64 * mib;
	within = table_with_errors(results, (double[]){0.5 * mib, -mib}, 0);
	assert_non_null(strstr(within,
		"\nall 2 that report are within 1.00 MiB of the truth, which is what the kernel's "
		"account resolves\n"));
	equal = table_with_errors(results, (double[]){3.5 * mib, -3 * mib}, 0);
	assert_non_null(strstr(equal,
		"\nclosest to the truth: tracemalloc (-4.7 %) = psutil (+5.5 %)\n=: not to be told "
		"apart, because the kernel's account resolves 1.00 MiB\n"));
	ranked = table_with_errors(results, (double[]){4.5 * mib, -3 * mib}, 0);
	assert_non_null(
		strstr(ranked, "\nclosest to the truth: tracemalloc (-4.7 %), psutil (+7.0 %)\n"));
	assert_null(strstr(ranked, "=:"));
	results_close(results);
}

/* 7 MiB of 64 are 10.9 %. */
static void test_report_table__remarks_do_not_rank_by_an_incomplete_truth(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	CLEANUP(cleanup_free) char *more = NULL;
	CLEANUP(cleanup_free) char *less = NULL;
	CLEANUP(cleanup_free) char *near = NULL;
	const double mib = 1048576.0;

	(void)state;
	for (size_t i = 0; i < results->n_rows; i++)
		results->rows[i].truth_peak_bytes = 64 * mib;
	more = table_with_errors(results, (double[]){9 * mib, 0}, 7 * mib);
	assert_null(strstr(more, "closest to the truth"));
	assert_non_null(strstr(more,
		"\nthe kernel's account: +10.9 % from the truth, in the median of all 9 trials\n"
		"the declared truth is incomplete, perhaps for imports after task_begin: "
		"reporters are not ranked by it\n"));
	less = table_with_errors(results, (double[]){9 * mib, 0}, -7 * mib);
	assert_null(strstr(less, "closest to the truth"));
	assert_non_null(strstr(less,
		"\nthe declared truth has memory that the task was not charged for: reporters are "
		"not ranked by it\n"));
	near = table_with_errors(results, (double[]){9 * mib, 0}, 6 * mib);
	assert_non_null(strstr(near, "closest to the truth"));
	assert_null(strstr(near, "not ranked"));
	results_close(results);
}

static void test_report_table__remarks_name_what_slows_the_task(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nslow the task: tracemalloc (x 2."));
	assert_null(strstr(text, "With fewer than 6"));
	results_close(results);
}

/* Wall times of 100, 101, ... 109 by repetition, under three backends; constant peaks. */
static void set_drift(struct results *results)
{
	for (size_t i = 0; i < results->n_rows; i++) {
		struct summary_row *row = &results->rows[i];

		row->wall_ns = (99 + row->repetition) * NS_PER_MS;
		if (strcmp(row->metric, "reference.current_bytes") == 0) {
			row->initial_bytes = 0.0;
			row->peak_bytes = 64.0 * (double)FAKE_MIB;
		}
	}
}

static void test_report_table__tells_drift_over_the_repetitions(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	/* The medians of the halves are 102 and 107: 4.9 %. */
	assert_non_null(strstr(text, "\nDrift over the repetitions: wall times +4.9 % (rho +1.00, "
				     "p < 0.001); peaks none (rho +0.00, p = 1).\n"));
	results_close(results);
}

/*
 * All ratios are 1 and all peaks are equal, so the minimum of repetitions suffices; then psutil's
 * peaks are five of 100 and five of 110 MiB, with a median of 105 and an interval of 100 to 110:
 * 4.76 times 1 %, squared, times 10: 227.
 */
static void test_report_table__tells_how_many_repetitions_are_needed(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *wide = NULL;

	(void)state;
	run.repetitions = 10;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	assert_non_null(strstr(text, "\nfor medians within 1 %: 6 repetitions\n"));
	for (size_t i = 0; i < results->n_rows; i++)
		if (strcmp(results->rows[i].metric, "psutil.rss_bytes") == 0)
			results->rows[i].peak_bytes =
				(results->rows[i].repetition % 2 ? 100.0 : 110.0) *
				(double)FAKE_MIB;
	wide = table(results, (struct report_options){.table_width = 100});
	assert_non_null(
		strstr(wide, "\nfor medians within 1 %: about 230 repetitions (peak of psutil)\n"));
	results_close(results);
}

static void test_report_table__says_nothing_of_drift_in_few_trials(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.repetitions = 5;
	results = fake_results_new(&run);
	set_drift(results);
	text = table(results, (struct report_options){.table_width = 100});
	assert_null(strstr(text, "Drift"));
	assert_null(strstr(text, "for medians within"));
	results_close(results);
}

static void test_report_table__no_trial_at_all(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.warmups = 0;
	run.repetitions = 0;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_string_equal(text, "ramp: no trial was recorded\n");
	results_close(results);
}

static void test_report_table__warmups_alone(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	run.warmups = 1;
	run.repetitions = 0;
	results = fake_results_new(&run);
	text = table(results, (struct report_options){.table_width = 100});
	assert_string_equal(text,
		"ramp: only warm-ups were recorded, and they are left out of every comparison\n");
	results_close(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_table__has_the_medians_of_each_backend),
		cmocka_unit_test(test_report_table__counts_and_names_failures),
		cmocka_unit_test(test_report_table__says_that_the_run_was_quick),
		cmocka_unit_test(test_report_table__says_how_many_trials_are_suspect),
		cmocka_unit_test(test_report_table__says_in_how_many_trials_the_reporter_failed),
		cmocka_unit_test(test_report_table__fits_a_narrow_terminal),
		cmocka_unit_test(test_report_table__color_only_when_asked),
		cmocka_unit_test(test_report_table__tells_what_watching_cost),
		cmocka_unit_test(test_report_table__says_on_which_cpus_where_they_are_not_all),
		cmocka_unit_test(test_report_table__says_nothing_of_an_unknown_cost),
		cmocka_unit_test(test_report_table__without_truth_or_none),
		cmocka_unit_test(test_report_table__has_what_the_oracle_counted),
		cmocka_unit_test(
			test_report_table__spread_of_the_reference_where_there_is_no_other),
		cmocka_unit_test(test_report_table__a_metric_never_reported),
		cmocka_unit_test(test_report_table__remarks_name_the_closest),
		cmocka_unit_test(test_report_table__remarks_do_not_rank_negligible_errors),
		cmocka_unit_test(test_report_table__remarks_do_not_rank_below_the_resolution),
		cmocka_unit_test(test_report_table__remarks_do_not_rank_by_an_incomplete_truth),
		cmocka_unit_test(test_report_table__remarks_name_what_slows_the_task),
		cmocka_unit_test(test_report_table__tells_drift_over_the_repetitions),
		cmocka_unit_test(test_report_table__tells_how_many_repetitions_are_needed),
		cmocka_unit_test(test_report_table__says_nothing_of_drift_in_few_trials),
		cmocka_unit_test(test_report_table__no_trial_at_all),
		cmocka_unit_test(test_report_table__warmups_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
