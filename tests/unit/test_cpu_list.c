#include "util/cpu_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_cpu_list_parse__reads_numbers_and_ranges(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(cpu_list_parse("0-1,3,1023", &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 4);
	assert_true(CPU_ISSET(0, &cpus) && CPU_ISSET(1, &cpus) && CPU_ISSET(3, &cpus) &&
		    CPU_ISSET(1023, &cpus));
}

static void test_cpu_list_parse__the_same_set_may_be_written_otherwise(void **state)
{
	cpu_set_t asked, got;

	(void)state;
	assert_int_equal(cpu_list_parse("3,0,1,1-2", &asked), 0);
	assert_int_equal(cpu_list_parse("0-3", &got), 0);
	assert_true(CPU_EQUAL(&asked, &got));
}

static void test_cpu_list_parse__empty_is_the_empty_set(void **state)
{
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(cpu_list_parse("", &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 0);
}

static void test_cpu_list_parse__rejects_other_forms(void **state)
{
	static const char *const junk[] = {"a", "0-", "-1", "1-0", "0,", ",0", "0,,1", "0-1-2",
		"0 1", "0\n", "1024", "0-1024", "all", "0-3:1/2",
		"99999999999999999999999999999999999999"};
	cpu_set_t cpus;

	(void)state;
	CPU_ZERO(&cpus);
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		if (cpu_list_parse(junk[i], &cpus) != -EINVAL)
			fail_msg("\"%s\" is taken for a list of CPUs", junk[i]);
	assert_int_equal(CPU_COUNT(&cpus), 0);
}

static void test_cpu_list_format__is_the_shortest_list(void **state)
{
	static const char *const lists[][2] = {{"", ""}, {"0", "0"}, {"0,1", "0-1"},
		{"3,0,1", "0-1,3"}, {"0,2,4-5,1023", "0,2,4-5,1023"}, {"0-1023", "0-1023"}};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		cpu_set_t cpus;
		char *text;

		assert_int_equal(cpu_list_parse(lists[i][0], &cpus), 0);
		text = cpu_list_format(&cpus);
		assert_string_equal(text, lists[i][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_list_parse__reads_numbers_and_ranges),
		cmocka_unit_test(test_cpu_list_parse__the_same_set_may_be_written_otherwise),
		cmocka_unit_test(test_cpu_list_parse__empty_is_the_empty_set),
		cmocka_unit_test(test_cpu_list_parse__rejects_other_forms),
		cmocka_unit_test(test_cpu_list_format__is_the_shortest_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
