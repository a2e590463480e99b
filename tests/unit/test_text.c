/* Texts that come from outside, lists of texts, and counters. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/counter.h"
#include "util/text.h"

#include <stdlib.h>

static void test_text_blank_controls__leaves_one_plain_line(void **state)
{
	char text[] = "red \033[31m\nnext\r\ttab\x7f end";

	(void)state;
	text_blank_controls(text);
	assert_string_equal(text, "red  [31m next  tab  end");
}

static void test_text_blank_controls__leaves_other_languages_alone(void **state)
{
	char text[] = "\xc3\xa4 \xe4\xb8\xad";

	(void)state;
	text_blank_controls(text);
	assert_string_equal(text, "\xc3\xa4 \xe4\xb8\xad");
}

/* What it leaves is ASan's to find. */
static void test_string_list_free__takes_a_list_and_none(void **state)
{
	char **list = calloc(3, sizeof(*list));

	(void)state;
	assert_non_null(list);
	list[0] = string_format("%d", 1);
	list[1] = string_format("%d", 2);
	string_list_free(list);
	string_list_free(NULL);
}

static void test_string_list_length__counts_up_to_the_end(void **state)
{
	const char *const list[] = {"a", "", "c", NULL};

	(void)state;
	assert_int_equal(string_list_length(list), 3);
	assert_int_equal(string_list_length(list + 3), 0);
	assert_int_equal(string_list_length(NULL), 0);
}

static void test_counter_rise__is_0_where_the_counter_fell(void **state)
{
	(void)state;
	assert_int_equal(counter_rise(3, 10), 7);
	assert_int_equal(counter_rise(10, 10), 0);
	assert_int_equal(counter_rise(10, 3), 0);
	assert_true(counter_rise(0, UINT64_MAX) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_blank_controls__leaves_one_plain_line),
		cmocka_unit_test(test_text_blank_controls__leaves_other_languages_alone),
		cmocka_unit_test(test_string_list_free__takes_a_list_and_none),
		cmocka_unit_test(test_string_list_length__counts_up_to_the_end),
		cmocka_unit_test(test_counter_rise__is_0_where_the_counter_fell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
