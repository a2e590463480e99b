#include "util/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_json_append__keeps_the_order(void **state)
{
	CLEANUP(cleanup_json) json_t *array = json_array();

	(void)state;
	json_append(&array, json_integer(1));
	json_append(&array, json_integer(2));
	assert_int_equal(json_array_size(array), 2);
	assert_int_equal(json_integer_value(json_array_get(array, 1)), 2);
}

static void test_json_append__without_an_item_there_is_no_array(void **state)
{
	json_t *array = json_array();

	(void)state;
	json_append(&array, json_integer(1));
	json_append(&array, NULL);
	assert_null(array);
	json_append(&array, json_integer(3));
	assert_null(array);
	assert_null(json_pack("{s:o}", "array", array));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_append__keeps_the_order),
		cmocka_unit_test(test_json_append__without_an_item_there_is_no_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
