/* Untrusted texts, lists of texts, and counters. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/counter.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

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

static void blanks(const char *given, const char *expected)
{
	char *text = strdup(given);

	assert_non_null(text);
	text_blank_controls(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_text_blank_controls__knows_those_beyond_ascii(void **state)
{
	(void)state;
	/* U+009B, which is CSI, and the last characters with a higher one. */
	blanks("a\xc2\x9b"
	       "31mb",
		"a 31mb");
	blanks("\xc2\x80\xc2\x9f\xc2\xa0", "  \xc2\xa0");
	/* U+202A to U+202E, U+2066 to U+2069, and their neighbours. */
	blanks("user\xe2\x80\xae"
	       "gpj.exe",
		"user gpj.exe");
	blanks("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xaa\xe2\x80\xaf", "\xe2\x80\xa7  \xe2\x80\xaf");
	blanks("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5  \xe2\x81\xaa");
	blanks("\xd8\x9c.\xe2\x80\x8f.\xf3\xa0\x81\x81", " . . ");
	/* Joiners of letters and emoji are kept. */
	blanks("\xe2\x80\x8d\xf0\x9f\x98\x80", "\xe2\x80\x8d\xf0\x9f\x98\x80");
}

static void test_text_blank_controls__marks_what_is_not_utf_8(void **state)
{
	(void)state;
	/* C1 in Latin-1, an overlong ESC, a surrogate, beyond U+10FFFF, a truncated character. */
	blanks("a\x9b"
	       "31m",
		"a?31m");
	blanks("\xc0\x9b"
	       "x",
		"??x");
	blanks("\xe0\x80\x9b"
	       "x",
		"???x");
	blanks("\xed\xa0\x80", "???");
	blanks("\xf4\x90\x80\x80", "????");
	blanks("\xff\xe2\x80", "???");
}

static void assert_title(const char *text, size_t most, const char *expected)
{
	char *title = text_title(text, most);

	assert_string_equal(title, expected);
	free(title);
}

static void test_text_title__is_one_line_of_that_length(void **state)
{
	(void)state;
	assert_title("for i in 1 2\n\tdo\n   echo $i", 40, "for i in 1 2 do echo $i");
	assert_title("abcdefgh", 8, "abcdefgh");
	assert_title("abcdefghi", 8, "abcde...");
	/* The fifth byte is the second one of a character. */
	assert_title("abcd\u00e9fghi", 8, "abcd...");
	assert_title("  ", 8, "");
	assert_title("", 8, "");
}

static void test_text_print_lines__keeps_lines_apart(void **state)
{
	char *printed = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&printed, &length);

	(void)state;
	assert_non_null(stream);
	text_print_lines("a\033b\n\nc\r", stream);
	text_print_lines("d\n", stream);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(printed, "a b\n\nc d\n");
	free(printed);
}

/* ASan detects leaks. */
static void test_string_append__separates_what_is_not_empty(void **state)
{
	char *text = string_append(strdup(""), ", ", "%s %d", "cpu", 0);

	(void)state;
	assert_string_equal(text, "cpu 0");
	text = string_append(text, ", ", "%s %d", "cpu", 1);
	assert_string_equal(text, "cpu 0, cpu 1");
	free(text);
	assert_null(string_append(NULL, ", ", "after a failure"));
}

static void test_path_is_below__whole_names_alone(void **state)
{
	(void)state;
	assert_true(path_is_below("/srv/data", "/srv/data"));
	assert_true(path_is_below("/srv/data/file", "/srv/data"));
	assert_true(path_is_below("/srv", "/"));
	assert_true(path_is_below("/", "/"));
	assert_false(path_is_below("/srv/data2", "/srv/data"));
	assert_false(path_is_below("/srv", "/srv/data"));
}

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
		cmocka_unit_test(test_text_blank_controls__knows_those_beyond_ascii),
		cmocka_unit_test(test_text_blank_controls__marks_what_is_not_utf_8),
		cmocka_unit_test(test_text_title__is_one_line_of_that_length),
		cmocka_unit_test(test_text_print_lines__keeps_lines_apart),
		cmocka_unit_test(test_string_append__separates_what_is_not_empty),
		cmocka_unit_test(test_path_is_below__whole_names_alone),
		cmocka_unit_test(test_string_list_free__takes_a_list_and_none),
		cmocka_unit_test(test_string_list_length__counts_up_to_the_end),
		cmocka_unit_test(test_counter_rise__is_0_where_the_counter_fell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
