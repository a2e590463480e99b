/* The data sheet's findings about a reporter beyond its cells: answers, missed spikes, costs. */

#include "tests/unit/datasheet_fixture.h"

/* psutil sees its own process and no children; for 8 sharers it adds up 512 MiB. */
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
	/* Steps of 2 MiB and of 1; falls do not count. */
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
	/* Its own row has at most 10.25 before, and 64 between. */
	assert_int_equal(sheet->reporters[0].children, ANSWER_YES);
	datasheet_free(sheet);
}

/* Shown: 100 ms in all trials, 20 ms in two of three, 10 ms in all, by luck. */
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
	/* Its block has no `none`: it counts in the cells, but in no ratio. */
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
	/* A single pair far off is not conclusive. */
	results.trials[0] = results.trials[4];
	results.trials[1] = results.trials[5];
	results.n_trials = 2;
	sheet = make_sheet(&results, false);
	assert_mib(reporter_of(sheet, "psutil.rss_bytes")->disturbs_bytes.median, 2);
	assert_int_equal(reporter_of(sheet, "psutil.rss_bytes")->disturbs, ANSWER_UNKNOWN);
	datasheet_free(sheet);
}

/* The step of 64 MiB at 1020 ms shows at 1025, the fall at 1060 at 1080. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datasheet__answers),
		cmocka_unit_test(
			test_datasheet__the_shortest_spike_is_that_above_all_that_were_missed),
		cmocka_unit_test(test_datasheet__costs_are_paired_with_none),
		cmocka_unit_test(test_datasheet__a_trace_is_measured_in_ramp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
