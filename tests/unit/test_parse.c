#include "util/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNTOUCHED UINT64_C(0xdead)

struct example {
	const char *text;
	uint64_t value;
};

typedef int (*parser)(const char *text, uint64_t *ret_value);

static void assert_values(parser parse, const struct example *examples, size_t n_examples)
{
	for (size_t i = 0; i < n_examples; i++) {
		uint64_t value = UNTOUCHED;

		if (parse(examples[i].text, &value) != 0 || value != examples[i].value)
			fail_msg("\"%s\" gave %llu", examples[i].text, (unsigned long long)value);
	}
}

static void assert_refused(parser parse, int expected, const char *const *texts, size_t n_texts)
{
	for (size_t i = 0; i < n_texts; i++) {
		uint64_t value = UNTOUCHED;
		int result = parse(texts[i], &value);

		if (result != expected || value != UNTOUCHED)
			fail_msg("\"%s\" gave %d", texts[i], result);
	}
}

#define ASSERT_VALUES(parse, examples)                                                             \
	assert_values(parse, examples, sizeof(examples) / sizeof((examples)[0]))
#define ASSERT_REFUSED(parse, expected, texts)                                                     \
	assert_refused(parse, expected, texts, sizeof(texts) / sizeof((texts)[0]))

static void test_parse_u64__takes_digits(void **state)
{
	static const struct example examples[] = {
		{"0", 0},
		{"4096", 4096},
		{"007", 7},
		{"18446744073709551615", UINT64_MAX},
	};

	(void)state;
	ASSERT_VALUES(parse_u64, examples);
}

static void test_parse_u64__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", " ", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1e3",
		"1_000", "max", "99999999999999999999x"};
	static const char *const too_large[] = {"18446744073709551616", "99999999999999999999"};

	(void)state;
	ASSERT_REFUSED(parse_u64, -EINVAL, texts);
	ASSERT_REFUSED(parse_u64, -ERANGE, too_large);
}

static void test_parse_leading_u64__stops_behind_the_digits(void **state)
{
	const char *text = "12.345 6", *cursor = text;
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(parse_leading_u64(&cursor, &value), 0);
	assert_int_equal(value, 12);
	assert_ptr_equal(cursor, text + 2);
	cursor++;
	assert_int_equal(parse_leading_u64(&cursor, &value), 0);
	assert_int_equal(value, 345);
	assert_string_equal(cursor, " 6");
}

static void test_parse_leading_u64__moves_nothing_on_failure(void **state)
{
	static const char *const texts[] = {"", " 6", "-1", "18446744073709551616 1"};
	static const int expected[] = {-EINVAL, -EINVAL, -EINVAL, -ERANGE};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *cursor = texts[i];
		uint64_t value = UNTOUCHED;

		assert_int_equal(parse_leading_u64(&cursor, &value), expected[i]);
		assert_ptr_equal(cursor, texts[i]);
		assert_true(value == UNTOUCHED);
	}
}

static void test_parse_decimal__takes_fraction_and_exponent(void **state)
{
	static const struct {
		const char *text;
		double value;
	} examples[] = {{"0", 0.0}, {"0.25", 0.25}, {"1e-3", 0.001}, {"12.5E+1", 125.0},
		{"3e2", 300.0}, {"1e-999", 0.0}};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		double value = -1.0;

		assert_int_equal(parse_decimal(examples[i].text, &value), 0);
		assert_true(value == examples[i].value);
	}
}

static void test_parse_decimal__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", ".", ".5", "5.", "-1", "+1", " 1", "1 ", "nan",
		"inf", "0x1p3", "1e", "1e+", "1e5.0", "1,5", "1..2", "1.5s"};
	double value = -1.0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse_decimal(texts[i], &value) != -EINVAL)
			fail_msg("\"%s\" gave %g", texts[i], value);
	assert_int_equal(parse_decimal("1e999", &value), -ERANGE);
	assert_true(value == -1.0);
}

static void test_parse_size__takes_units(void **state)
{
	static const struct example examples[] = {
		{"0", 0},
		{"4096", 4096},
		{"4096B", 4096},
		{"64KiB", 65536},
		{"512Mi", UINT64_C(512) << 20},
		{"1.5Gi", UINT64_C(1536) << 20},
		{"512MiB", 536870912},
		{"512M", 536870912},
		{"512m", 536870912},
		{"2k", 2048},
		{"1.5GiB", 1610612736},
		{"1.50 GiB", 1610612736},
		{"1 TiB", 1099511627776},
		{"1t", 1099511627776},
		{"1kB", 1000},
		{"1KB", 1000},
		{"2.5MB", 2500000},
		{"1GB", 1000000000},
		{"3TB", 3000000000000},
		{"1.000", 1},
		{"0.0009765625KiB", 1},
		{"16777215TiB", UINT64_C(18446742974197923840)},
	};

	(void)state;
	ASSERT_VALUES(parse_size, examples);
}

static void test_parse_size__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", " ", "KiB", " 1KiB", "1KiB ", "1  KiB", "1\tKiB",
		"4096 ", "-1", "+1", "1kib", "1mb", "1Mib", "1e3", "1e3KiB", "1.KiB", ".5KiB",
		"0x1KiB", "max", "1,5GiB", "1PiB", "99999999999999999999Q"};
	static const char *const not_whole[] = {
		"0.5", "1.1GiB", "0.0001kB", "0.00048828125KiB", "1.0000000000000000001TiB"};
	static const char *const too_large[] = {"18446744073709551616", "16777216TiB",
		"99999999999999999999KiB", "18446744073709551615.5KiB"};

	(void)state;
	ASSERT_REFUSED(parse_size, -EINVAL, texts);
	ASSERT_REFUSED(parse_size, -EINVAL, not_whole);
	ASSERT_REFUSED(parse_size, -ERANGE, too_large);
}

