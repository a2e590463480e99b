/* The status of a trial. Wait statuses as from wait(2): a code times 256, or a signal. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/trial/verdict.h"
#include "util/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define EXITED(code) ((code) << 8)
#define KILLED_BY(signal) (signal)

static struct trial_result judged(struct trial_evidence evidence)
{
	/* Earlier values must be overwritten. */
	struct trial_result result = {
		.status = TRIAL_INTERRUPTED,
		.cause = "before",
		.exit_code = 77,
		.signal = 78,
		.remainder = "before",
	};

	verdict(&evidence, &result);
	return result;
}

static void assert_verdict(struct trial_evidence evidence, enum trial_status status, int exit_code,
	int signal, const char *cause)
{
	struct trial_result result = judged(evidence);

	assert_string_equal(result.cause, cause);
	assert_int_equal(result.status, status);
	assert_int_equal(result.exit_code, exit_code);
	assert_int_equal(result.signal, signal);
}

/* A command that was started and exited with 0. */
static struct trial_evidence good(void)
{
	return (struct trial_evidence){
		.timeout_ns = 90 * NS_PER_S,
		.gate_opened = true,
		.exit_seen = true,
		.wait_status = EXITED(0),
		.program = "./prog",
	};
}

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

static void test_trial_status_name__names_each(void **state)
{
	(void)state;
	assert_string_equal(trial_status_name(TRIAL_OK), "ok");
	assert_string_equal(trial_status_name(TRIAL_FAILED), "failed");
	assert_string_equal(trial_status_name(TRIAL_OOM), "oom");
	assert_string_equal(trial_status_name(TRIAL_TIMEOUT), "timeout");
	assert_string_equal(trial_status_name(TRIAL_INTERRUPTED), "interrupted");
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
		"only /tmp, /dev/shm and writable container.mounts can be written to");
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
		cmocka_unit_test(test_verdict__exit_0_is_ok),
		cmocka_unit_test(test_verdict__another_exit_code_is_failed),
		cmocka_unit_test(test_verdict__a_signal_is_failed),
		cmocka_unit_test(test_verdict__a_real_time_signal_has_no_name),
		cmocka_unit_test(test_verdict__a_python_task_must_reach_task_begin),
		cmocka_unit_test(test_verdict__tells_what_could_not_be_executed),
		cmocka_unit_test(test_verdict__tells_of_the_filter_and_the_fork),
		cmocka_unit_test(test_verdict__an_oom_kill_of_what_is_run_beside_the_task),
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
		cmocka_unit_test(test_trial_status_name__names_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
