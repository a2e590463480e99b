/* One-sided tolerance factors: those of published tables, and what they promise in simulation. */

#include "runner/analysis/generator.h"
#include "runner/fit/tolerance.h"
#include "util/array.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_factor(double factor, double expected)
{
	if (!(fabs(factor - expected) <= 0.0006 * expected))
		fail_msg("%.6g is not %.6g", factor, expected);
}

/* Of n normal values, both parameters unknown: ISO 16269-6, 95 % confidence, contents 95 % and 99 %. */
static void test_tolerance__published_factors(void **state)
{
	static const struct {
		double n;
		double of_95;
		double of_99;
	} rows[] = {
		{2, 26.260, 37.094},
		{3, 7.656, 10.553},
		{4, 5.144, 7.042},
		{5, 4.203, 5.741},
		{10, 2.911, 3.981},
		{20, 2.396, 3.295},
		{50, 2.065, 2.862},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const double n = rows[i].n;

		assert_factor(tolerance_factor(n - 1.0, 1.0 / n, 0.95, 0.95), rows[i].of_95);
		assert_factor(tolerance_factor(n - 1.0, 1.0 / n, 0.99, 0.95), rows[i].of_99);
	}
}

/* With everything known it is the quantile. */
static void test_tolerance__of_many_values_is_the_quantile(void **state)
{
	(void)state;
	assert_factor(tolerance_factor(1e6, 1e-6, 0.95, 0.5), 1.6449);
}

/* A median of the content is Student's t: P(d Z <= K U). */
static void test_tolerance__of_half_the_content_is_students_t(void **state)
{
	(void)state;
	assert_factor(tolerance_factor(4.0, 0.25, 0.5, 0.95), 0.5 * 2.13185);
}

static void test_tolerance__what_has_no_factor(void **state)
{
	(void)state;
	assert_true(isnan(tolerance_factor(0.0, 0.5, 0.95, 0.95)));
	assert_true(isnan(tolerance_factor(3.0, 0.0, 0.95, 0.95)));
	assert_true(isnan(tolerance_factor(3.0, NAN, 0.95, 0.95)));
	assert_true(isnan(tolerance_factor(3.0, 0.5, 1.0, 0.95)));
	assert_true(isnan(tolerance_factor(3.0, 0.5, 0.95, 1.0)));
}

/* Of lines through four values, extrapolated to twice the largest n: the bound is above 95 % of values in 95 % of cases. */
static void test_tolerance__covers_what_it_promises(void **state)
{
	static const double at = 8.0, mean = 2.5, squares = 5.0;
	const double leverage = 1.0 / 4.0 + (at - mean) * (at - mean) / squares;
	const double factor = tolerance_factor(2.0, leverage, 0.95, 0.95);
	gsl_rng *generator = generator_new();
	int n_held = 0;

	(void)state;
	assert_non_null(generator);
	for (int i = 0; i < 20000; i++) {
		double y[4], level = 0.0, slope = 0.0, residuals = 0.0;

		for (int j = 0; j < 4; j++) {
			y[j] = gsl_ran_gaussian(generator, 1.0);
			level += y[j] / 4.0;
			slope += y[j] * (j + 1.0 - mean) / squares;
		}
		for (int j = 0; j < 4; j++)
			residuals += pow(y[j] - level - slope * (j + 1.0 - mean), 2.0);
		n_held += level + slope * (at - mean) + factor * sqrt(residuals / 2.0) >=
			  gsl_cdf_ugaussian_Pinv(0.95);
	}
	gsl_rng_free(generator);
	/* 19000 expected; 31 is the standard deviation. */
	assert_in_range(n_held, 18876, 19124);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tolerance__published_factors),
		cmocka_unit_test(test_tolerance__of_many_values_is_the_quantile),
		cmocka_unit_test(test_tolerance__of_half_the_content_is_students_t),
		cmocka_unit_test(test_tolerance__what_has_no_factor),
		cmocka_unit_test(test_tolerance__covers_what_it_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
