#include "backends/truth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_truth_kind_find__knows_each_by_its_name(void **state)
{
	static const char *const names[] = {"requested", "touched", "charged", "unique"};
	enum truth_kind kind;

	(void)state;
	for (size_t i = 0; i < N_TRUTH_KINDS; i++) {
		assert_true(truth_kind_find(names[i], &kind));
		assert_int_equal(kind, i);
		assert_string_equal(truth_kind_name(kind), names[i]);
	}
}

static void test_truth_kind_find__no_name_is_touched(void **state)
{
	enum truth_kind kind = TRUTH_UNIQUE;

	(void)state;
	assert_true(truth_kind_find("", &kind));
	assert_int_equal(kind, TRUTH_TOUCHED);
}

static void test_truth_kind_find__rejects_other_names(void **state)
{
	enum truth_kind kind = TRUTH_UNIQUE;

	(void)state;
	assert_false(truth_kind_find("felt", &kind));
	assert_false(truth_kind_find("Touched", &kind));
	assert_false(truth_kind_find("touched ", &kind));
	assert_int_equal(kind, TRUTH_UNIQUE);
}

static void test_truth_kind_place__touched_is_the_truth_itself(void **state)
{
	(void)state;
	assert_string_equal(truth_kind_place(TRUTH_TOUCHED, '/').text, "truth");
	assert_string_equal(truth_kind_place(TRUTH_REQUESTED, '/').text, "truth/requested");
	assert_string_equal(truth_kind_place(TRUTH_UNIQUE, '.').text, "truth.unique");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth_kind_find__knows_each_by_its_name),
		cmocka_unit_test(test_truth_kind_find__no_name_is_touched),
		cmocka_unit_test(test_truth_kind_find__rejects_other_names),
		cmocka_unit_test(test_truth_kind_place__touched_is_the_truth_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
