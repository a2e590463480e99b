/* The status of a trial: what the trial itself tells against it, and the causes that name a key. */

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

/* ---- evidence about the trial itself */

static struct error failure_of(int number, const char *text)
{
	struct error error = ERROR_INIT;

	error_set(&error, number, "%s", text);
	return error;
}

static void test_verdict__a_step_that_failed_is_failed(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_step = failure_of(EIO, "cannot read memory.peak");
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "cannot read memory.peak");
	assert_false(judged(evidence).out_of_room);
	/* It is the cause of what followed. */
	evidence.failed_stage = CONTROL_STAGE_EXEC;
	evidence.exit_seen = false;
	assert_verdict(evidence, TRIAL_FAILED, -1, 0, "cannot read memory.peak");
}

/* The task's outcome takes precedence over the trial's. */
static void test_verdict__a_failed_step_hides_neither_a_timeout_nor_an_oom(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_step = failure_of(ETIMEDOUT, "processes are left");
	evidence.stop = STOP_TIMEOUT;
	assert_verdict(
		evidence, TRIAL_TIMEOUT, 0, 0, "still running after 1 min 30 s (trials.timeout_s)");
	evidence.stop = STOP_NONE;
	evidence.oom_kills = 1;
	assert_int_equal(judged(evidence).status, TRIAL_OOM);
	evidence.stop = STOP_INTERRUPTED;
	assert_verdict(evidence, TRIAL_INTERRUPTED, 0, 0, "the run was interrupted");
}

/* Runs again when there is room, regardless of its outcome. */
static void test_verdict__a_full_disk_interrupts(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.failed_step = failure_of(ENOSPC, "cannot write the spool");
	evidence.stop = STOP_TIMEOUT;
	evidence.oom_kills = 1;
	assert_verdict(evidence, TRIAL_INTERRUPTED, 0, 0, "cannot write the spool");
	assert_true(judged(evidence).out_of_room);
	assert_string_equal(judged(evidence).remainder, "");
	evidence = good();
	evidence.lost_samples = failure_of(EDQUOT, "cannot seal it");
	evidence.stop = STOP_INTERRUPTED;
	assert_verdict(evidence, TRIAL_INTERRUPTED, 0, 0, "cannot seal it");
	assert_true(judged(evidence).out_of_room);
	evidence.lost_samples.number = 0;
	assert_false(judged(evidence).out_of_room);
}

/* If a trial is not ok anyway, the reason matters more than its samples. */
static void test_verdict__lost_samples_fail_what_was_ok(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.lost_samples = failure_of(EIO, "cannot seal it");
	evidence.read_error = EIO;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "cannot seal it");
	evidence.wait_status = EXITED(3);
	assert_verdict(evidence, TRIAL_FAILED, 3, 0, "exited with code 3");
	evidence.oom_kills = 1;
	assert_int_equal(judged(evidence).status, TRIAL_OOM);
}

static void test_verdict__sampling_that_ended_early_fails_what_was_ok(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.read_error = ENODEV;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0, "sampling ended early: No such device");
	evidence.wait_status = KILLED_BY(SIGSEGV);
	assert_verdict(evidence, TRIAL_FAILED, -1, 11, "ended by signal 11 (SIGSEGV)");
}

static void test_verdict__refused_forks_and_what_was_left_explain_a_failure(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.n_refused_forks = 1;
	evidence.n_outlived = 2;
	assert_verdict(evidence, TRIAL_OK, 0, 0, "");
	evidence.wait_status = EXITED(1);
	assert_verdict(evidence, TRIAL_FAILED, 1, 0,
		"exited with code 1; the kernel refused it 1 process (limits.pids_max); it left 2 "
		"processes behind");
	evidence.n_refused_forks = 12;
	evidence.n_outlived = 0;
	assert_verdict(evidence, TRIAL_FAILED, 1, 0,
		"exited with code 1; the kernel refused it 12 processes (limits.pids_max)");
	evidence.n_refused_forks = 0;
	evidence.n_outlived = 1;
	assert_verdict(
		evidence, TRIAL_FAILED, 1, 0, "exited with code 1; it left 1 process behind");
}

static void test_verdict__an_ok_trial_says_what_came_after_it(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.peak_bytes = 100 << 20;
	/* A tenth of the peak is a library's helper; 1 % and a batch are nothing. */
	evidence.n_outlived = 1;
	evidence.outlived_bytes = 10 << 20;
	evidence.later_peak_bytes = (101 << 20) + (256 << 10);
	assert_string_equal(judged(evidence).remainder, "");
	evidence.outlived_bytes += 4096;
	assert_string_equal(judged(evidence).remainder, "1 process outlived it, with 10.00 MiB");
	evidence.n_outlived = 3;
	evidence.later_peak_bytes += 4096;
	assert_string_equal(judged(evidence).remainder,
		"3 processes outlived it, with 10.00 MiB; its cgroup then reached 101.25 MiB");
	evidence.n_outlived = 0;
	assert_string_equal(judged(evidence).remainder, "its cgroup then reached 101.25 MiB");
	/* That may be the reporter's; what outlived the task is not. */
	evidence.reporter_inside = true;
	assert_string_equal(judged(evidence).remainder, "");
	evidence.n_outlived = 1;
	assert_string_equal(judged(evidence).remainder, "1 process outlived it, with 10.00 MiB");
	/* Its cause has it. */
	evidence.wait_status = EXITED(1);
	assert_string_equal(judged(evidence).remainder, "");
}

