/* The status of a trial: each end on its own, and which counts where there are several. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/verdict_fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* ---- each end on its own */

static void test_verdict__exit_0_is_ok(void **state)
{
	(void)state;
	assert_verdict(good(), TRIAL_OK, 0, 0, "");
}

static void test_verdict__another_exit_code_is_failed(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = EXITED(3);
	assert_verdict(evidence, TRIAL_FAILED, 3, 0, "exited with code 3");
	evidence.wait_status = EXITED(255);
	assert_verdict(evidence, TRIAL_FAILED, 255, 0, "exited with code 255");
}

static void test_verdict__a_signal_is_failed(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = KILLED_BY(SIGSEGV);
	assert_verdict(evidence, TRIAL_FAILED, -1, 11, "ended by signal 11 (SIGSEGV)");
	/* 0x80: core dumped */
	evidence.wait_status = KILLED_BY(SIGABRT) | 0x80;
	assert_verdict(evidence, TRIAL_FAILED, -1, 6, "ended by signal 6 (SIGABRT)");
}

static void test_verdict__a_real_time_signal_has_no_name(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = KILLED_BY(40);
	assert_verdict(evidence, TRIAL_FAILED, -1, 40, "ended by signal 40");
}

static void test_verdict__a_python_task_must_reach_task_begin(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.awaited_begin = true;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "ended before it reached task_begin");
	evidence.begin_seen = true;
	assert_verdict(evidence, TRIAL_OK, 0, 0, "");
	/* Its own end is more informative than what it did not reach. */
	evidence.begin_seen = false;
	evidence.wait_status = EXITED(1);
	assert_verdict(evidence, TRIAL_FAILED, 1, 0, "exited with code 1");
}

static void test_verdict__tells_what_could_not_be_executed(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_EXEC;
	evidence.failed_errno = ENOENT;
	evidence.wait_status = EXITED(127);
	assert_verdict(evidence, TRIAL_FAILED, 127, 0,
		"cannot execute ./prog in the container: No such file or directory");
}

static void test_verdict__tells_of_the_filter_and_the_fork(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = EXITED(125);
	evidence.failed_stage = CONTROL_STAGE_FILTER;
	evidence.failed_errno = EINVAL;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot install the seccomp filter: Invalid argument");
	evidence.failed_stage = CONTROL_STAGE_FORK;
	evidence.failed_errno = EAGAIN;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot start a process for the task: Resource temporarily unavailable");
	evidence.failed_stage = CONTROL_STAGE_LEAF;
	evidence.failed_errno = ENODEV;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot move the task's process into its cgroup: No such device");
	evidence.failed_stage = CONTROL_STAGE_CPUS;
	evidence.failed_errno = EINVAL;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot set the CPUs of the task's process: Invalid argument");
	evidence.failed_stage = CONTROL_STAGE_USER;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot run the task as task.user: Invalid argument");
	evidence.failed_stage = CONTROL_STAGE_HOST;
	evidence.failed_errno = EPERM;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot give the task its own /proc and cgroup mount: Operation not permitted");
	evidence.failed_stage = CONTROL_STAGE_FOLDER;
	evidence.failed_errno = ESTALE;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"the reporter's folder was replaced, or a folder above it moved, before the task "
		"began: Stale file handle");
	evidence.failed_errno = ENOENT;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"the reporter's folder was replaced, or a folder above it moved, before the task "
		"began: No such file or directory");
	evidence.failed_errno = EPERM;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"cannot mount the reporter's folder for the task: Operation not permitted");
}

static void test_verdict__tells_of_what_is_run_beside_the_task(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CLEANUP;
	evidence.failed_errno = EXITED(3);
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "task.cleanup exited with code 3");
	/* The task's own end says more. */
	evidence.wait_status = EXITED(1);
	assert_verdict(evidence, TRIAL_FAILED, 1, 0, "exited with code 1");
	evidence.wait_status = EXITED(125);
	evidence.failed_stage = CONTROL_STAGE_PREPARE;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0, "task.prepare exited with code 3");
	evidence.failed_stage = CONTROL_STAGE_STDIN;
	evidence.failed_errno = EACCES;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0,
		"task.stdin: cannot open the file for the task: Permission denied");
}

static void test_verdict__names_what_did_not_end_beside_the_task(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.helper_late = true;
	evidence.timeout_ns = 90 * UINT64_C(1000000000);
	evidence.failed_stage = CONTROL_STAGE_CLEANUP;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0,
		"task.cleanup was still running after 1 min 30 s (trials.timeout_s)");
	/* No task: the launcher was killed. */
	evidence.exit_seen = false;
	evidence.gate_opened = false;
	evidence.failed_stage = CONTROL_STAGE_PREPARE;
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"task.prepare was still running after 1 min 30 s (trials.timeout_s)");
}

