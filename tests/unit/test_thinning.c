/* Thinning of a trace: prominent samples are kept, however few are requested. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/store/thinning.h"
#include "util/array.h"

#define MAX_SAMPLES 20
#define LEVEL 1000

static struct sample kept[MAX_SAMPLES];

/* `n` samples of LEVEL except the one at `index`, thinned into `kept`. Returns the number kept. */
static size_t thin_level(uint64_t n, uint64_t index, uint64_t value)
{
	struct thinning thinning;

	thinning_init(&thinning, kept, MAX_SAMPLES, n);
	for (uint64_t i = 0; i < n; i++)
		thinning_add(&thinning,
			(struct sample){.time_ns = i, .value = i == index ? value : LEVEL});
	return thinning.n_kept;
}

static void assert_kept_once(size_t n_kept, uint64_t index, uint64_t value)
{
	size_t n_found = 0;

	assert_in_range(n_kept, 2, MAX_SAMPLES);
	for (size_t i = 0; i < n_kept; i++) {
		if (i > 0)
			assert_true(kept[i].time_ns > kept[i - 1].time_ns);
		n_found += kept[i].time_ns == index && kept[i].value == value;
	}
	assert_int_equal(n_found, 1);
}

static void test_thinning__spike_and_dip_stay_wherever_they_stand(void **state)
{
	(void)state;
	for (uint64_t index = 0; index < 500; index++) {
		assert_kept_once(thin_level(500, index, LEVEL + 1), index, LEVEL + 1);
		assert_kept_once(thin_level(500, index, LEVEL - 1), index, LEVEL - 1);
	}
}

static void test_thinning__spike_of_one_sample_in_a_hundred_million_stays(void **state)
{
	(void)state;
	assert_kept_once(thin_level(100000000, 61803398, LEVEL + 1), 61803398, LEVEL + 1);
}

static void test_thinning__first_and_last_stay(void **state)
{
	size_t n_kept = thin_level(1000003, 500, LEVEL);

	(void)state;
	assert_int_equal(kept[0].time_ns, 0);
	assert_int_equal(kept[n_kept - 1].time_ns, 1000002);
}

static void test_thinning__few_samples_all_stay(void **state)
{
	(void)state;
	assert_int_equal(thin_level(MAX_SAMPLES, 3, 7), MAX_SAMPLES);
	for (uint64_t i = 0; i < MAX_SAMPLES; i++)
		assert_int_equal(kept[i].time_ns, i);
	assert_int_equal(kept[3].value, 7);
	assert_int_equal(thin_level(0, 0, 0), 0);
	assert_in_range(thin_level(MAX_SAMPLES + 1, 0, 0), 2, MAX_SAMPLES);
}

/* Both extremes of a stretch, in their original order. */
static void test_thinning__keeps_smallest_and_largest_of_a_stretch_in_order(void **state)
{
	static const uint64_t values[] = {5, 5, 9, 1, 5, 5, 5, 2, 8, 5, 5, 5};
	struct thinning thinning;
	struct sample samples[6];

	(void)state;
	/* First, last, and two stretches of five in between. */
	thinning_init(&thinning, samples, 6, LENGTH(values));
	for (uint64_t i = 0; i < LENGTH(values); i++)
		thinning_add(&thinning, (struct sample){.time_ns = i, .value = values[i]});
	assert_int_equal(thinning.n_kept, 6);
	assert_int_equal(samples[1].value, 9);
	assert_int_equal(samples[2].value, 1);
	assert_int_equal(samples[3].value, 2);
	assert_int_equal(samples[4].value, 8);
}

static void assert_thinned(const uint64_t *values, size_t n, size_t max_samples,
	const uint64_t *expected_indices, size_t n_expected)
{
	struct thinning thinning;

	assert_true(max_samples <= MAX_SAMPLES);
	thinning_init(&thinning, kept, max_samples, n);
	for (size_t i = 0; i < n; i++)
		thinning_add(&thinning, (struct sample){.time_ns = i, .value = values[i]});
	assert_int_equal(thinning.n_kept, n_expected);
	for (size_t i = 0; i < n_expected; i++)
		assert_int_equal(kept[i].time_ns, expected_indices[i]);
}

static void test_thinning__keeps_all_that_fits(void **state)
{
	static const uint64_t values[] = {5, 5, 5, 5};
	static const uint64_t expected[] = {0, 1, 2, 3};

	(void)state;
	assert_thinned(values, 4, 4, expected, 4);
	assert_thinned(values, 1, 4, expected, 1);
	assert_thinned(values, 0, 4, expected, 0);
}

/* Ten samples into six: first, last, and the smallest and largest of [1, 4] and [5, 8]. */
static void test_thinning__keeps_both_ends_and_the_extremes_of_each_stretch(void **state)
{
	static const uint64_t values[] = {5, 9, 2, 3, 4, 6, 6, 1, 8, 5};
	static const uint64_t expected[] = {0, 1, 2, 7, 8, 9};
	static const uint64_t level[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
	static const uint64_t expected_of_level[] = {0, 1, 5, 9};

	(void)state;
	assert_thinned(values, 10, 6, expected, 6);
	assert_thinned(level, 10, 6, expected_of_level, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thinning__spike_and_dip_stay_wherever_they_stand),
		cmocka_unit_test(test_thinning__spike_of_one_sample_in_a_hundred_million_stays),
		cmocka_unit_test(test_thinning__first_and_last_stay),
		cmocka_unit_test(test_thinning__few_samples_all_stay),
		cmocka_unit_test(test_thinning__keeps_smallest_and_largest_of_a_stretch_in_order),
		cmocka_unit_test(test_thinning__keeps_all_that_fits),
		cmocka_unit_test(test_thinning__keeps_both_ends_and_the_extremes_of_each_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
