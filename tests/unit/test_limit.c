#include "cgroup/limit.h"

#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_limit_parse_cpus__reads_numbers_and_ranges(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(limit_parse_cpus("0-1,3,1023", &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 4);
	assert_true(CPU_ISSET(0, &cpus) && CPU_ISSET(1, &cpus) && CPU_ISSET(3, &cpus) &&
		    CPU_ISSET(1023, &cpus));
}

static void test_limit_parse_cpus__the_same_set_may_be_written_otherwise(void **state)
{
	cpu_set_t asked, got;

	(void)state;
	assert_int_equal(limit_parse_cpus("3,0,1,1-2", &asked), 0);
	assert_int_equal(limit_parse_cpus("0-3", &got), 0);
	assert_true(CPU_EQUAL(&asked, &got));
}

static void test_limit_parse_cpus__empty_is_the_empty_set(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(limit_parse_cpus("", &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 0);
}

static void test_limit_parse_cpus__rejects_other_forms(void **state)
{
	static const char *const junk[] = {"a", "0-", "-1", "1-0", "0,", ",0", "0,,1", "0-1-2",
		"0 1", "0\n", "1024", "0-1024", "all", "0-3:1/2",
		"99999999999999999999999999999999999999"};
	cpu_set_t cpus;

	(void)state;
	CPU_ZERO(&cpus);
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		if (limit_parse_cpus(junk[i], &cpus) != -EINVAL)
			fail_msg("\"%s\" is taken for a list of CPUs", junk[i]);
	assert_int_equal(CPU_COUNT(&cpus), 0);
}

static void test_limit_check_unaccounted_swap__max_and_unset_hold_anywhere(void **state)
{
	struct amount max = {.kind = AMOUNT_MAX};
	struct amount unset = {.kind = AMOUNT_UNSET};

	(void)state;
	assert_int_equal(limit_check_unaccounted_swap(max, NULL), 0);
	assert_int_equal(limit_check_unaccounted_swap(unset, NULL), 0);
}

static void test_limit_check_unaccounted_swap__a_number_holds_without_swap(void **state)
{
	struct amount none = {.kind = AMOUNT_NUMBER, .number = 0};
	bool has_swap;

	(void)state;
	assert_int_equal(limit_host_has_swap(&has_swap, NULL), 0);
	assert_int_equal(limit_check_unaccounted_swap(none, NULL), has_swap ? -EOPNOTSUPP : 0);
}

static void test_limit_host_has_swap__agrees_with_meminfo(void **state)
{
	char *text = NULL;
	const char *total;
	size_t length;
	bool has_swap;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/meminfo", 65536, &text, &length, NULL), 0);
	total = strstr(text, "SwapTotal:");
	assert_non_null(total);
	assert_int_equal(limit_host_has_swap(&has_swap, NULL), 0);
	assert_int_equal(has_swap, strtoull(total + strlen("SwapTotal:"), NULL, 10) > 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_parse_cpus__reads_numbers_and_ranges),
		cmocka_unit_test(test_limit_parse_cpus__the_same_set_may_be_written_otherwise),
		cmocka_unit_test(test_limit_parse_cpus__empty_is_the_empty_set),
		cmocka_unit_test(test_limit_parse_cpus__rejects_other_forms),
		cmocka_unit_test(test_limit_check_unaccounted_swap__max_and_unset_hold_anywhere),
		cmocka_unit_test(test_limit_host_has_swap__agrees_with_meminfo),
		cmocka_unit_test(test_limit_check_unaccounted_swap__a_number_holds_without_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
