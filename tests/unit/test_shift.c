#include "runner/analysis/shift.h"

#include "runner/analysis/generator.h"
#include "util/array.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* 0.5 % on either side: a 99 % interval. */
#define PART 0.005

static struct shift *unpaired(const double *base, size_t n, const double *values, size_t m)
{
	struct shift *shift = NULL;

	assert_int_equal(shift_new_unpaired(base, n, values, m, &shift), 0);
	return shift;
}

static struct shift *paired(const double *base, const double *values, size_t n)
{
	struct shift *shift = NULL;

	assert_int_equal(shift_new_paired(base, values, n, &shift), 0);
	return shift;
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-12 * fmax(1.0, fabs(expected))))
		fail_msg("%.17g is not %.17g", value, expected);
}

static void assert_shift(struct shift *shift, double ratio, double low, double high)
{
	const struct interval interval = shift_interval(shift, PART);

	assert_near(shift_ratio(shift), ratio);
	assert_near(interval.low, low);
	assert_near(interval.high, high);
	shift_free(shift);
}

/* 5 and 5 values: U = 0 has 1 / 252 = 0.4 %, U <= 1 has 2 / 252 = 0.8 %, so the interval is that of all ratios. */
static void test_shift__five_values_each_by_hand(void **state)
{
	static const double base[] = {100, 104, 101, 103, 102};
	static const double values[] = {200, 202, 204, 206, 208};

	(void)state;
	/* The ratios of one place in the orders to the same, 200 / 100, ..., 208 / 104, are 2. */
	assert_shift(unpaired(base, 5, values, 5), 2.0, 200.0 / 104, 208.0 / 100);
}

/* 6 and 6 of 924: U <= 2 has (1 + 1 + 2) / 924 = 0.43 %, U <= 3 has 7 / 924 = 0.76 %: the third ratio from either end. */
static void test_shift__six_values_each_by_hand(void **state)
{
	static const double base[] = {1, 1, 1, 1, 1, 1};
	static const double values[] = {1, 2, 4, 8, 16, 32};
	static const double rising[] = {1, 1.001, 1.002, 1.003, 1.004, 1.005};

	(void)state;
	/* Six of each ratio. */
	assert_shift(unpaired(base, 6, values, 6), sqrt(4.0 * 8.0), 1.0, 32.0);
	/* The least: 1 / 1.005; then 1 / 1.004 and 1.001 / 1.005, of which this is larger. */
	assert_shift(unpaired(rising, 6, rising, 6), 1.0, 1.001 / 1.005, 1.005 / 1.001);
}

static void test_shift__equal_values_have_an_interval_without_width(void **state)
{
	static const double base[] = {7, 7, 7, 7, 7};
	static const double values[] = {8, 8, 8, 8, 8};

	(void)state;
	assert_shift(unpaired(base, 5, base, 5), 1.0, 1.0, 1.0);
	assert_shift(unpaired(base, 5, values, 5), 8.0 / 7, 8.0 / 7, 8.0 / 7);
}

static bool has_interval(struct shift *shift)
{
	const struct interval interval = shift_interval(shift, PART);

	shift_free(shift);
	assert_true(isnan(interval.low) == isnan(interval.high));
	return !isnan(interval.low);
}

/* 1 / C(n + m, n), and 1 / 2^n: as the header has them. */
static void test_shift__too_few_values_have_no_interval(void **state)
{
	static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	(void)state;
	assert_false(has_interval(unpaired(values, 1, values, 1)));
	assert_false(has_interval(unpaired(values, 3, values, 3)));
	assert_false(has_interval(unpaired(values, 4, values, 4)));
	assert_false(has_interval(unpaired(values, 4, values, 5)));
	assert_true(has_interval(unpaired(values, 5, values, 5)));
	assert_true(has_interval(unpaired(values, 4, values, 6)));
	assert_false(has_interval(unpaired(values, 3, values, 8)));
	assert_true(has_interval(unpaired(values, 9, values, 3)));
	assert_false(has_interval(paired(values, values, 7)));
	assert_true(has_interval(paired(values, values, 8)));
}

/* 8 pairs: W = 0 has 1 / 256 = 0.4 %, W <= 1 has 2 / 256: the smallest and the largest of the ratios. */
static void test_shift__eight_pairs_by_hand(void **state)
{
	static const double base[] = {1, 10, 100, 1, 10, 100, 1, 10};
	static const double values[] = {2, 20, 200, 2, 20, 200, 1, 40};

	(void)state;
	/* The blocks differ by a hundred times, which does not matter. */
	assert_shift(paired(base, values, 8), 2.0, 1.0, 4.0);
}

/* The number of subsets of n of n + m ranks with so many of the m below: by going through them all. */
static double share_by_enumeration(size_t n, size_t m, size_t most)
{
	uint64_t n_subsets = 0, n_small = 0;

	for (uint64_t subset = 0; subset < UINT64_C(1) << (n + m); subset++) {
		size_t u = 0, n_others = 0;

		if ((size_t)__builtin_popcountll(subset) != n)
			continue;
		for (size_t rank = 0; rank < n + m; rank++)
			if (subset >> rank & 1)
				u += n_others;
			else
				n_others++;
		n_subsets++;
		n_small += u <= most;
	}
	return (double)n_small / (double)n_subsets;
}

