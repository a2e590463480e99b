#include "runner/trial/verdict.h"

#include "util/array.h"
#include "util/format.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char *const status_names[] = {
	[TRIAL_OK] = "ok",
	[TRIAL_FAILED] = "failed",
	[TRIAL_OOM] = "oom",
	[TRIAL_TIMEOUT] = "timeout",
	[TRIAL_INTERRUPTED] = "interrupted",
};

const char *trial_status_name(enum trial_status status)
{
	return status_names[status];
}

static void __attribute__((format(printf, 3, 4)))
conclude(struct trial_result *result, enum trial_status status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	result->status = status;
	vsnprintf(result->cause, sizeof(result->cause), format, arguments);
	va_end(arguments);
}

/* Appends to the cause. */
static void __attribute__((format(printf, 2, 3)))
add(struct trial_result *result, const char *format, ...)
{
	const size_t length = strlen(result->cause);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->cause + length, sizeof(result->cause) - length, format, arguments);
	va_end(arguments);
}

/* "SIGKILL"; real-time signals have no name. */
void verdict_describe_end(const char *who, int wait_status, char *text, size_t size)
{
	const int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	const char *name = sigabbrev_np(signal);

	if (signal && name)
		snprintf(text, size, "%s was ended by SIG%s", who, name);
	else if (signal)
		snprintf(text, size, "%s was ended by signal %d", who, signal);
	else
		snprintf(text, size, "%s exited with code %d", who, WEXITSTATUS(wait_status));
}

/* What is run beside the task: the errno of its stage is a wait status. */
static void describe_helper(
	const struct trial_evidence *evidence, const char *name, char *text, size_t size)
{
	if (evidence->helper_late)
		snprintf(text, size, "%s was still running after %s (trials.timeout_s)", name,
			format_duration(evidence->timeout_ns).text);
	else
		verdict_describe_end(name, evidence->failed_errno, text, size);
}

bool verdict_was_check_killed(const struct trial_evidence *evidence)
{
	return evidence->failed_stage == CONTROL_STAGE_CHECK && evidence->oom_kills > 0 &&
	       evidence->oom_kills_before_check == 0;
}

/*
 * The launcher was killed, and the runtime has removed the leaf that counts it (cgroup/v1.c). If
 * the task's end was reported, the kill did not matter.
 */
static bool was_lost_to_oom(const struct trial_evidence *evidence)
{
	return !evidence->exit_seen && evidence->ooms > 0;
}

static void conclude_oom(const struct trial_evidence *evidence, struct trial_result *result)
{
	char end[128] = "the task's own exit status is unknown";

	if (evidence->failed_stage == CONTROL_STAGE_CLEANUP)
		describe_helper(evidence, "task.cleanup", end, sizeof(end));
	else if (evidence->exit_seen)
		verdict_describe_end("the task", evidence->wait_status, end, sizeof(end));
	/*
	 * The kernel kills the chosen process first, and again as one of its group
	 * (oom_kill_process in mm/oom_kill.c, Linux 6.6): the real number is unknown. A count of
	 * one did not come from the group.
	 */
	if (evidence->oom_group && evidence->oom_kills > 1) {
		conclude(result, TRIAL_OOM,
			"the kernel killed all processes of the task at its memory limit; %s", end);
		return;
	}
	if (evidence->oom_kills == 0) {
		conclude(result, TRIAL_OOM,
			"the container was killed at the trial's memory limit; %s", end);
		return;
	}
	conclude(result, TRIAL_OOM,
		"the kernel killed %lu process%s of the trial at its memory limit; %s",
		(unsigned long)evidence->oom_kills, evidence->oom_kills == 1 ? "" : "es", end);
}