static void test_verdict__an_oom_kill_of_what_is_run_beside_the_task(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.failed_stage = CONTROL_STAGE_CLEANUP;
	evidence.failed_errno = SIGKILL; /* as a wait status */
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 1 process of the trial at its memory limit; task.cleanup was "
		"ended by SIGKILL");
	/* No task ran. */
	evidence.wait_status = EXITED(125);
	evidence.failed_stage = CONTROL_STAGE_PREPARE;
	assert_verdict(evidence, TRIAL_FAILED, 125, 0, "task.prepare was ended by SIGKILL");
}

static void test_verdict__the_check_of_its_output_decides_on_a_task_that_exited_with_0(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.failed_errno = EXITED(3);
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "the check of its output exited with code 3");
	evidence.helper_late = true;
	evidence.timeout_ns = 90 * UINT64_C(1000000000);
	assert_verdict(evidence, TRIAL_FAILED, 0, 0,
		"the check of its output was still running after 1 min 30 s (trials.timeout_s)");
	evidence.helper_late = false;
	/* No end of a task that was measured. */
	evidence.awaited_begin = true;
	evidence.begin_seen = false;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "ended before it reached task_begin");
}

/* A search for the smallest limit would else find that of the check. */
static void test_verdict__an_oom_kill_of_the_check_is_not_the_tasks(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.ooms = 1;
	evidence.failed_stage = CONTROL_STAGE_CHECK;
	evidence.failed_errno = SIGKILL; /* as a wait status */
	assert_verdict(evidence, TRIAL_FAILED, 0, 0,
		"the check of its output was ended by SIGKILL: it needs more memory than the trial "
		"has left");
	/* One of the task's processes before, another of the check's. */
	evidence.oom_kills = 2;
	evidence.oom_kills_before_check = 1;
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 2 processes of the trial at its memory limit; the task exited "
		"with code 0");
}

/* The launcher may be of another version. */
static void test_verdict__an_unknown_stage_is_failed_too(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_stage = (enum control_stage)250;
	evidence.failed_errno = 4000;
	assert_verdict(
		evidence, TRIAL_FAILED, 0, 0, "cannot start a process for the task: unknown error");
}

static void test_verdict__a_container_that_did_not_start(void **state)
{
	struct trial_evidence evidence = {.program = "./prog"};

	(void)state;
	assert_verdict(evidence, TRIAL_FAILED, -1, 0, "the container did not start");
	evidence.runtime_end_known = true;
	evidence.runtime_status = EXITED(126);
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"the container did not start: the runtime exited with code 126 and gave no reason");
	evidence.runtime_error = "no such mount";
	assert_verdict(evidence, TRIAL_FAILED, -1, 0, "the container did not start: no such mount");
}

static void test_verdict__a_container_that_vanished(void **state)
{
	struct trial_evidence evidence = {.program = "./prog", .gate_opened = true};

	(void)state;
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"the container ended before the task's end was reported");
	evidence.runtime_end_known = true;
	evidence.runtime_status = KILLED_BY(SIGKILL);
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"the container ended before the task's end was reported: the runtime was ended by "
		"SIGKILL and gave no reason");
	evidence.runtime_error = "it was killed";
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"the container ended before the task's end was reported: it was killed");
}

static void test_verdict__oom_of_the_task(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.wait_status = KILLED_BY(SIGKILL);
	assert_verdict(evidence, TRIAL_OOM, -1, 9,
		"the kernel killed 1 process of the trial at its memory limit; the task was ended "
		"by SIGKILL");
}

static void test_verdict__oom_beside_a_signal_without_a_name(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.wait_status = KILLED_BY(40);
	assert_verdict(evidence, TRIAL_OOM, -1, 40,
		"the kernel killed 1 process of the trial at its memory limit; the task was ended "
		"by signal 40");
}

/* The task is then not what was measured. */
static void test_verdict__oom_of_children_alone_is_oom_too(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 2;
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 2 processes of the trial at its memory limit; the task exited "
		"with code 0");
}

/* The kernel counts the chosen process twice: 3 are the task and a child, or a task with two. */
static void test_verdict__oom_of_a_group_gives_no_number(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_group = true;
	evidence.oom_kills = 3;
	evidence.wait_status = KILLED_BY(SIGKILL);
	assert_verdict(evidence, TRIAL_OOM, -1, 9,
		"the kernel killed all processes of the task at its memory limit; the task was "
		"ended by SIGKILL");
	/* The launcher is not in the group. */
	evidence.oom_kills = 1;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_OOM, -1, 0,
		"the kernel killed 1 process of the trial at its memory limit; the task's own exit "
		"status is unknown");
}

static void test_verdict__oom_of_the_launcher(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_OOM, -1, 0,
		"the kernel killed 1 process of the trial at its memory limit; the task's own exit "
		"status is unknown");
}

/* Its leaf was removed, including the count of kills. */
static void test_verdict__oom_of_a_launcher_that_is_counted_nowhere(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.ooms = 1;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_OOM, -1, 0,
		"the container was killed at the trial's memory limit; the task's own exit status "
		"is unknown");
}

/* A task may hit its memory limit, get memory after all, and succeed. */
static void test_verdict__a_limit_that_was_met_without_a_kill_is_no_oom(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.ooms = 1;
	assert_verdict(evidence, TRIAL_OK, 0, 0, "");
}

