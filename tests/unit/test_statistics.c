#include "runner/analysis/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static void test_statistics_of__odd_count(void **state)
{
	const double values[] = {7, 1, 5, 3, 9};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_int_equal(statistics.n, 5);
	assert_near(statistics.median, 5.0);
	assert_near(statistics.minimum, 1.0);
	assert_near(statistics.maximum, 9.0);
	assert_near(statistics.quartile_low, 3.0);
	assert_near(statistics.quartile_high, 7.0);
}

static void test_statistics_of__even_count_takes_the_middle_of_two(void **state)
{
	const double values[] = {4, 1, 3, 2};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_near(statistics.median, 2.5);
	/* Type 7: position 0.25 * (4 - 1) = 0.75 between 1 and 2. */
	assert_near(statistics.quartile_low, 1.75);
	assert_near(statistics.quartile_high, 3.25);
}

/* Motor Trend's miles per gallon, 1974: R's summary(mtcars$mpg) and quantile() print these. */
static void test_statistics_of__known_data_set(void **state)
{
	const double values[] = {21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8,
		16.4, 17.3, 15.2, 10.4, 10.4, 14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2,
		27.3, 26.0, 30.4, 15.8, 19.7, 15.0, 21.4};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_int_equal(statistics.n, 32);
	assert_near(statistics.median, 19.2);
	assert_near(statistics.quartile_low, 15.425);
	assert_near(statistics.quartile_high, 22.8);
	assert_near(statistics.minimum, 10.4);
	assert_near(statistics.maximum, 33.9);
}

static void test_statistics_of__single_value_has_no_interval(void **state)
{
	const double value = 42.5;
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(&value, 1, &statistics), 0);
	assert_int_equal(statistics.n, 1);
	assert_near(statistics.median, 42.5);
	assert_near(statistics.quartile_low, 42.5);
	assert_true(isnan(statistics.median_ci95.low) && isnan(statistics.median_ci95.high));
}

static void test_statistics_of__leaves_out_nan(void **state)
{
	const double values[] = {NAN, 2, NAN, 4, 6};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_int_equal(statistics.n, 3);
	assert_near(statistics.median, 4.0);
}

static void test_statistics_of__nothing_left_is_nan(void **state)
{
	const double values[] = {NAN, NAN};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_int_equal(statistics.n, 0);
	assert_true(isnan(statistics.median));
	assert_true(isnan(statistics.median_ci95.high));
	assert_int_equal(statistics_of(NULL, 0, &statistics), 0);
	assert_int_equal(statistics.n, 0);
}

/*
 * Seven values: a resample's median is the smallest with P(Bin(7, 1/7) >= 4) = 8359/823543 = 1.0 %,
 * and at most the second with P(Bin(7, 2/7) >= 4) = 89168/823543 = 10.8 %. 2.5 % falls on the second.
 */
static void test_statistics_of__interval_of_odd_count(void **state)
{
	const double values[] = {16, 1, 2, 64, 8, 32, 4};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_near(statistics.median_ci95.low, 2.0);
	assert_near(statistics.median_ci95.high, 32.0);
}

/*
 * Six values: both middle ones are the smallest with P(Bin(6, 1/6) >= 4) = 406/46656 = 0.9 %; the
 * smallest and the second with 20 * (5^3 - 4^3) / 6^6 = 1220/46656 = 2.6 %. 2.5 % falls on the latter,
 * whose median is 1.5.
 */
static void test_statistics_of__interval_of_even_count(void **state)
{
	const double values[] = {1, 2, 3, 4, 5, 6};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of(values, N_OF(values), &statistics), 0);
	assert_near(statistics.median_ci95.low, 1.5);
	assert_near(statistics.median_ci95.high, 5.5);
}

static void test_statistics_of__same_data_same_interval(void **state)
{
	double values[101];
	struct statistics first;
	struct statistics second;

	(void)state;
	for (size_t i = 0; i < N_OF(values); i++)
		values[i] = sqrt((double)((i * 37) % 101));
	assert_int_equal(statistics_of(values, N_OF(values), &first), 0);
	assert_int_equal(statistics_of(values, N_OF(values), &second), 0);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_true(first.median_ci95.low < first.median);
	assert_true(first.median_ci95.high > first.median);
}

static void test_statistics_of_ratio__pairs_by_position(void **state)
{
	const double a[] = {2, 6, 12};
	const double b[] = {1, 2, 3};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of_ratio(a, b, N_OF(a), &statistics), 0);
	assert_int_equal(statistics.n, 3);
	/* 2, 3 and 4; the ratio of the medians is also 3, so only the ends differ. */
	assert_near(statistics.median, 3.0);
	assert_near(statistics.minimum, 2.0);
	assert_near(statistics.maximum, 4.0);
}

