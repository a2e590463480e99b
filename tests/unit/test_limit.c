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
		cmocka_unit_test(test_limit_check_unaccounted_swap__max_and_unset_hold_anywhere),
		cmocka_unit_test(test_limit_host_has_swap__agrees_with_meminfo),
		cmocka_unit_test(test_limit_check_unaccounted_swap__a_number_holds_without_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
