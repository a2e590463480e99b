#include "runner/analysis/median_interval.h"

#include "runner/analysis/generator.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_RESAMPLES 10000

static void assert_interval(const double *sorted, size_t n, double low, double high)
{
	struct interval interval = median_interval(sorted, n);

	if (interval.low != low || interval.high != high)
		fail_msg("of %zu values: [%g, %g], not [%g, %g]", n, interval.low, interval.high,
			low, high);
}

/*
 * By hand, of the values 1 to n; the other end follows by symmetry. An odd number: the smallest place i of
 * which P(Bin(n, i / n) > n / 2) is 2.5 % or more. An even one, n = 2 m: the median is 1 where m + 1 values
 * or more are the first.
 *
 *   3   P(Bin(3, 1/3) >= 2) = 7/27: the first
 *   4   P(Bin(4, 1/4) >= 3) = 13/256 = 5.1 %: the first
 *   5   P(Bin(5, 1/5) >= 3) = 181/3125 = 5.8 %: the first
 *   6   P(Bin(6, 1/6) >= 4) = 406/46656 = 0.9 %; three of the first, and of the others the least is the
 *       second, in 20 * (5^3 - 4^3) = 1220 of 46656 resamples, 2.6 %: half of the sum of the first two
 *   7   P(Bin(7, 1/7) >= 4) = 1.0 %, P(Bin(7, 2/7) >= 4) = 10.8 %: the second
 *   9   P(Bin(9, 1/9) >= 5) = 0.15 %, P(Bin(9, 2/9) >= 5) = 2.65 %: the second
 */
static void test_median_interval__worked_values(void **state)
{
	static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	(void)state;
	assert_interval(values, 1, 1, 1);
	assert_interval(values, 2, 1, 2);
	assert_interval(values, 3, 1, 3);
	assert_interval(values, 4, 1, 4);
	assert_interval(values, 5, 1, 5);
	assert_interval(values, 6, 1.5, 5.5);
	assert_interval(values, 7, 2, 6);
	assert_interval(values, 9, 2, 8);
}

static void test_median_interval__values_that_are_equal_or_none(void **state)
{
	static const double same[] = {7, 7, 7, 7};
	static const double zeros[] = {-3, 0, 0, 0, 0, 0, 0, 0, 0, 5};
	static const double pairs[] = {-1, -1, 0, 0, 1, 1};

	(void)state;
	assert_interval(same, 4, 7, 7);
	assert_interval(zeros, 10, 0, 0);
	assert_interval(pairs, 6, -1, 1);
}

static double resampled_median(
	const gsl_rng *generator, const double *values, size_t n, double *drawn)
{
	for (size_t i = 0; i < n; i++)
		drawn[i] = values[gsl_rng_uniform_int(generator, n)];
	gsl_sort(drawn, 1, n);
	return gsl_stats_median_from_sorted_data(drawn, 1, n);
}

/* Number of medians below a value, and number at most that. */
static void count(const double *medians, double value, double *ret_less, double *ret_up_to)
{
	size_t less = 0, up_to = 0;

	for (size_t i = 0; i < N_RESAMPLES; i++) {
		less += medians[i] < value;
		up_to += medians[i] <= value;
	}
	*ret_less = (double)less / N_RESAMPLES;
	*ret_up_to = (double)up_to / N_RESAMPLES;
}

/* The quantile's fraction is between these, within five standard errors of 10,000 draws. */
static void assert_quantile(const double *medians, double value, double part)
{
	const double noise = 5.0 * sqrt(part * (1.0 - part) / N_RESAMPLES);
	double less, up_to;

	count(medians, value, &less, &up_to);
	if (less > part + noise || up_to < part - noise)
		fail_msg("%g is no quantile of %g: %g to %g", value, part, less, up_to);
}

