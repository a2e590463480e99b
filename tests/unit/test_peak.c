/*
 * The peak of an interval. Bytes are small round numbers: the rule does not depend on their size.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/peak.h"

static void assert_peak(struct peak_evidence evidence, uint64_t bytes, bool exact)
{
	struct peak peak = peak_of_interval(&evidence);

	assert_int_equal(peak.bytes, bytes);
	assert_int_equal(peak.exact, exact);
}

/* The peak before was 900, that of the interval 300. */
static void test_peak__is_the_kernels_own_after_a_reset(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.was_reset = true,
			    .at_begin_bytes = 900,
			    .at_end_bytes = 300,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		300, true);
}

static void test_peak__is_exact_when_it_rose_within(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 501,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		501, true);
}

static void test_peak__is_the_largest_sample_when_it_did_not_rise(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		250, false);
}

static void test_peak__is_the_largest_seen_where_the_kernel_keeps_none(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.not_kept = true,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		250, false);
}

/* A sampler that read too rarely, or never, has seen less than the values at the marks. */
static void test_peak__is_never_below_initial_and_final(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 300,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		300, false);
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 0},
		200, false);
}

/* It did not rise, but the interval reached it: at its start, in a sample, at its end. */
static void test_peak__is_exact_when_a_value_as_large_was_seen(void **state)
{
	(void)state;
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 500,
			    .final_bytes = 200,
			    .largest_sample_bytes = 250},
		500, true);
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 100,
			    .final_bytes = 200,
			    .largest_sample_bytes = 500},
		500, true);
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 100,
			    .final_bytes = 500,
			    .largest_sample_bytes = 250},
		500, true);
	assert_peak((struct peak_evidence){.at_begin_bytes = 500,
			    .at_end_bytes = 500,
			    .initial_bytes = 499,
			    .final_bytes = 499,
			    .largest_sample_bytes = 499},
		499, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peak__is_the_kernels_own_after_a_reset),
		cmocka_unit_test(test_peak__is_exact_when_it_rose_within),
		cmocka_unit_test(test_peak__is_the_largest_sample_when_it_did_not_rise),
		cmocka_unit_test(test_peak__is_the_largest_seen_where_the_kernel_keeps_none),
		cmocka_unit_test(test_peak__is_never_below_initial_and_final),
		cmocka_unit_test(test_peak__is_exact_when_a_value_as_large_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
