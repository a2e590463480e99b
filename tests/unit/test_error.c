#include "util/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_error_set__keeps_number_and_sentence(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set(&error, ERANGE, "rate %d is above %d", 7, 5), -ERANGE);
	assert_int_equal(error.number, ERANGE);
	assert_string_equal(error.text, "rate 7 is above 5");
}

static void test_error_set__may_quote_itself(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	error_set(&error, EIO, "disk full");
	error_set(&error, ENOSPC, "trial 42: %s", error.text);
	assert_string_equal(error.text, "trial 42: disk full");
	assert_int_equal(error.number, ENOSPC);
}

static void test_error_set_errno__appends_cause(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set_errno(&error, EACCES, "cannot write %s", "/a/b"), -EACCES);
	assert_string_equal(error.text, "cannot write /a/b: Permission denied");
}

static void test_error_set_errno__keeps_cause_of_long_sentence(void **state)
{
	struct error error = ERROR_INIT;
	char path[4096];
	const char *cause = ": Permission denied";

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	error_set_errno(&error, EACCES, "%s", path);
	assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
	assert_string_equal(error.text + ERROR_TEXT_SIZE - 1 - strlen(cause), cause);
	assert_int_equal(error.text[0], 'x');
}

static void test_error_prefix__goes_before(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	error_set_errno(&error, ENOENT, "cannot open %s", "a");
	assert_int_equal(error_prefix(&error, "trial %d", 3), -ENOENT);
	assert_string_equal(error.text, "trial 3: cannot open a: No such file or directory");
	assert_int_equal(error.number, ENOENT);
}

static void test_error_prefix__keeps_cause_of_long_sentence(void **state)
{
	struct error error = ERROR_INIT;

	(void)state;
	error_set(&error, EIO, "cause");
	for (int i = 0; i < 500; i++)
		error_prefix(&error, "prefix");
	assert_int_equal(strlen(error.text), ERROR_TEXT_SIZE - 1);
	assert_memory_equal(error.text, "prefix: ", 8);
	assert_string_equal(error.text + ERROR_TEXT_SIZE - 1 - 15, ": prefix: cause");
}

/* Two long parts keep about half each: (1024 - 1 - 2) / 2 is 510 for the old sentence. */
static void test_error_prefix__shares_room_between_long_parts(void **state)
{
	struct error error = ERROR_INIT;
	char expected[ERROR_TEXT_SIZE];
	char path[4096];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	error_set(&error, EIO, "%s", path);
	memset(path, 'y', sizeof(path) - 1);
	error_prefix(&error, "%s", path);

	memset(expected, 'y', 511);
	memcpy(expected + 511, ": ", 2);
	memset(expected + 513, 'x', 510);
	expected[1023] = '\0';
	assert_string_equal(error.text, expected);
}

static void test_error__without_a_place_for_it_is_still_a_failure(void **state)
{
	struct error none = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set(NULL, EPERM, "x"), -EPERM);
	assert_int_equal(error_set_errno(NULL, EPERM, "x"), -EPERM);
	assert_int_equal(error_prefix(NULL, "x"), -EIO);
	assert_int_equal(error_prefix(&none, "x"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_set__keeps_number_and_sentence),
		cmocka_unit_test(test_error_set__may_quote_itself),
		cmocka_unit_test(test_error_set_errno__appends_cause),
		cmocka_unit_test(test_error_set_errno__keeps_cause_of_long_sentence),
		cmocka_unit_test(test_error_prefix__goes_before),
		cmocka_unit_test(test_error_prefix__keeps_cause_of_long_sentence),
		cmocka_unit_test(test_error_prefix__shares_room_between_long_parts),
		cmocka_unit_test(test_error__without_a_place_for_it_is_still_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
