/* The properties of TOML documents that the project relies on: kinds, order, places, rejections. */

#include "runner/experiment/toml.h"
#include "util/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct toml_document *parse(const char *text)
{
	struct toml_document *document = NULL;
	struct toml_error error = {0};

	if (toml_parse(text, strlen(text), &document, &error) < 0)
		fail_msg("%u:%u: %s", error.line, error.column, error.text);
	return document;
}

static struct toml_error refuse(const char *text, size_t length)
{
	struct toml_document *document = NULL;
	struct toml_error error = {0};

	assert_int_equal(toml_parse(text, length, &document, &error), -EINVAL);
	assert_null(document);
	return error;
}

static void test_toml__keeps_the_order_of_the_file(void **state)
{
	struct toml_document *document = parse("zebra = 1\napple = 2\n[middle]\n[before]\n");
	const struct toml_value *root = toml_root(document);

	(void)state;
	assert_int_equal(toml_size(root), 4);
	assert_string_equal(toml_key_at(root, 0), "zebra");
	assert_string_equal(toml_key_at(root, 1), "apple");
	assert_string_equal(toml_key_at(root, 2), "middle");
	assert_string_equal(toml_key_at(root, 3), "before");
	toml_free(document);
}

static void test_toml__keeps_the_order_of_keys_on_one_line(void **state)
{
	struct toml_document *document = parse("t = {z = 1, y = 2, x = 3}\n");
	const struct toml_value *table = toml_get(toml_root(document), "t");

	(void)state;
	assert_string_equal(toml_key_at(table, 0), "z");
	assert_string_equal(toml_key_at(table, 1), "y");
	assert_string_equal(toml_key_at(table, 2), "x");
	toml_free(document);
}

static void test_toml__knows_where_keys_and_values_stand(void **state)
{
	struct toml_document *document = parse("# first\n  a = 1\n[task]\n\tlist = [1,\n  22]\n");
	const struct toml_value *root = toml_root(document);
	const struct toml_value *task = toml_get(root, "task");
	const struct toml_value *list = toml_get(task, "list");

	(void)state;
	assert_int_equal(toml_value_line(root), 1);
	assert_int_equal(toml_value_column(root), 1);
	assert_int_equal(toml_key_line(root, 0), 2);
	assert_int_equal(toml_key_column(root, 0), 3);
	assert_int_equal(toml_value_line(toml_at(root, 0)), 2);
	assert_int_equal(toml_value_column(toml_at(root, 0)), 7);
	assert_int_equal(toml_key_line(root, 1), 3);
	assert_int_equal(toml_key_line(task, 0), 4);
	assert_int_equal(toml_key_column(task, 0), 2);
	assert_int_equal(toml_value_line(toml_at(list, 1)), 5);
	assert_int_equal(toml_value_column(toml_at(list, 1)), 3);
	toml_free(document);
}

static void test_toml__gives_every_kind(void **state)
{
	struct toml_document *document = parse("s = \"a\\tb\"\ni = -3\nf = 0.5\nb = true\n"
					       "d = 1979-05-27\na = [1, 2]\nt = {}\n");
	const struct toml_value *root = toml_root(document);

	(void)state;
	assert_string_equal(toml_string(toml_get(root, "s")), "a\tb");
	assert_int_equal(toml_integer(toml_get(root, "i")), -3);
	assert_true(toml_float(toml_get(root, "f")) == 0.5);
	assert_true(toml_boolean(toml_get(root, "b")));
	assert_int_equal(toml_value_kind(toml_get(root, "d")), TOML_DATETIME);
	assert_int_equal(toml_value_kind(toml_get(root, "a")), TOML_ARRAY);
	assert_int_equal(toml_size(toml_get(root, "a")), 2);
	assert_int_equal(toml_value_kind(toml_get(root, "t")), TOML_TABLE);
	assert_int_equal(toml_size(toml_get(root, "t")), 0);
	assert_null(toml_get(root, "missing"));
	assert_string_equal(toml_kind_name(TOML_DATETIME), "date or time");
	toml_free(document);
}

static void test_toml__empty_document_is_an_empty_table(void **state)
{
	struct toml_document *document = parse("");

	(void)state;
	assert_int_equal(toml_value_kind(toml_root(document)), TOML_TABLE);
	assert_int_equal(toml_size(toml_root(document)), 0);
	toml_free(document);
}

static void test_toml__a_mistake_has_its_place(void **state)
{
	const char *text = "a = 1\nb = = 2\n";
	struct toml_error error = refuse(text, strlen(text));

	(void)state;
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 5);
	assert_true(strlen(error.text) > 0);
}