/* If the usage was highest outside the interval, the interval's peak does not explain the kill. */
static void explain_oom(const struct trial_evidence *evidence, struct trial_result *result)
{
	if (evidence->memory_max_bytes > 0)
		add(result, " (limits.memory_max = %s)",
			format_bytes(evidence->memory_max_bytes).text);
	if (!evidence->peaks_known || evidence->leaf_peak_bytes <= evidence->peak_bytes)
		return;
	add(result, "; its peak was %s, that of the measured interval %s",
		format_bytes(evidence->leaf_peak_bytes).text,
		format_bytes(evidence->peak_bytes).text);
}

/* "task.prepare exited with code 3" */
static void conclude_helper(
	const struct trial_evidence *evidence, const char *name, struct trial_result *result)
{
	char end[128];

	describe_helper(evidence, name, end, sizeof(end));
	conclude(result, TRIAL_FAILED, "%s", end);
}

/* Another folder than the runner's has the reporter's path, or none has it. */
static bool is_elsewhere(const struct trial_evidence *evidence)
{
	return evidence->failed_errno == ESTALE || evidence->failed_errno == ENOENT;
}

static void conclude_not_started(const struct trial_evidence *evidence, struct trial_result *result)
{
	static const char *const failures[] = {
		[CONTROL_STAGE_FORK] = "cannot start a process for the task",
		[CONTROL_STAGE_FILTER] = "cannot install the seccomp filter",
		[CONTROL_STAGE_HOST] = "cannot give the task its own /proc and cgroup mount",
		[CONTROL_STAGE_CPUS] = "cannot set the CPUs of the task's process",
		[CONTROL_STAGE_STDIN] = "task.stdin: cannot open the file for the task",
		[CONTROL_STAGE_FOLDER] = "cannot mount the reporter's folder for the task",
		[CONTROL_STAGE_WRITABLE] = "task.working_directory: cannot mount an overlay of the "
					   "experiment's folder",
		[CONTROL_STAGE_USER] = "cannot run the task as task.user",
		[CONTROL_STAGE_LEAF] = "cannot move the task's process into its cgroup",
	};
	const size_t stage = evidence->failed_stage;
	/* The stage is a number from another process: unknown values also mean failed. */
	const char *failure = stage < LENGTH(failures) ? failures[stage] : NULL;
	const char *reason = strerrordesc_np(evidence->failed_errno);

	if (!reason)
		reason = "unknown error";
	if (stage == CONTROL_STAGE_PREPARE)
		conclude_helper(evidence, "task.prepare", result);
	else if (stage == CONTROL_STAGE_EXEC)
		conclude(result, TRIAL_FAILED, "cannot execute %s in the container: %s",
			evidence->program, reason);
	else if (stage == CONTROL_STAGE_FOLDER && is_elsewhere(evidence))
		conclude(result, TRIAL_FAILED,
			"the reporter's folder was replaced, or a folder above it moved, before "
			"the task began: %s",
			reason);
	else
		conclude(result, TRIAL_FAILED, "%s: %s",
			failure ? failure : failures[CONTROL_STAGE_FORK], reason);
	if (stage == CONTROL_STAGE_EXEC && evidence->seccomp_refused)
		add(result, "; its profile refuses %s (container.seccomp)",
			evidence->seccomp_refused);
}

/*
 * The container vanished without a report from the launcher: uses the runtime's message or exit
 * status.
 */
static void conclude_vanished(const struct trial_evidence *evidence, struct trial_result *result)
{
	const char *what = evidence->gate_opened
				   ? "the container ended before the task's end was reported"
				   : "the container did not start";
	char end[128];

	if (evidence->runtime_error) {
		conclude(result, TRIAL_FAILED, "%s: %s", what, evidence->runtime_error);
	} else if (evidence->runtime_end_known) {
		verdict_describe_end("the runtime", evidence->runtime_status, end, sizeof(end));
		conclude(result, TRIAL_FAILED, "%s: %s and gave no reason", what, end);
	} else {
		conclude(result, TRIAL_FAILED, "%s", what);
	}
}

