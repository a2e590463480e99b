/* Texts that come from outside. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_blank_controls__leaves_one_plain_line),
		cmocka_unit_test(test_text_blank_controls__leaves_other_languages_alone),
		cmocka_unit_test(test_string_list_free__takes_a_list_and_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