static void test_verdict__oom_gives_the_peak_that_the_interval_does_not_have(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.oom_kills = 1;
	evidence.peak_bytes = 12 << 20;
	evidence.leaf_peak_bytes = 64 << 20;
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 1 process of the trial at its memory limit; the task exited "
		"with code 0");
	evidence.peaks_known = true;
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 1 process of the trial at its memory limit; the task exited "
		"with code 0; its peak was 64.00 MiB, that of the measured interval 12.00 MiB");
	evidence.peak_bytes = evidence.leaf_peak_bytes;
	assert_verdict(evidence, TRIAL_OOM, 0, 0,
		"the kernel killed 1 process of the trial at its memory limit; the task exited "
		"with code 0");
}

/* After sealing without samples, or when called again: earlier results have no influence. */
static void test_verdict__decides_anew_when_there_is_more(void **state)
{
	struct trial_evidence evidence = good();
	struct trial_result result = judged(evidence);

	(void)state;
	evidence.lost_samples = failure_of(ENOSPC, "no room");
	verdict(&evidence, &result);
	assert_int_equal(result.status, TRIAL_INTERRUPTED);
	evidence.lost_samples.number = 0;
	verdict(&evidence, &result);
	assert_int_equal(result.status, TRIAL_OK);
	assert_string_equal(result.cause, "");
	assert_false(result.out_of_room);
}

/* ---- keys that help */

static void test_verdict__names_the_memory_limit(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = KILLED_BY(SIGKILL);
	evidence.oom_kills = 1;
	evidence.memory_max_bytes = UINT64_C(64) << 20;
	assert_non_null(strstr(judged(evidence).cause,
		" at its memory limit; the task was ended by SIGKILL (limits.memory_max = 64.00 "
		"MiB)"));
}

static void test_verdict__names_a_tmpfs_that_was_full(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = KILLED_BY(SIGBUS);
	evidence.in_container = true;
	evidence.tmp_max_bytes = UINT64_C(64) << 20;
	evidence.full_tmpfs = "/dev/shm";
	/* What the task says of it adds nothing. */
	evidence.printed_no_space = true;
	assert_verdict(evidence, TRIAL_FAILED, -1, SIGBUS,
		"ended by signal 7 (SIGBUS); its /dev/shm was full (container.tmp_max = 64.00 "
		"MiB)");
	evidence.tmp_max_bytes = 0;
	assert_verdict(evidence, TRIAL_FAILED, -1, SIGBUS,
		"ended by signal 7 (SIGBUS); its /dev/shm was full");
	evidence.wait_status = EXITED(0);
	assert_verdict(evidence, TRIAL_OK, 0, 0, "");
}

static void test_verdict__explains_what_the_task_printed(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.wait_status = EXITED(1);
	evidence.in_container = true;
	evidence.tmp_max_bytes = UINT64_C(64) << 20;
	evidence.printed_no_space = true;
	assert_verdict(evidence, TRIAL_FAILED, 1, 0,
		"exited with code 1; it printed \"No space left on device\", and its /tmp and "
		"/dev/shm hold 64.00 MiB each (container.tmp_max)");
	evidence.printed_no_space = false;
	evidence.printed_read_only = true;
	assert_verdict(evidence, TRIAL_FAILED, 1, 0,
		"exited with code 1; it printed \"Read-only file system\", and in its container "
		"only /tmp, /dev/shm and writable container.mounts can be written to; "
		"task.working_directory = \"writable\" adds its folder");
	evidence.writable = true;
	assert_verdict(evidence, TRIAL_FAILED, 1, 0,
		"exited with code 1; it printed \"Read-only file system\", and in its container "
		"only /tmp, /dev/shm and writable container.mounts can be written to beside its "
		"folder");
	/* Without a container it is the host that is read-only. */
	evidence.in_container = false;
	assert_verdict(evidence, TRIAL_FAILED, 1, 0, "exited with code 1");
}

static void test_verdict__names_what_the_profile_refuses(void **state)
{
	struct trial_evidence evidence = good();

	(void)state;
	evidence.seccomp_refused = "sendto, with which a Python task reports to memcg-run";
	evidence.awaited_begin = true;
	assert_verdict(evidence, TRIAL_FAILED, 0, 0,
		"ended before it reached task_begin; its profile refuses sendto, with which a "
		"Python task reports to memcg-run (container.seccomp)");
	evidence.awaited_begin = false;
	assert_verdict(evidence, TRIAL_OK, 0, 0, "");
	evidence.seccomp_refused = "execve, with which a task is started";
	evidence.exit_seen = false;
	evidence.failed_stage = CONTROL_STAGE_EXEC;
	evidence.failed_errno = EPERM;
	assert_verdict(evidence, TRIAL_FAILED, -1, 0,
		"cannot execute ./prog in the container: Operation not permitted; its profile "
		"refuses execve, with which a task is started (container.seccomp)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdict__a_step_that_failed_is_failed),
		cmocka_unit_test(test_verdict__a_failed_step_hides_neither_a_timeout_nor_an_oom),
		cmocka_unit_test(test_verdict__a_full_disk_interrupts),
		cmocka_unit_test(test_verdict__lost_samples_fail_what_was_ok),
		cmocka_unit_test(test_verdict__sampling_that_ended_early_fails_what_was_ok),
		cmocka_unit_test(test_verdict__refused_forks_and_what_was_left_explain_a_failure),
		cmocka_unit_test(test_verdict__names_the_memory_limit),
		cmocka_unit_test(test_verdict__names_a_tmpfs_that_was_full),
		cmocka_unit_test(test_verdict__explains_what_the_task_printed),
		cmocka_unit_test(test_verdict__names_what_the_profile_refuses),
		cmocka_unit_test(test_verdict__an_ok_trial_says_what_came_after_it),
		cmocka_unit_test(test_verdict__oom_gives_the_peak_that_the_interval_does_not_have),
		cmocka_unit_test(test_verdict__decides_anew_when_there_is_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
