/* What became of a trial, for a search: every verdict, and each cause of a failure, to its end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runner/trial/limit_outcome.h"
#include "tests/unit/verdict_fixture.h"

#include <errno.h>
#include <signal.h>

/* As a trial has it: the verdict, and the evidence that it is from. */
static enum limit_end end_of(struct trial_evidence evidence)
{
	struct trial_result result = judged(evidence);

	result.evidence = evidence;
	return limit_end_of(&result);
}

static void test_limit_outcome__names_are_found_again(void **state)
{
	enum limit_end found = LIMIT_N_ENDS;

	(void)state;
	for (enum limit_end end = 0; end < LIMIT_N_ENDS; end++) {
		assert_true(limit_end_find(limit_end_name(end), &found));
		assert_int_equal(found, end);
	}
	assert_false(limit_end_find("", &found));
	assert_false(limit_end_find("ok", &found));
}

static void test_limit_outcome__every_status_has_its_end(void **state)
{
	static const enum limit_end ends[] = {
		[TRIAL_OK] = LIMIT_SURVIVED,
		[TRIAL_FAILED] = LIMIT_OWN_ERROR,
		[TRIAL_OOM] = LIMIT_OOM_KILLED,
		[TRIAL_TIMEOUT] = LIMIT_TIMED_OUT,
		[TRIAL_INTERRUPTED] = LIMIT_INVALID,
	};

	(void)state;
	for (enum trial_status status = TRIAL_OK; status <= TRIAL_INTERRUPTED; status++) {
		struct trial_result result = {.status = status, .evidence = good()};

		assert_int_equal(limit_end_of(&result), ends[status]);
	}
}

static void test_limit_outcome__a_verdict_has_its_end(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	assert_int_equal(end_of(evidence), LIMIT_SURVIVED);
	evidence.wait_status = EXITED(3);
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
	evidence.wait_status = KILLED_BY(SIGSEGV);
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
	evidence.wait_status = KILLED_BY(SIGKILL);
	evidence.oom_kills = 1;
	assert_int_equal(end_of(evidence), LIMIT_OOM_KILLED);
	evidence = good();
	evidence.stop = STOP_TIMEOUT;
	evidence.wait_status = KILLED_BY(SIGKILL);
	assert_int_equal(end_of(evidence), LIMIT_TIMED_OUT);
	evidence.stop = STOP_INTERRUPTED;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);
}

/* A child was killed, and the task went on: it did without, which a user would not want to find out later. */
static void test_limit_outcome__a_killed_child_is_no_survival(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	assert_int_equal(end_of(evidence), LIMIT_OOM_KILLED);
}

static void test_limit_outcome__what_the_check_refuses_is_the_tasks_error(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.wait_status = EXITED(1);
	assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
}

/* The limit found would else be that of the check. */
static void test_limit_outcome__a_check_that_is_killed_for_memory_is_no_evidence(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.failed_errno = KILLED_BY(SIGKILL);
	evidence.oom_kills = 1;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);
	/* One of the task's processes before, another of the check's. */
	evidence.oom_kills = 2;
	evidence.oom_kills_before_check = 1;
	assert_int_equal(end_of(evidence), LIMIT_OOM_KILLED);
}

/* A limit too small for a process at all: the kernel refuses it without a kill. */
static void test_limit_outcome__no_memory_to_start_is_the_limits_doing(void **state)
{
	static const enum control_stage stages[] = {CONTROL_STAGE_FORK, CONTROL_STAGE_EXEC};

	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++) {
		struct trial_evidence evidence = good();

		evidence.failed_stage = stages[i];
		evidence.wait_status = EXITED(127);
		evidence.failed_errno = ENOMEM;
		assert_int_equal(end_of(evidence), LIMIT_OWN_ERROR);
		evidence.failed_errno = ENOENT;
		assert_int_equal(end_of(evidence), LIMIT_INVALID);
	}
}

static void test_limit_outcome__another_stage_is_no_evidence(void **state)
{
	static const enum control_stage stages[] = {CONTROL_STAGE_FILTER, CONTROL_STAGE_LEAF,
		CONTROL_STAGE_CPUS, CONTROL_STAGE_USER, CONTROL_STAGE_HOST, CONTROL_STAGE_FOLDER};

	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++) {
		struct trial_evidence evidence = good();

		evidence.failed_stage = stages[i];
		evidence.failed_errno = ENOMEM;
		evidence.wait_status = EXITED(125);
		assert_int_equal(end_of(evidence), LIMIT_INVALID);
	}
}

/* Each beside an exit code that would be the task's own error. */
static void test_limit_outcome__a_step_of_the_trial_is_no_evidence(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = EXITED(1);
	error_set(&evidence.failed_step, EIO, "cannot read");
	assert_int_equal(end_of(evidence), LIMIT_INVALID);

	evidence = good();
	evidence.wait_status = EXITED(1);
	error_set(&evidence.lost_samples, EIO, "cannot write");
	assert_int_equal(end_of(evidence), LIMIT_INVALID);

	evidence = good();
	evidence.wait_status = EXITED(1);
	evidence.read_error = EIO;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);

	evidence = good();
	evidence.exit_seen = false;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);

	evidence = good();
	evidence.wait_status = EXITED(1);
	evidence.stop = STOP_FILES;
	assert_int_equal(end_of(evidence), LIMIT_INVALID);
}

static void test_limit_outcome__floor_is_what_cannot_be_reclaimed(void **state)
{
	struct composition composition = {.present = {[COMPOSITION_ANON] = true,
						  [COMPOSITION_SHMEM] = true,
						  [COMPOSITION_KERNEL] = true}};

	(void)state;
	composition.bytes[COMPOSITION_CURRENT] = 190;
	composition.bytes[COMPOSITION_ANON] = 100;
	composition.bytes[COMPOSITION_SHMEM] = 20;
	composition.bytes[COMPOSITION_KERNEL] = 3;
	assert_int_equal(limit_floor_of(&composition, 200), 123);
	/* Read when the use was 190: too early for a peak of 201. */
	assert_int_equal(limit_floor_of(&composition, 201), 0);
	composition.present[COMPOSITION_KERNEL] = false;
	assert_int_equal(limit_floor_of(&composition, 200), 120);
	composition.present[COMPOSITION_SHMEM] = false;
	assert_int_equal(limit_floor_of(&composition, 200), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_outcome__names_are_found_again),
		cmocka_unit_test(test_limit_outcome__every_status_has_its_end),
		cmocka_unit_test(test_limit_outcome__a_verdict_has_its_end),
		cmocka_unit_test(test_limit_outcome__a_killed_child_is_no_survival),
		cmocka_unit_test(test_limit_outcome__what_the_check_refuses_is_the_tasks_error),
		cmocka_unit_test(
			test_limit_outcome__a_check_that_is_killed_for_memory_is_no_evidence),
		cmocka_unit_test(test_limit_outcome__no_memory_to_start_is_the_limits_doing),
		cmocka_unit_test(test_limit_outcome__another_stage_is_no_evidence),
		cmocka_unit_test(test_limit_outcome__a_step_of_the_trial_is_no_evidence),
		cmocka_unit_test(test_limit_outcome__floor_is_what_cannot_be_reclaimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
