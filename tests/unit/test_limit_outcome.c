/* What became of a trial, for a search: whether its end is the task's doing. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/limit_outcome.h"
#include "tests/unit/verdict_fixture.h"

static enum limit_end end_of(struct trial_evidence evidence)
{
	struct trial_result result = judged(evidence);

	result.evidence = evidence;
	return limit_end_of(&result);
}

static void test_limit_end_of__exit_0_survived_and_another_is_the_tasks_own_error(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	assert_int_equal(end_of(evidence), LIMIT_SURVIVED);
	evidence.wait_status = EXITED(3);
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
	evidence.oom_kills = 1;
	assert_int_equal(end_of(evidence), LIMIT_OOM_KILLED);
}

static void test_limit_end_of__a_check_that_says_no_is_the_tasks_own_error(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.failed_errno = EXITED(1);
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
}

/* The limit found would else be that of the check. */
static void test_limit_end_of__a_check_that_was_killed_for_memory_is_no_evidence(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.failed_errno = KILLED_BY(SIGKILL);
	evidence.oom_kills = 1;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);
	/* One of the task's processes before. */
	evidence.oom_kills = 2;
	evidence.oom_kills_before_check = 1;
	assert_int_equal(end_of(evidence), LIMIT_OOM_KILLED);
}

static void test_limit_end_of__no_memory_to_start_the_task_is_its_own_error(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.exit_seen = false;
	evidence.failed_stage = CONTROL_STAGE_EXEC;
	evidence.failed_errno = ENOMEM;
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
	evidence.failed_errno = ENOENT;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_limit_end_of__exit_0_survived_and_another_is_the_tasks_own_error),
		cmocka_unit_test(test_limit_end_of__a_check_that_says_no_is_the_tasks_own_error),
		cmocka_unit_test(
			test_limit_end_of__a_check_that_was_killed_for_memory_is_no_evidence),
		cmocka_unit_test(test_limit_end_of__no_memory_to_start_the_task_is_its_own_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
