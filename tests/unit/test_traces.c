/* What the data sheet derives from a trace. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/datasheet/traces.h"

#include <math.h>

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static struct sample staircase[] = {{10, 100}, {20, 300}, {30, 350}, {40, 50}};
static const struct trace stairs = {.samples = staircase, .n = 4};

static void test_trace__values_at_times(void **state)
{
	double median;

	(void)state;
	assert_true(isnan(trace_at(&stairs, 9)));
	assert_near(trace_at(&stairs, 10), 100);
	assert_near(trace_at(&stairs, 29), 300);
	assert_near(trace_at(&stairs, 1000), 50);
	assert_near(trace_largest(&stairs, 10, 20), 300);
	assert_true(isnan(trace_largest(&stairs, 11, 19)));
	assert_near(trace_last(&stairs, 0, 39), 350);
	assert_true(isnan(trace_last(&stairs, 31, 39)));
	assert_int_equal(trace_median(&stairs, 10, 30, &median), 0);
	assert_near(median, 300);
	assert_near(trace_smallest_rise(&stairs, 0, 100), 50);
	assert_near(trace_smallest_rise(&stairs, 0, 25), 200);
	assert_true(isnan(trace_smallest_rise(&stairs, 30, 100)));
}

/*
 * The truth is 0, then 200 from 15 to 35, then 0. The trace, less its initial 100, is 0 from 10, 200 from 20, 250
 * from 30, -50 from 40 to 50: errors of 0 for 5 ns, -200 for 5, 0 for 10, 50 for 5, 250 for 5 and -50 for 10.
 */
static void test_trace__error_over_time_and_delay(void **state)
{
	struct sample declared[] = {{15, 200}, {35, 0}};
	const struct trace truth = {.samples = declared, .n = 2};

	(void)state;
	assert_near(trace_rmse(&stairs, 100, &truth, 10, 50),
		sqrt((5 * 40000.0 + 5 * 2500.0 + 5 * 62500.0 + 10 * 2500.0) / 40.0));
	assert_near(trace_delay_ns(&stairs, 100, &truth, 10, 50), 5);
	assert_true(isnan(trace_delay_ns(&stairs, 300, &truth, 10, 50)));
	/* It shows before it is declared. */
	declared[0].time_ns = 22;
	assert_near(trace_delay_ns(&stairs, 100, &truth, 10, 50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trace__values_at_times),
		cmocka_unit_test(test_trace__error_over_time_and_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
