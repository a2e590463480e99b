/* The rule for judging a reporter. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/datasheet/judgement.h"
#include "util/array.h"

#include <math.h>

#define MIB 1048576.0

static void test_judgement__tolerance_has_three_parts(void **state)
{
	(void)state;
	/* 5 % of 100 MiB, two CPUs of 256 KiB, and 128 KiB. */
	assert_true(fabs(judgement_tolerance(100 * MIB, 0.5 * MIB) - 5.625 * MIB) < 1.0);
}

static void test_judgement__a_verdict_for_each_error(void **state)
{
	static const struct {
		double error, truth; /* MiB, with a tolerance of 4 */
		enum datasheet_verdict verdict;
	} cases[] = {
		{0, 64, VERDICT_RIGHT},
		{4, 64, VERDICT_RIGHT},
		{-4, 64, VERDICT_RIGHT},
		{4.01, 64, VERDICT_HIGH},
		{448, 64, VERDICT_HIGH},
		{-4.01, 64, VERDICT_LOW},
		{-57.5, 64, VERDICT_LOW},
		{-57.7, 64, VERDICT_BLIND}, /* shows 6.3, and a tenth is 6.4 */
		{-70, 64, VERDICT_BLIND},
		{-10, 0, VERDICT_LOW}, /* no truth to be blind to */
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

/* Quartiles 2 and 4: values above 10 or below -4 are outliers. */
static void test_judgement__outliers_are_beyond_three_ranges(void **state)
{
	static const double values[] = {-4.1, -4, 2, 3, 4, 10, 10.1};
	const struct statistics statistics = {.n = 7, .quartile_low = 2, .quartile_high = 4};

	(void)state;
	assert_int_equal(judgement_outliers(values, LENGTH(values), &statistics), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judgement__tolerance_has_three_parts),
		cmocka_unit_test(test_judgement__a_verdict_for_each_error),
		cmocka_unit_test(test_judgement__is_sure_where_the_whole_interval_says_the_same),
		cmocka_unit_test(test_judgement__outliers_are_beyond_three_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