static void test_statistics_of_ratio__is_not_the_ratio_of_medians(void **state)
{
	const double a[] = {10, 2, 30};
	const double b[] = {1, 20, 5};
	struct statistics statistics;

	(void)state;
	/* 10, 0.1 and 6: the ratio of the medians would be 10 / 5 = 2. */
	assert_int_equal(statistics_of_ratio(a, b, N_OF(a), &statistics), 0);
	assert_near(statistics.median, 6.0);
}

static void test_statistics_of_ratio__leaves_out_broken_pairs(void **state)
{
	const double a[] = {2, NAN, 8, 9};
	const double b[] = {1, 1, 0, NAN};
	struct statistics statistics;

	(void)state;
	assert_int_equal(statistics_of_ratio(a, b, N_OF(a), &statistics), 0);
	assert_int_equal(statistics.n, 1);
	assert_near(statistics.median, 2.0);
}

static void test_statistics_n_for__widths_shrink_with_the_root(void **state)
{
	struct statistics statistics = {
		.n = 10, .median = 200.0, .median_ci95 = {.low = 194.0, .high = 204.0}};

	(void)state;
	/* The wider side is 3 %, three times 1 %: needs nine times as many. */
	assert_near(statistics_n_for(&statistics, 0.01), 90.0);
	/* Half of 6 %: needs a quarter of ten, rounded up. */
	assert_near(statistics_n_for(&statistics, 0.06), 3.0);
	statistics.median_ci95 = (struct interval){200.0, 200.0};
	assert_near(statistics_n_for(&statistics, 0.01), 1.0);
	statistics.median = 0.0;
	assert_true(isnan(statistics_n_for(&statistics, 0.01)));
	statistics.n = 0;
	statistics.median = NAN;
	assert_true(isnan(statistics_n_for(&statistics, 0.01)));
}

/*
 * Differences of the ranks 1, 1, 1, 1, 0: rho = 1 - 6 * 4 / (5 * 24) = 0.8. With three degrees of
 * freedom t's distribution has a closed form: p = 1 - 2 / pi * (x / (1 + x^2) + atan(x)), where x =
 * t / sqrt(3) = 0.8 / 0.6.
 */
static void test_statistics_drift__spearman_and_students_t(void **state)
{
	const double order[] = {1, 2, 3, 4, 5};
	const double values[] = {20, 10, 40, 30, 500};
	struct drift drift;

	(void)state;
	assert_int_equal(statistics_drift(order, values, N_OF(order), 1, &drift), 0);
	assert_int_equal(drift.n, 5);
	assert_near(drift.spearman, 0.8);
	assert_true(fabs(drift.p - 0.104088) < 1e-6);
}

static void test_statistics_drift__the_ends(void **state)
{
	const double order[] = {1, 2, 3, 4, 5};
	const double falling[] = {9, 7, 5, 3, 1};
	const double still[] = {4, 4, 4, 4, 4};
	struct drift drift;

	(void)state;
	assert_int_equal(statistics_drift(order, falling, N_OF(order), 1, &drift), 0);
	assert_near(drift.spearman, -1.0);
	assert_true(drift.p < 1e-6);
	assert_int_equal(statistics_drift(order, still, N_OF(order), 1, &drift), 0);
	assert_near(drift.spearman, 0.0);
	assert_near(drift.p, 1.0);
	/* Five values minus four medians leave no degrees of freedom. */
	assert_int_equal(statistics_drift(order, falling, N_OF(order), 4, &drift), 0);
	assert_int_equal(drift.n, 0);
	assert_near(drift.p, 1.0);
	assert_int_equal(statistics_drift(NULL, NULL, 0, 0, &drift), 0);
	assert_int_equal(drift.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statistics_of__odd_count),
		cmocka_unit_test(test_statistics_of__even_count_takes_the_middle_of_two),
		cmocka_unit_test(test_statistics_of__known_data_set),
		cmocka_unit_test(test_statistics_of__single_value_has_no_interval),
		cmocka_unit_test(test_statistics_of__leaves_out_nan),
		cmocka_unit_test(test_statistics_of__nothing_left_is_nan),
		cmocka_unit_test(test_statistics_of__interval_of_odd_count),
		cmocka_unit_test(test_statistics_of__interval_of_even_count),
		cmocka_unit_test(test_statistics_of__same_data_same_interval),
		cmocka_unit_test(test_statistics_of_ratio__pairs_by_position),
		cmocka_unit_test(test_statistics_of_ratio__is_not_the_ratio_of_medians),
		cmocka_unit_test(test_statistics_of_ratio__leaves_out_broken_pairs),
		cmocka_unit_test(test_statistics_n_for__widths_shrink_with_the_root),
		cmocka_unit_test(test_statistics_drift__spearman_and_students_t),
		cmocka_unit_test(test_statistics_drift__the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
