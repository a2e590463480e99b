/* Suggestions for misspelt words. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/experiment/suggestion.h"

static void test_suggestion_find__the_nearest_that_is_near(void **state)
{
	static const char *const words[] = {"repetitions", "warmups", "order", "seed", NULL};

	(void)state;
	assert_string_equal(suggestion_find("repititions", words), "repetitions");
	assert_string_equal(suggestion_find("repetition", words), "repetitions");
	assert_string_equal(suggestion_find("Seed", words), "seed");
	assert_string_equal(suggestion_find("oredr", words), "order");
	assert_string_equal(suggestion_find("warmup", words), "warmups");
	assert_null(suggestion_find("sampler", words));
	assert_null(suggestion_find("", words));
	assert_null(
		suggestion_find("repetitionsrepetitionsrepetitionsrepetitionsrepetitions", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suggestion_find__the_nearest_that_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