static void test_toml__a_key_given_twice_is_refused(void **state)
{
	const char *text = "a = 1\n\na = 2\n";

	(void)state;
	assert_int_equal(refuse(text, strlen(text)).line, 3);
}

static void test_toml__nul_is_refused_where_it_stands(void **state)
{
	const char in_string[] = "a = 1\nb = \"x\\u0000y\"\n";
	const char in_key[] = "\n\"x\\u0000y\" = 1\n";
	const char raw[] = "a = \"x\0y\"\n";
	struct toml_error error = refuse(in_string, sizeof(in_string) - 1);

	(void)state;
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 5);
	assert_non_null(strstr(error.text, "NUL character in a string"));
	error = refuse(in_key, sizeof(in_key) - 1);
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 1);
	assert_non_null(strstr(error.text, "NUL character in a key"));
	assert_int_equal(refuse(raw, sizeof(raw) - 1).line, 1);
}

static void test_toml__text_that_is_not_utf8_is_refused(void **state)
{
	const char text[] = "a = 1\nb = \"\xff\xfe\"\n";

	(void)state;
	assert_int_equal(refuse(text, sizeof(text) - 1).line, 2);
}

/* `n` times the same text between a beginning and an end. The caller frees. */
static char *repeated(const char *begin, const char *part, size_t n, const char *end)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	fputs(begin, stream);
	for (size_t i = 0; i < n; i++)
		fputs(part, stream);
	fputs(end, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void assert_too_deep(const char *begin, const char *part)
{
	CLEANUP(cleanup_free) char *text = repeated(begin, part, 1000000, "\n");

	assert_non_null(strstr(refuse(text, strlen(text)).text, "nested too deeply"));
}

static void test_toml__deep_nesting_is_refused(void **state)
{
	(void)state;
	assert_too_deep("a = ", "[");
	assert_too_deep("a = ", "{a=");
	assert_too_deep("", "a.");
	assert_too_deep("", "\"a\".");
	assert_too_deep("[", "a.");
	assert_too_deep("[[", "a . ");
	assert_too_deep("s = \"\"\"\n[[[ \\\" '\"\"\"\"\"\n", "a.");
	assert_too_deep("s = 'x\\'\nt = \"\"\n# \"\n", "a.");
}

static void test_toml__ordinary_nesting_is_read(void **state)
{
	CLEANUP(cleanup_free) char *brackets = repeated("a = ", "[", 64, "");
	CLEANUP(cleanup_free) char *text = repeated(brackets, "]", 64, "\nb.c.d = 1.5\n");
	CLEANUP(cleanup_free)
	char *quoted = repeated("a = \"", "....[[[[{{{{", 1000, "\" # ........\n");

	(void)state;
	toml_free(parse(text));
	toml_free(parse(quoted));
}

/* Nested brackets, each with the longest possible key: recursion must survive this. */
static void test_toml__the_deepest_document_is_read(void **state)
{
	CLEANUP(cleanup_free) char *key = repeated("", "a.", 32, "a = {");
	CLEANUP(cleanup_free) char *open = repeated("", key, 64, "");
	CLEANUP(cleanup_free) char *text = repeated(open, "}", 64, "\n");

	(void)state;
	toml_free(parse(text));
}

static void test_toml__a_large_document_is_read(void **state)
{
	CLEANUP(cleanup_free) char *text = repeated("a = [", "1, ", 300000, "]\n");
	struct toml_document *document = parse(text);

	(void)state;
	assert_int_equal(toml_size(toml_get(toml_root(document), "a")), 300000);
	toml_free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_toml__keeps_the_order_of_the_file),
		cmocka_unit_test(test_toml__keeps_the_order_of_keys_on_one_line),
		cmocka_unit_test(test_toml__knows_where_keys_and_values_stand),
		cmocka_unit_test(test_toml__gives_every_kind),
		cmocka_unit_test(test_toml__empty_document_is_an_empty_table),
		cmocka_unit_test(test_toml__a_mistake_has_its_place),
		cmocka_unit_test(test_toml__a_key_given_twice_is_refused),
		cmocka_unit_test(test_toml__nul_is_refused_where_it_stands),
		cmocka_unit_test(test_toml__text_that_is_not_utf8_is_refused),
		cmocka_unit_test(test_toml__deep_nesting_is_refused),
		cmocka_unit_test(test_toml__ordinary_nesting_is_read),
		cmocka_unit_test(test_toml__the_deepest_document_is_read),
		cmocka_unit_test(test_toml__a_large_document_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