/* A tmpfs that is full says more than the task's words: others may be why it has no space. */
static void explain_files(const struct trial_evidence *evidence, struct trial_result *result)
{
	const struct formatted size = format_bytes(evidence->tmp_max_bytes);

	if (evidence->full_tmpfs && evidence->tmp_max_bytes > 0)
		add(result, "; its %s was full (container.tmp_max = %s)", evidence->full_tmpfs,
			size.text);
	else if (evidence->full_tmpfs)
		add(result, "; its %s was full", evidence->full_tmpfs);
	else if (evidence->printed_no_space && evidence->tmp_max_bytes > 0)
		add(result,
			"; it printed \"No space left on device\", and its /tmp and /dev/shm hold "
			"%s "
			"each (container.tmp_max)",
			size.text);
	if (evidence->printed_read_only && evidence->in_container)
		add(result,
			"; it printed \"Read-only file system\", and in its container only /tmp, "
			"/dev/shm and writable container.mounts can be written to%s",
			evidence->writable ? " beside its folder"
					   : "; task.working_directory = \"writable\" adds its "
					     "folder");
}

/*
 * Adds possible reasons for a task's failure: "; the kernel refused it 3 processes
 * (limits.pids_max)".
 */
static void explain(const struct trial_evidence *evidence, struct trial_result *result)
{
	if (evidence->seccomp_refused)
		add(result, "; its profile refuses %s (container.seccomp)",
			evidence->seccomp_refused);
	if (evidence->n_refused_forks > 0)
		add(result, "; the kernel refused it %lu process%s (limits.pids_max)",
			(unsigned long)evidence->n_refused_forks,
			evidence->n_refused_forks == 1 ? "" : "es");
	explain_files(evidence, result);
	if (evidence->n_outlived > 0)
		add(result, "; it left %lu process%s behind", (unsigned long)evidence->n_outlived,
			evidence->n_outlived == 1 ? "" : "es");
}

static void conclude_check(const struct trial_evidence *evidence, struct trial_result *result)
{
	conclude_helper(evidence, "the check of its output", result);
	if (verdict_was_check_killed(evidence))
		add(result, ": it needs more memory than the trial has left");
}

static void conclude_end(const struct trial_evidence *evidence, struct trial_result *result)
{
	const char *name = sigabbrev_np(result->signal);

	if (WIFSIGNALED(evidence->wait_status) && name)
		conclude(result, TRIAL_FAILED, "ended by signal %d (SIG%s)", result->signal, name);
	else if (WIFSIGNALED(evidence->wait_status))
		conclude(result, TRIAL_FAILED, "ended by signal %d", result->signal);
	else if (result->exit_code != 0)
		conclude(result, TRIAL_FAILED, "exited with code %d", result->exit_code);
	else if (evidence->awaited_begin && !evidence->begin_seen)
		conclude(result, TRIAL_FAILED, "ended before it reached task_begin");
	else
		conclude(result, TRIAL_OK, "%s", "");
	if (result->status != TRIAL_OK)
		explain(evidence, result);
	else if (evidence->failed_stage == CONTROL_STAGE_CHECK)
		conclude_check(evidence, result);
}

/* The task did well: whether it was measured and cleaned up after well. */
static void conclude_measurement(const struct trial_evidence *evidence, struct trial_result *result)
{
	if (evidence->failed_stage == CONTROL_STAGE_CLEANUP)
		conclude_helper(evidence, "task.cleanup", result);
	if (evidence->lost_samples.number)
		conclude(result, TRIAL_FAILED, "%s", evidence->lost_samples.text);
	else if (evidence->read_error)
		conclude(result, TRIAL_FAILED, "sampling ended early: %s",
			strerrordesc_np(evidence->read_error));
}

/* Less says nothing: some libraries have a helper that ends a moment after its parent. */
#define NOTABLE_OUTLIVED 0.1
/* Nor does what is within the kernel's charge batches. */
#define NOTABLE_LATER 0.01
#define CHARGE_SLACK_BYTES 262144.0

