#include "util/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_format_bytes__picks_a_unit(void **state)
{
	(void)state;
	assert_string_equal(format_bytes(0).text, "0 B");
	assert_string_equal(format_bytes(512).text, "512 B");
	assert_string_equal(format_bytes(1023).text, "1023 B");
	assert_string_equal(format_bytes(1024).text, "1.0 KiB");
	assert_string_equal(format_bytes(4096).text, "4.0 KiB");
	assert_string_equal(format_bytes(1536).text, "1.5 KiB");
	assert_string_equal(format_bytes(67371008).text, "64.25 MiB");
	assert_string_equal(format_bytes(1610612736).text, "1.50 GiB");
	assert_string_equal(format_bytes(UINT64_C(2199023255552)).text, "2.00 TiB");
	assert_string_equal(format_bytes(UINT64_MAX).text, "16777216.00 TiB");
}

static void test_format_bytes__rounds_before_it_picks(void **state)
{
	(void)state;
	/* 1023.95 KiB is 1048524.8 bytes: above it one decimal would show 1024.0. */
	assert_string_equal(format_bytes(1048524).text, "1023.9 KiB");
	assert_string_equal(format_bytes(1048525).text, "1.00 MiB");
	assert_string_equal(format_bytes(1048575).text, "1.00 MiB");
	assert_string_equal(format_bytes(1073741823).text, "1.00 GiB");
	/* 1.005 MiB is 1053818.88 bytes. */
	assert_string_equal(format_bytes(1053818).text, "1.00 MiB");
	assert_string_equal(format_bytes(1053819).text, "1.01 MiB");
}

static void test_format_bytes_difference__has_a_sign(void **state)
{
	(void)state;
	assert_string_equal(format_bytes_difference(0).text, "0 B");
	assert_string_equal(format_bytes_difference(1258291).text, "+1.20 MiB");
	assert_string_equal(format_bytes_difference(-4096).text, "-4.0 KiB");
	assert_string_equal(format_bytes_difference(-1).text, "-1 B");
	assert_string_equal(format_bytes_difference(INT64_MIN).text, "-8388608.00 TiB");
}

static void test_format_duration__three_digits_below_a_minute(void **state)
{
	(void)state;
	assert_string_equal(format_duration(0).text, "0 ns");
	assert_string_equal(format_duration(812).text, "812 ns");
	assert_string_equal(format_duration(1000).text, "1.00 us");
	assert_string_equal(format_duration(12345).text, "12.3 us");
	assert_string_equal(format_duration(4560000).text, "4.56 ms");
	assert_string_equal(format_duration(123456789).text, "123 ms");
	assert_string_equal(format_duration(1234567890).text, "1.23 s");
	assert_string_equal(format_duration(UINT64_C(59900000000)).text, "59.9 s");
}

static void test_format_duration__rounds_before_it_picks(void **state)
{
	(void)state;
	assert_string_equal(format_duration(9994).text, "9.99 us");
	assert_string_equal(format_duration(9995).text, "10.0 us");
	assert_string_equal(format_duration(999499).text, "999 us");
	assert_string_equal(format_duration(999500).text, "1.00 ms");
	assert_string_equal(format_duration(UINT64_C(59949999999)).text, "59.9 s");
	assert_string_equal(format_duration(UINT64_C(59950000000)).text, "1 min 00 s");
}

static void test_format_duration__minutes_and_hours(void **state)
{
	(void)state;
	assert_string_equal(format_duration(UINT64_C(125000000000)).text, "2 min 05 s");
	assert_string_equal(format_duration(UINT64_C(3599499999999)).text, "59 min 59 s");
	assert_string_equal(format_duration(UINT64_C(3599500000000)).text, "1 h 00 min");
	assert_string_equal(format_duration(UINT64_C(3725000000000)).text, "1 h 02 min");
	assert_string_equal(format_duration(UINT64_C(108120000000000)).text, "30 h 02 min");
	/* 18446744073.709551615 s are 5124095 h 34 min 33.7 s. */
	assert_string_equal(format_duration(UINT64_MAX).text, "5124095 h 35 min");
}

static void test_format_double__is_the_shortest_that_reads_back(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {{0.1, "0.1"}, {0.3, "0.3"}, {0.1 + 0.2, "0.30000000000000004"}, {1.0, "1.0"},
		{-2.5, "-2.5"}, {0.0, "0.0"}, {100000.0, "100000.0"}, {1234567.5, "1234567.5"},
		{1e15, "1000000000000000.0"}, {9007199254740993.0, "9007199254740992.0"},
		{1e16, "1e+16"}, {1e20, "1e+20"}, {0.0001, "0.0001"}, {0.00001, "1e-05"},
		{5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
		{-0.00012345678901234567, "-0.00012345678901234567"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(format_double(cases[i].number).text, cases[i].text);
}

static void test_format_time__is_utc_to_the_second(void **state)
{
	(void)state;
	assert_string_equal(format_time(0).text, "1970-01-01T00:00:00Z");
	/* 2024 had a 29 February; fractions of a second are dropped. */
	assert_string_equal(
		format_time(UINT64_C(1709164799999999999)).text, "2024-02-28T23:59:59Z");
	assert_string_equal(
		format_time(UINT64_C(1709164800000000000)).text, "2024-02-29T00:00:00Z");
	assert_string_equal(format_time(UINT64_MAX).text, "2554-07-21T23:34:33Z");
	assert_string_equal(
		format_time_basic(UINT64_C(1709164800000000000)).text, "20240229T000000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_bytes__picks_a_unit),
		cmocka_unit_test(test_format_bytes__rounds_before_it_picks),
		cmocka_unit_test(test_format_bytes_difference__has_a_sign),
		cmocka_unit_test(test_format_duration__three_digits_below_a_minute),
		cmocka_unit_test(test_format_duration__rounds_before_it_picks),
		cmocka_unit_test(test_format_duration__minutes_and_hours),
		cmocka_unit_test(test_format_time__is_utc_to_the_second),
		cmocka_unit_test(test_format_double__is_the_shortest_that_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