/* `count` contrasts are at most 1: of the base 1 the values before are 0.5, those after 2. */
static void test_shift_p_above__is_that_of_all_arrangements(void **state)
{
	static const size_t sizes[][2] = {{1, 1}, {2, 3}, {5, 5}, {4, 6}, {3, 9}, {7, 5}};
	double base[16], values[16];

	(void)state;
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		const size_t n = sizes[i][0], m = sizes[i][1];

		for (size_t below = 0; below <= m; below++) {
			struct shift *shift;

			for (size_t j = 0; j < n; j++)
				base[j] = 1.0;
			for (size_t j = 0; j < m; j++)
				values[j] = j < below ? 0.5 : 2.0;
			shift = unpaired(base, n, values, m);
			assert_near(
				shift_p_above(shift, 1.0), share_by_enumeration(n, m, n * below));
			shift_free(shift);
		}
	}
}

/* Three pairs of ratios 0.5, 4 and 4: of the ranks 1 2 3 the first is below 1. W <= 1 has 2 of 8. */
static void test_shift_p_above__of_pairs_by_hand(void **state)
{
	static const double base[] = {1, 1, 1};
	static const double values[] = {0.5, 4, 4};
	struct shift *shift = paired(base, values, 3);

	(void)state;
	assert_near(shift_p_above(shift, 1.0), 2.0 / 8);
	/* Equal to a factor counts against the claim: 0.5 alone. */
	assert_near(shift_p_above(shift, 0.5), 2.0 / 8);
	assert_near(shift_p_above(shift, 0.4), 1.0 / 8);
	/* All six are at most 4. */
	assert_near(shift_p_above(shift, 4.0), 1.0);
	shift_free(shift);
}

/* The interval excludes a factor exactly if its probability is small enough. */
static void test_shift__interval_and_probability_agree(void **state)
{
	gsl_rng *generator = generator_new();
	double base[12], values[12];

	(void)state;
	for (size_t trial = 0; trial < 200; trial++) {
		const size_t n = 5 + trial % 8, m = 5 + trial % 7;
		struct shift *shift;
		struct interval interval;

		for (size_t i = 0; i < 12; i++) {
			base[i] = exp(0.01 * floor(gsl_ran_gaussian(generator, 3.0)));
			values[i] = exp(0.01 * floor(gsl_ran_gaussian(generator, 3.0)));
		}
		shift = unpaired(base, n, values, m);
		interval = shift_interval(shift, PART);
		assert_true(interval.low <= interval.high);
		assert_true(shift_p_above(shift, interval.low * 0.999999) <= PART);
		assert_true(shift_p_above(shift, interval.low * 1.000001) > PART);
		shift_free(shift);
	}
	gsl_rng_free(generator);
}

/* 150 of each are beyond the exact table: the normal one must be near the exact one of 100 and 100. */
static void test_shift__many_values(void **state)
{
	static double values[150];
	struct interval exact, normal;
	struct shift *shift;

	(void)state;
	for (size_t i = 0; i < 150; i++)
		values[i] = 1.0 + (double)(i % 10) / 1000.0;
	shift = unpaired(values, 100, values, 100);
	exact = shift_interval(shift, PART);
	shift_free(shift);
	shift = unpaired(values, 150, values, 150);
	normal = shift_interval(shift, PART);
	shift_free(shift);
	assert_true(exact.low > 0.998 && exact.low <= 1.0 && exact.high >= 1.0);
	assert_true(normal.low >= exact.low && normal.low <= 1.0 && normal.high <= exact.high);
}

static void test_shift__refuses_what_has_no_ratio(void **state)
{
	static const double good[] = {1, 2}, zero[] = {1, 0}, missing[] = {NAN, 1};
	struct shift *shift = NULL;

	(void)state;
	assert_int_equal(shift_new_unpaired(good, 2, zero, 2, &shift), -EDOM);
	assert_int_equal(shift_new_unpaired(missing, 2, good, 2, &shift), -EDOM);
	assert_int_equal(shift_new_unpaired(good, 0, good, 2, &shift), -EDOM);
	assert_int_equal(shift_new_paired(good, zero, 2, &shift), -EDOM);
	assert_int_equal(shift_new_paired(good, good, 0, &shift), -EDOM);
	assert_null(shift);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shift__five_values_each_by_hand),
		cmocka_unit_test(test_shift__six_values_each_by_hand),
		cmocka_unit_test(test_shift__equal_values_have_an_interval_without_width),
		cmocka_unit_test(test_shift__too_few_values_have_no_interval),
		cmocka_unit_test(test_shift__eight_pairs_by_hand),
		cmocka_unit_test(test_shift_p_above__is_that_of_all_arrangements),
		cmocka_unit_test(test_shift_p_above__of_pairs_by_hand),
		cmocka_unit_test(test_shift__interval_and_probability_agree),
		cmocka_unit_test(test_shift__many_values),
		cmocka_unit_test(test_shift__refuses_what_has_no_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
