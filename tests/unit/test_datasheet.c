/* The data sheet's cells, over runs of a few trials with worked-out values. */

#include "tests/unit/datasheet_fixture.h"

static void assert_error(const struct cell *cell, double mib, enum datasheet_verdict verdict)
{
	assert_mib(cell->error_bytes.median, mib);
	assert_string_equal(datasheet_verdict_name(cell->verdict), datasheet_verdict_name(verdict));
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
	/* peak, held, released, final: task_end does not make a stage */
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
	/*
	 * Of the runner itself, in the trial of `none` only: its peak is the kernel's, not a
	 * sample's.
	 */
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
	/* No `none` in the run: the reference is read in the others. */
	assert_error(cell_of(sheet, "reference.current_bytes", "fork_tree", "peak"), 0.25,
		VERDICT_RIGHT);
	datasheet_free(sheet);
}

/* A single number at the end. An empty task has 10, 12 and 11: the task that held 64 shows 75. */
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
	/* Without it there is no baseline. */
	results.trials[0] = results.trials[3];
	results.n_trials = 1;
	sheet = make_sheet(&results, false);
	assert_int_equal(
		cell_of(sheet, "gnu-time.maxrss_bytes", "exec", "peak")->verdict, VERDICT_NONE);
	datasheet_free(sheet);
}

/* 64 MiB requested; 0 touched, charged or unique. */
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
	say(trial, "psutils.used_bytes", 1050, 7); /* the task's own metric, not a reporter */
	trial = add_trial(&results, "exec", "psutil", 1);
	declare(trial, 1010, 32, 64, 0, 64);
	say(trial, "psutil.rss_bytes", 999, 20);
	say(trial, "psutil.rss_bytes", 1050, 85);
	sheet = make_sheet(&results, true);
	assert_int_equal(sheet->n_reporters, 3);
	/* in the experiment's order */
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
	/* It shows something only in `exec`: 65, where 64 are touched and unique. */
	rss = reporter_of(sheet, "psutil.rss_bytes");
	assert_true(rss->headline);
	assert_int_equal(rss->counts, TRUTH_TOUCHED);
	assert_int_equal(rss->n_counts_right, 1);
	assert_int_equal(rss->n_counts_judged, 1);
	datasheet_free(sheet);
}

/*
 * A file's pages are charged but not touched: for a reporter that shows mapped memory silence is
 * conclusive, for others it is not.
 */
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
	/* Errors of -64 to -60, and an outlier of 36, which is included. */
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
	assert_no_sheet(&results, "no trial ended ok and declared its memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_datasheet__a_reporter_is_judged_at_its_peak_in_stages_and_at_the_end),
		cmocka_unit_test(test_datasheet__a_high_water_mark_is_judged_at_the_peak_alone),
		cmocka_unit_test(
			test_datasheet__one_number_for_the_whole_life_is_held_against_an_empty_task),
		cmocka_unit_test(test_datasheet__each_kind_of_truth_has_its_verdict),
		cmocka_unit_test(test_datasheet__silence_tells_what_is_counted),
		cmocka_unit_test(
			test_datasheet__trials_that_did_not_end_well_are_left_out_and_counted),
		cmocka_unit_test(test_datasheet__says_why_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