static void test_median_interval__agrees_with_resamples(void **state)
{
	static const size_t sizes[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 20, 31, 50, 100, 101};
	double values[101], drawn[101], medians[N_RESAMPLES];
	gsl_rng *generator = generator_new();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct interval interval;

		for (size_t j = 0; j < sizes[i]; j++)
			values[j] = exp(3.0 * gsl_rng_uniform(generator));
		gsl_sort(values, 1, sizes[i]);
		interval = median_interval(values, sizes[i]);
		for (size_t j = 0; j < N_RESAMPLES; j++)
			medians[j] = resampled_median(generator, values, sizes[i], drawn);
		assert_quantile(medians, interval.low, 0.025);
		assert_quantile(medians, interval.high, 0.975);
	}
	gsl_rng_free(generator);
}

/*
 * Probability that of n draws at least m are among the first a of n values, and at least m + 1
 * among the first b.
 */
static double both_at_most(unsigned n, unsigned a, unsigned b)
{
	const unsigned m = n / 2;
	const double parts[] = {(double)a / n, (double)(b - a) / n, (double)(n - b) / n};
	double sum = 0.0;

	for (unsigned n_a = m; n_a <= n; n_a++)
		for (unsigned n_b = n_a > m ? 0 : m + 1 - n_a; n_a + n_b <= n; n_b++)
			sum += gsl_ran_multinomial_pdf(
				3, parts, (const unsigned[]){n_a, n_b, n - n_a - n_b});
	return sum;
}

/* Probability that the middle two are the values i and j, i <= j. */
static double pair_is(unsigned n, unsigned i, unsigned j)
{
	if (i == j)
		return both_at_most(n, i + 1, i + 1) - both_at_most(n, i, i + 1);
	return both_at_most(n, i + 1, j + 1) - both_at_most(n, i, j + 1) -
	       both_at_most(n, i + 1, j) + both_at_most(n, i, j);
}

/* For an even number of values, sums over all possible middle pairs. */
static double added_up(const double *values, unsigned n, double median)
{
	double sum = 0.0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i; j < n; j++)
			if (0.5 * (values[i] + values[j]) <= median)
				sum += pair_is(n, i, j);
	return sum;
}

static void test_median_interval__agrees_with_every_pair_added_up(void **state)
{
	double values[12];
	gsl_rng *generator = generator_new();

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		const unsigned n = 2 + 2 * (i % 6);
		struct interval interval;

		for (unsigned j = 0; j < n; j++)
			values[j] = exp(3.0 * gsl_rng_uniform(generator));
		gsl_sort(values, 1, n);
		interval = median_interval(values, n);
		assert_true(added_up(values, n, interval.low) >= 0.025);
		assert_true(added_up(values, n, nextafter(interval.low, 0.0)) < 0.025);
		assert_true(added_up(values, n, interval.high) >= 0.975);
		assert_true(added_up(values, n, nextafter(interval.high, 0.0)) < 0.975);
	}
	gsl_rng_free(generator);
}

/* Normal approximation of the ranks: n / 2 -+ 1.96 * sqrt(n) / 2, 4902 and 5098 of 10,000. */
static void test_median_interval__of_many_values(void **state)
{
	enum { N = 10000 };
	static double values[N + 1];
	struct interval interval;

	(void)state;
	for (size_t i = 0; i <= N; i++)
		values[i] = (double)i;
	interval = median_interval(values, N);
	assert_true(fabs(interval.low - 4902) < 2 && fabs(interval.high - 5098) < 2);
	interval = median_interval(values, N + 1);
	assert_true(fabs(interval.low - 4902) < 2 && fabs(interval.high - 5098) < 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median_interval__worked_values),
		cmocka_unit_test(test_median_interval__values_that_are_equal_or_none),
		cmocka_unit_test(test_median_interval__agrees_with_resamples),
		cmocka_unit_test(test_median_interval__agrees_with_every_pair_added_up),
		cmocka_unit_test(test_median_interval__of_many_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
