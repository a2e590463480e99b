/* The helper by which tests fork: a child that returned would run the rest of this suite too. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/forked.h"

#include <stdbool.h>

static int return_code(void *context)
{
	return *(const int *)context;
}

static int raise_signal(void *context)
{
	raise(*(const int *)context);
	return 0;
}

static int fail_assertion(void *context)
{
	(void)context;
	/* cmocka's messages about the child must not look like this test's own. */
	assert_non_null(freopen("/dev/null", "w", stdout));
	assert_non_null(freopen("/dev/null", "w", stderr));
	assert_true(false);
	return 0;
}

static int call_exit(void *context)
{
	exit(*(const int *)context);
}

static void test_forked__the_code_is_what_the_work_returns(void **state)
{
	int code = 7;
	int status = forked_run(return_code, &code);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	status = forked_run(call_exit, &code);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* Signals that cmocka handles. */
static void test_forked__a_signal_ends_the_child(void **state)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int number = numbers[i];
		int status = forked_run(raise_signal, &number);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), number);
	}
}

static void test_forked__what_is_ignored_stays_so(void **state)
{
	int number = SIGUSR1;
	int status;

	(void)state;
	signal(SIGUSR1, SIG_IGN);
	status = forked_run(raise_signal, &number);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(status, 0);
}

static void test_forked__a_failed_assertion_ends_the_child(void **state)
{
	int status = forked_run(fail_assertion, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forked__the_code_is_what_the_work_returns),
		cmocka_unit_test(test_forked__a_signal_ends_the_child),
		cmocka_unit_test(test_forked__what_is_ignored_stays_so),
		cmocka_unit_test(test_forked__a_failed_assertion_ends_the_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