static void test_verdict__timeout_names_the_limit(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.stop = STOP_TIMEOUT;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_TIMEOUT, -1, 0,
		"still running after 1 min 30 s (trials.timeout_s)");
}

static void test_verdict__interrupted(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.stop = STOP_INTERRUPTED;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_INTERRUPTED, -1, 0, "the run was interrupted");
}

/* ---- precedence */

/* All at once, then one less from the front: interrupt, timeout, files, OOM, start, signal. */
static void test_verdict__precedence(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.stop = STOP_INTERRUPTED;
	evidence.oom_kills = 1;
	evidence.failed_stage = CONTROL_STAGE_EXEC;
	evidence.failed_errno = ENOENT;
	evidence.wait_status = KILLED_BY(SIGKILL);
	assert_int_equal(judged(evidence).status, TRIAL_INTERRUPTED);
	evidence.stop = STOP_TIMEOUT;
	assert_int_equal(judged(evidence).status, TRIAL_TIMEOUT);
	evidence.stop = STOP_FILES;
	assert_verdict(evidence, TRIAL_FAILED, -1, 9,
		"wrote more to its backend's folder than backends.files_max allows");
	evidence.stop = STOP_NONE;
	assert_int_equal(judged(evidence).status, TRIAL_OOM);
	evidence.oom_kills = 0;
	assert_verdict(evidence, TRIAL_FAILED, -1, 9,
		"cannot execute ./prog in the container: No such file or directory");
	evidence.failed_stage = CONTROL_STAGE_NONE;
	assert_verdict(evidence, TRIAL_FAILED, -1, 9, "ended by signal 9 (SIGKILL)");
}

/* The task's exit code is kept with any status. */
static void test_verdict__keeps_the_exit_code_of_a_task_that_ended_as_it_was_stopped(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.stop = STOP_INTERRUPTED;
	evidence.wait_status = EXITED(5);
	assert_verdict(evidence, TRIAL_INTERRUPTED, 5, 0, "the run was interrupted");
}

/* The status is valid only if the launcher reported it. */
static void test_verdict__ignores_a_wait_status_that_was_not_seen(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.exit_seen = false;
	evidence.wait_status = KILLED_BY(SIGKILL);
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"the container ended before the task's end was reported");
}

static void test_trial_status_name__names_each(void **state)
{
	(void)state;
	assert_string_equal(trial_status_name(TRIAL_OK), "ok");
	assert_string_equal(trial_status_name(TRIAL_FAILED), "failed");
	assert_string_equal(trial_status_name(TRIAL_OOM), "oom");
	assert_string_equal(trial_status_name(TRIAL_TIMEOUT), "timeout");
	assert_string_equal(trial_status_name(TRIAL_INTERRUPTED), "interrupted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict__exit_0_is_ok),
		cmocka_unit_test(test_verdict__another_exit_code_is_failed),
		cmocka_unit_test(test_verdict__a_signal_is_failed),
		cmocka_unit_test(test_verdict__a_real_time_signal_has_no_name),
		cmocka_unit_test(test_verdict__a_python_task_must_reach_task_begin),
		cmocka_unit_test(test_verdict__tells_what_could_not_be_executed),
		cmocka_unit_test(test_verdict__tells_of_the_filter_and_the_fork),
		cmocka_unit_test(test_verdict__an_oom_kill_of_what_is_run_beside_the_task),
		cmocka_unit_test(
			test_verdict__the_check_of_its_output_decides_on_a_task_that_exited_with_0),
		cmocka_unit_test(test_verdict__an_oom_kill_of_the_check_is_not_the_tasks),
		cmocka_unit_test(test_verdict__an_unknown_stage_is_failed_too),
		cmocka_unit_test(test_verdict__tells_of_what_is_run_beside_the_task),
		cmocka_unit_test(test_verdict__names_what_did_not_end_beside_the_task),
		cmocka_unit_test(test_verdict__a_container_that_did_not_start),
		cmocka_unit_test(test_verdict__a_container_that_vanished),
		cmocka_unit_test(test_verdict__oom_of_the_task),
		cmocka_unit_test(test_verdict__oom_beside_a_signal_without_a_name),
		cmocka_unit_test(test_verdict__oom_of_children_alone_is_oom_too),
		cmocka_unit_test(test_verdict__oom_of_a_group_gives_no_number),
		cmocka_unit_test(test_verdict__oom_of_the_launcher),
		cmocka_unit_test(test_verdict__oom_of_a_launcher_that_is_counted_nowhere),
		cmocka_unit_test(test_verdict__a_limit_that_was_met_without_a_kill_is_no_oom),
		cmocka_unit_test(test_verdict__timeout_names_the_limit),
		cmocka_unit_test(test_verdict__interrupted),
		cmocka_unit_test(test_verdict__precedence),
		cmocka_unit_test(
			test_verdict__keeps_the_exit_code_of_a_task_that_ended_as_it_was_stopped),
		cmocka_unit_test(test_verdict__ignores_a_wait_status_that_was_not_seen),
		cmocka_unit_test(test_trial_status_name__names_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
