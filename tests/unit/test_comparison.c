/* A run's trials arranged by point and backend, and the derived statistics. */

#include "tests/unit/report_fixture.h"

#include "runner/analysis/comparison.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void test_comparison__orders_points_and_backends(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	struct comparison *comparison = NULL;

	(void)state;
	run.sizes_mib = sweep;
	run.n_points = 3;
	results = fake_results_new(&run);
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(comparison->n_points, 3);
	assert_string_equal(comparison->points[0].label, "size_mib=64");
	assert_string_equal(comparison->points[1].label, "size_mib=256");
	assert_string_equal(comparison->points[2].label, "size_mib=1024");
	assert_int_equal(comparison_largest_point(comparison), 2);
	assert_int_equal(comparison->n_backends, 3);
	assert_string_equal(comparison->backends[0].name, "none");
	assert_null(comparison->backends[0].headline_metric);
	assert_string_equal(comparison->backends[1].name, "psutil");
	assert_string_equal(comparison->backends[1].headline_metric, "psutil.rss_bytes");
	assert_string_equal(comparison->backends[2].name, "tracemalloc");
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__leaves_out_warmups_and_failures(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results;
	struct comparison *comparison = NULL;
	const struct comparison_cell *cell;

	(void)state;
	run.status = fails;
	results = fake_results_new(&run);
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	cell = comparison_cell(comparison, 0, 1);
	assert_int_equal(cell->n_trials, 3);
	assert_int_equal(cell->n_ok, 2);
	assert_int_equal(cell->trials[1].repetition, 2);
	assert_false(cell->trials[1].ok);
	assert_true(isnan(cell->trials[1].value[COMPARISON_PEAK]));
	assert_true(isnan(cell->trials[1].value[COMPARISON_WALL_NS]));
	assert_false(isnan(cell->trials[2].value[COMPARISON_PEAK]));
	assert_null(comparison_typical_trial(comparison_cell(comparison, 0, 2)));
	comparison_free(comparison);
	results_close(results);
}

/* Trials 4 to 12 are the repetitions, in the order tracemalloc, psutil, none. */
static void test_comparison__computes_errors_and_paired_ratios(void **state)
{
	static const uint64_t psutil_ns[] = {300, 450, 900};
	static const uint64_t none_ns[] = {100, 300, 100};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;
	struct statistics statistics;

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		struct summary_row *own = row_of(results, 5 + 3 * i, "psutil.rss_bytes");
		struct summary_row *reference =
			row_of(results, 5 + 3 * i, "reference.current_bytes");

		own->initial_bytes = 100.0;
		own->peak_bytes = 350.0 + 10.0 * (double)i;
		reference->initial_bytes = 10.0;
		reference->peak_bytes = 190.0;
		own->truth_peak_bytes = reference->truth_peak_bytes = 200.0;
		own->wall_ns = reference->wall_ns = psutil_ns[i];
		row_of(results, 6 + 3 * i, "reference.current_bytes")->wall_ns = none_ns[i];
	}
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	/* (360 - 100 - 200) / 200 in the middle; (190 - 10 - 200) / 200 for the reference. */
	assert_int_equal(comparison_statistics(
				 comparison_cell(comparison, 0, 1), COMPARISON_ERROR, &statistics),
		0);
	assert_near(statistics.median, 0.3);
	assert_int_equal(comparison_statistics(comparison_cell(comparison, 0, 1),
				 COMPARISON_REFERENCE_ERROR, &statistics),
		0);
	assert_near(statistics.median, -0.1);
	/* 3, 1.5 and 9; the medians' own ratio would be 4.5. */
	assert_int_equal(comparison_ratio(comparison, 0, 1, &statistics), 0);
	assert_int_equal(statistics.n, 3);
	assert_near(statistics.median, 3.0);
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__ratio_needs_both_of_a_pair(void **state)
{
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;
	struct statistics statistics;
	struct summary_row *none = row_of(results, 9, "reference.current_bytes");

	(void)state;
	free(none->status);
	none->status = strdup("oom");
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(comparison_ratio(comparison, 0, 1, &statistics), 0);
	assert_int_equal(statistics.n, 2);
	comparison_free(comparison);
	results_close(results);
}

static void test_comparison__typical_trial_has_the_median_reference_peak(void **state)
{
	static const double peaks[] = {300.0, 100.0, 200.0};
	struct fake_run run = run_of(three);
	struct results *results = fake_results_new(&run);
	struct comparison *comparison = NULL;

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		row_of(results, 5 + 3 * i, "reference.current_bytes")->peak_bytes = peaks[i];
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(
		comparison_typical_trial(comparison_cell(comparison, 0, 1))->repetition, 3);
	comparison_free(comparison);

	/* of two, the lower */
	row_of(results, 5, "reference.current_bytes")->peak_bytes = NAN;
	assert_int_equal(comparison_new(results, &comparison, NULL), 0);
	assert_int_equal(
		comparison_typical_trial(comparison_cell(comparison, 0, 1))->repetition, 2);
	comparison_free(comparison);
	results_close(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparison__orders_points_and_backends),
		cmocka_unit_test(test_comparison__leaves_out_warmups_and_failures),
		cmocka_unit_test(test_comparison__computes_errors_and_paired_ratios),
		cmocka_unit_test(test_comparison__ratio_needs_both_of_a_pair),
		cmocka_unit_test(test_comparison__typical_trial_has_the_median_reference_peak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
