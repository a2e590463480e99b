/*
 * The generator against the published algorithms: the expected numbers are from an independent
 * implementation in Python; the first of splitmix64(1234567) and xoshiro256**(1, 2, 3, 4) are also
 * used by tests of other libraries.
 */

#include "runner/experiment/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void test_random_init__seeds_by_splitmix64(void **state)
{
	struct random random;

	(void)state;
	random_init(&random, 1234567);
	assert_true(random.state[0] == UINT64_C(6457827717110365317));
	assert_true(random.state[1] == UINT64_C(3203168211198807973));
	assert_true(random.state[2] == UINT64_C(9817491932198370423));
	assert_true(random.state[3] == UINT64_C(4593380528125082431));
}

static void test_random_next__is_xoshiro256_starstar(void **state)
{
	static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360), UINT64_C(607988272756665600)};
	struct random random = {{1, 2, 3, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(random_next(&random) == expected[i]);
}

static void test_random_next__seed_zero_is_a_seed(void **state)
{
	struct random random;

	(void)state;
	random_init(&random, 0);
	assert_true(random_next(&random) == UINT64_C(0x99ec5f36cb75f2b4));
	assert_true(random_next(&random) == UINT64_C(0xbf6e1f784956452a));
}

static void test_random_below__one_is_always_zero(void **state)
{
	struct random random;

	(void)state;
	random_init(&random, 5);
	for (int i = 0; i < 100; i++)
		assert_true(random_below(&random, 1) == 0);
}

/*
 * With a bound of 3 * 2^62 a plain remainder would give the lower third half of all draws. Fair is
 * a third: 10,000 of 30,000, with a standard deviation of 82.
 */
static void test_random_below__is_not_biased_to_small_numbers(void **state)
{
	const uint64_t third = UINT64_C(1) << 62;
	struct random random;
	int n_low = 0;

	(void)state;
	random_init(&random, 1);
	for (int i = 0; i < 30000; i++) {
		uint64_t drawn = random_below(&random, 3 * third);

		assert_true(drawn < 3 * third);
		n_low += drawn < third;
	}
	assert_in_range(n_low, 9600, 10400);
}

/* All 24 orders of 4: 1,000 each of 24,000 shuffles, with a standard deviation of 31. */
static void test_random_shuffle__every_order_is_equally_likely(void **state)
{
	int n_seen[256] = {0}, n_orders = 0;
	struct random random;

	(void)state;
	random_init(&random, 1);
	for (int i = 0; i < 24000; i++) {
		unsigned char order[] = {0, 1, 2, 3};

		random_shuffle(&random, order, 4, 1);
		n_seen[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
	}
	for (int i = 0; i < 256; i++) {
		if (n_seen[i] == 0)
			continue;
		n_orders++;
		assert_in_range(n_seen[i], 840, 1160);
	}
	assert_int_equal(n_orders, 24);
}

static void test_random_shuffle__is_the_same_everywhere(void **state)
{
	static const uint32_t expected[] = {8, 3, 9, 0, 7, 2, 1, 6, 5, 4};
	uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct random random;

	(void)state;
	random_init(&random, 7);
	random_shuffle(&random, numbers, 10, sizeof(numbers[0]));
	assert_memory_equal(numbers, expected, sizeof(expected));
}

static void test_random_shuffle__nothing_and_one_are_left_alone(void **state)
{
	struct random random;
	uint32_t one = 7;

	(void)state;
	random_init(&random, 1);
	random_shuffle(&random, NULL, 0, 4);
	random_shuffle(&random, &one, 1, sizeof(one));
	assert_int_equal(one, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_init__seeds_by_splitmix64),
		cmocka_unit_test(test_random_next__is_xoshiro256_starstar),
		cmocka_unit_test(test_random_next__seed_zero_is_a_seed),
		cmocka_unit_test(test_random_below__one_is_always_zero),
		cmocka_unit_test(test_random_below__is_not_biased_to_small_numbers),
		cmocka_unit_test(test_random_shuffle__every_order_is_equally_likely),
		cmocka_unit_test(test_random_shuffle__is_the_same_everywhere),
		cmocka_unit_test(test_random_shuffle__nothing_and_one_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