/* The trial was ok, and still has no account of what came after its interval. */
static void note_remainder(const struct trial_evidence *evidence, struct trial_result *result)
{
	const double peak = (double)evidence->peak_bytes;
	const bool later = !evidence->reporter_inside &&
			   (double)evidence->later_peak_bytes >
				   (1.0 + NOTABLE_LATER) * peak + CHARGE_SLACK_BYTES;
	const bool outlived = evidence->n_outlived > 0 &&
			      (double)evidence->outlived_bytes > NOTABLE_OUTLIVED * peak;
	const size_t size = sizeof(result->remainder);
	int length = 0;

	if (outlived)
		length = snprintf(result->remainder, size, "%lu process%s outlived it, with %s",
			(unsigned long)evidence->n_outlived, evidence->n_outlived == 1 ? "" : "es",
			format_bytes(evidence->outlived_bytes).text);
	if (later)
		snprintf(result->remainder + length, size - (size_t)length,
			"%sits cgroup then reached %s", outlived ? "; " : "",
			format_bytes(evidence->later_peak_bytes).text);
}

/* The stage is of what comes after the task. */
static bool is_after_task(enum control_stage failed_stage)
{
	return failed_stage == CONTROL_STAGE_CHECK || failed_stage == CONTROL_STAGE_CLEANUP;
}

/* The step, or the sealing, that found the disk full; NULL: none. */
static const struct error *find_full_disk(const struct trial_evidence *evidence)
{
	if (error_is_out_of_room(&evidence->failed_step))
		return &evidence->failed_step;
	return error_is_out_of_room(&evidence->lost_samples) ? &evidence->lost_samples : NULL;
}

void verdict(const struct trial_evidence *evidence, struct trial_result *result)
{
	const bool exited = evidence->exit_seen && WIFEXITED(evidence->wait_status);
	const bool signalled = evidence->exit_seen && WIFSIGNALED(evidence->wait_status);
	const struct error *full_disk = find_full_disk(evidence);

	result->remainder[0] = '\0';
	result->exit_code = exited ? WEXITSTATUS(evidence->wait_status) : -1;
	result->signal = signalled ? WTERMSIG(evidence->wait_status) : 0;
	result->out_of_room = full_disk != NULL;
	if (full_disk)
		conclude(result, TRIAL_INTERRUPTED, "%s", full_disk->text);
	else if (evidence->stop == STOP_INTERRUPTED)
		conclude(result, TRIAL_INTERRUPTED, "the run was interrupted");
	else if (evidence->stop == STOP_TIMEOUT)
		conclude(result, TRIAL_TIMEOUT, "still running after %s (trials.timeout_s)",
			format_duration(evidence->timeout_ns).text);
	else if (evidence->stop == STOP_FILES)
		conclude(result, TRIAL_FAILED,
			"wrote more to its backend's folder than backends.files_max allows");
	else if (evidence->failed_stage == CONTROL_STAGE_PREPARE)
		conclude_not_started(evidence, result);
	else if ((evidence->oom_kills > 0 && !verdict_was_check_killed(evidence)) ||
		 was_lost_to_oom(evidence))
		conclude_oom(evidence, result);
	else if (evidence->failed_step.number)
		conclude(result, TRIAL_FAILED, "%s", evidence->failed_step.text);
	else if (evidence->failed_stage != CONTROL_STAGE_NONE &&
		 !is_after_task(evidence->failed_stage))
		conclude_not_started(evidence, result);
	else if (!evidence->exit_seen)
		conclude_vanished(evidence, result);
	else
		conclude_end(evidence, result);
	if (result->status == TRIAL_OK)
		conclude_measurement(evidence, result);
	if (result->status == TRIAL_OK)
		note_remainder(evidence, result);
	else if (result->status == TRIAL_OOM)
		explain_oom(evidence, result);
}