static void test_parse_duration__takes_units(void **state)
{
	static const struct example examples[] = {
		{"0", 0},
		{"800ns", 800},
		{"250us", 250000},
		{"10ms", 10000000},
		{"0.1ms", 100000},
		{"1.5s", 1500000000},
		{"1.5", 1500000000},
		{"2min", UINT64_C(120000000000)},
		{"2 min", UINT64_C(120000000000)},
		{"1h", UINT64_C(3600000000000)},
		{"0.5h", UINT64_C(1800000000000)},
	};

	(void)state;
	ASSERT_VALUES(parse_duration, examples);
}

static void test_parse_duration__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", "s", "-1s", "1 s ", "1S", "1m", "1d", "1h30min",
		"1e3s", "0.5ns", "0.0000000001s"};
	static const char *const too_large[] = {"18446744074s", "5124096h"};

	(void)state;
	ASSERT_REFUSED(parse_duration, -EINVAL, texts);
	ASSERT_REFUSED(parse_duration, -ERANGE, too_large);
}

static void test_parse_column_u64__takes_the_columns_of_a_line(void **state)
{
	const char *cursor = "\t0 \t 90\t1\nnext 7";
	uint64_t value = 9;

	(void)state;
	assert_int_equal(parse_column_u64(&cursor, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(parse_column_u64(&cursor, &value), 0);
	assert_int_equal(value, 90);
	assert_int_equal(parse_column_u64(&cursor, &value), 0);
	assert_int_equal(value, 1);
	assert_string_equal(cursor, "\nnext 7");
	assert_int_equal(parse_column_u64(&cursor, &value), -EINVAL);
	assert_int_equal(value, 1);
	assert_string_equal(cursor, "\nnext 7");
}

static void test_parse_column_u64__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", "7", " ", " x", " 7x", " -7", "\n7"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *cursor = texts[i];
		uint64_t value;

		assert_int_equal(parse_column_u64(&cursor, &value), -EINVAL);
		assert_ptr_equal(cursor, texts[i]);
	}
}

static void test_parse_hex_line__takes_a_mask(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(parse_hex_line("00000000a80425fb\nCapBnd:\t0", &value), 0);
	assert_int_equal(value, UINT64_C(2818844155));
	assert_int_equal(parse_hex_line("FFFFFFFFFFFFFFFF", &value), 0);
	assert_int_equal(value, UINT64_MAX);
}

static void test_parse_hex_line__refuses_all_else(void **state)
{
	static const char *const texts[] = {"", "\n1", "0x1", "1g", "1 ", "-1"};
	static const char *const too_large[] = {"10000000000000000"};

	(void)state;
	ASSERT_REFUSED(parse_hex_line, -EINVAL, texts);
	ASSERT_REFUSED(parse_hex_line, -ERANGE, too_large);
}

static void test_parse_leading_version__stops_behind_the_minor_number(void **state)
{
	const char *cursor = "6.12.48+deb13-amd64";
	struct version version;

	(void)state;
	assert_int_equal(parse_leading_version(&cursor, &version), 0);
	assert_int_equal(version.major, 6);
	assert_int_equal(version.minor, 12);
	assert_string_equal(cursor, ".48+deb13-amd64");
}

static void test_parse_leading_version__moves_nothing_on_failure(void **state)
{
	static const char *const texts[] = {"", "6", "6.", ".12", "v6.12", "6,12"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *cursor = texts[i];
		struct version version = {7, 7};

		assert_int_equal(parse_leading_version(&cursor, &version), -EINVAL);
		assert_ptr_equal(cursor, texts[i]);
		assert_int_equal(version.major, 7);
	}
}

static void test_version_is_at_least__compares_the_major_number_first(void **state)
{
	const struct version version = {6, 2};

	(void)state;
	assert_true(version_is_at_least(&version, &(struct version){6, 2}));
	assert_true(version_is_at_least(&version, &(struct version){5, 19}));
	assert_false(version_is_at_least(&version, &(struct version){6, 12}));
	assert_false(version_is_at_least(&version, &(struct version){7, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_u64__takes_digits),
		cmocka_unit_test(test_parse_u64__refuses_all_else),
		cmocka_unit_test(test_parse_leading_u64__stops_behind_the_digits),
		cmocka_unit_test(test_parse_leading_u64__moves_nothing_on_failure),
		cmocka_unit_test(test_parse_column_u64__takes_the_columns_of_a_line),
		cmocka_unit_test(test_parse_column_u64__refuses_all_else),
		cmocka_unit_test(test_parse_hex_line__takes_a_mask),
		cmocka_unit_test(test_parse_hex_line__refuses_all_else),
		cmocka_unit_test(test_parse_leading_version__stops_behind_the_minor_number),
		cmocka_unit_test(test_parse_leading_version__moves_nothing_on_failure),
		cmocka_unit_test(test_version_is_at_least__compares_the_major_number_first),
		cmocka_unit_test(test_parse_decimal__takes_fraction_and_exponent),
		cmocka_unit_test(test_parse_decimal__refuses_all_else),
		cmocka_unit_test(test_parse_size__takes_units),
		cmocka_unit_test(test_parse_size__refuses_all_else),
		cmocka_unit_test(test_parse_duration__takes_units),
		cmocka_unit_test(test_parse_duration__refuses_all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
