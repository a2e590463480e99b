/* The size of a task. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/fit/size_expression.h"

#include <errno.h>
#include <math.h>

/* NaN if the text is not a valid size, or has no value there. */
static double value_of(const char *text, const char *parameters, struct error *error)
{
	struct size_expression *expression;
	double value = NAN;
	json_t *object = json_loads(parameters, 0, NULL);

	assert_non_null(object);
	*error = ERROR_INIT;
	if (size_expression_parse(text, &expression, error) == 0) {
		if (size_expression_value(expression, object, &value, error) < 0)
			assert_true(isnan(value));
		size_expression_free(expression);
	}
	json_decref(object);
	return value;
}

static void assert_size(const char *text, const char *parameters, double expected)
{
	struct error error;
	double value = value_of(text, parameters, &error);

	if (!(fabs(value - expected) < 1e-9))
		fail_msg("%s is %g: %s", text, value, error.text);
}

static void assert_refused(const char *text, const char *parameters, const char *sentence)
{
	struct error error;

	assert_true(isnan(value_of(text, parameters, &error)));
	assert_int_equal(error.number, EINVAL);
	assert_string_equal(error.text, sentence);
}

static void test_size_expression__products_and_powers(void **state)
{
	(void)state;
	assert_size("n", "{\"n\":7}", 7.0);
	assert_size("nx*ny*nz", "{\"nx\":2,\"ny\":3,\"nz\":5}", 30.0);
	assert_size(" nx * ny ", "{\"nx\":2,\"ny\":3}", 6.0);
	assert_size("edge^3", "{\"edge\":4}", 64.0);
	assert_size("4*samples", "{\"samples\":2.5}", 10.0);
	assert_size("edge ^ 2 * depth", "{\"edge\":3,\"depth\":10}", 90.0);
	assert_size("64*64*128", "{}", 524288.0);
	assert_size("64x64x128", "{}", 524288.0);
	assert_size("_n1", "{\"_n1\":1}", 1.0);
}

static void test_size_expression__texts_that_are_numbers(void **state)
{
	(void)state;
	assert_size("shape", "{\"shape\":\"96x128x192\"}", 2359296.0);
	assert_size("n", "{\"n\":\"12\"}", 12.0);
	assert_size("n", "{\"n\":\"64KiB\"}", 65536.0);
	assert_size("n", "{\"n\":\"1.5MiB\"}", 1572864.0);
}

static void test_size_expression__refuses_what_is_no_product(void **state)
{
	static const char *const texts[] = {"", "*", "n*", "n**2", "n^", "n^m", "n+m", "2n", "a b",
		"n^-1", "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct size_expression *expression = NULL;
		struct error error = ERROR_INIT;

		assert_int_equal(size_expression_parse(texts[i], &expression, &error), -EINVAL);
		assert_null(expression);
	}
	assert_refused("n+m", "{}",
		"n+m is not a size: expected a product of parameters and numbers, such as nx*ny*nz "
		"or "
		"edge^3");
}

static void test_size_expression__refuses_values_that_are_no_sizes(void **state)
{
	(void)state;
	assert_refused("m", "{\"n\":1}", "no parameter m");
	assert_refused("n", "{\"n\":\"fast\"}", "the parameter n is not always a number");
	assert_refused("n", "{\"n\":\"96x\"}", "the parameter n is not always a number");
	assert_refused("n", "{\"n\":true}", "the parameter n is not always a number");
	assert_refused("n", "{\"n\":0}", "a size of 0: a fit needs finite sizes above 0");
	assert_refused("n", "{\"n\":-3}", "a size of -3: a fit needs finite sizes above 0");
	assert_refused("n^400", "{\"n\":1000}", "a size of inf: a fit needs finite sizes above 0");
}

static void test_size_expression__says_what_it_uses(void **state)
{
	struct size_expression *expression;

	(void)state;
	assert_int_equal(size_expression_parse("4*nx*ny^2", &expression, NULL), 0);
	assert_true(size_expression_uses(expression, "nx"));
	assert_true(size_expression_uses(expression, "ny"));
	assert_false(size_expression_uses(expression, "n"));
	assert_false(size_expression_uses(expression, "4"));
	size_expression_free(expression);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size_expression__products_and_powers),
		cmocka_unit_test(test_size_expression__texts_that_are_numbers),
		cmocka_unit_test(test_size_expression__refuses_what_is_no_product),
		cmocka_unit_test(test_size_expression__refuses_values_that_are_no_sizes),
		cmocka_unit_test(test_size_expression__says_what_it_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
