/*
 * Handles the messages of the task and the launcher to the runner during a trial: records of the
 * channel, and the protocol of the gate.
 */

#include "runner/trial/clues.h"
#include "runner/trial/journal.h"
#include "runner/trial/measurement.h"
#include "runner/trial/processes.h"
#include "runner/trial/record.h"
#include "runner/trial/samples.h"
#include "util/clock.h"
#include "util/cpu_list.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* From the task's end, or that of its check, to the runtime's. */
#define END_LIMIT_NS (10 * NS_PER_S)
/*
 * The sockets of all connections together can hold less than this many rounds of channel_receive.
 */
#define MAX_RECEIVE_TURNS 128

/* ---- the channel */

static struct measurement measurement(const struct trial *trial)
{
	return (struct measurement){
		.begin_seen = trial->evidence.begin_seen,
		.end_seen = trial->result->end_ns != 0,
		.task_ended = trial->evidence.exit_seen,
	};
}

/* A mark beyond the limit is counted but not kept. */
static int keep_mark(
	struct trial_result *result, const struct memcg_run_record *record, struct error *error)
{
	size_t n = result->n_marks;
	int r = result_add_mark(result, record, error);

	if (r < 0 || result->n_marks == n)
		return r;
	return journal_mark(result->spool, &result->marks[n], error);
}

/* Pages are counted outside the interval: before the initial snapshot and after the final one. */
static int handle_mark(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct measurement progress = measurement(trial);
	enum mark_role role = mark_role(record->name, &progress);
	struct trial_result *result = trial->result;
	int r = keep_mark(result, record, error);

	if (r == 0 && role == MARK_END) {
		result->reference.held_at_end = record_awaits_answer(record);
		/*
		 * A task that does not wait at task_begin may be past task_end when this is read.
		 */
		r = measurement_end(trial,
			record->time_ns > result->begin_ns ? record->time_ns : result->begin_ns,
			error);
	}
	/* If the sender does not wait at a mark, nobody is held. */
	if (r == 0 && record_awaits_answer(record))
		r = trial_count_pages(trial, record->name, role, error);
	return r == 0 && role == MARK_BEGIN ? measurement_begin(trial, error) : r;
}

static int count_refusal(struct trial *trial, int r)
{
	if (r > 0)
		trial->result->n_rejected_records++;
	return r < 0 ? r : 0;
}

/* A task must not send metrics of an external backend. */
static int handle_metric(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct backend *backend = trial->planned->backend;

	if (backend_is_outside(backend) && backend_owns(backend->name, record->name))
		return count_refusal(trial, 1);
	return count_refusal(trial, samples_keep_metric(trial, record, error));
}

static int use_record(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	uint64_t opened_ns =
		trial->evidence.gate_opened ? trial->result->start_monotonic_ns : UINT64_MAX;

	enum record_use use = record_use(record, opened_ns, clock_monotonic_ns());

	/* Marks have their own limit. */
	if (use != RECORD_REJECTED && use != RECORD_MARK &&
		!quota_take_record(&trial->quota, record))
		use = RECORD_REJECTED;
	switch (use) {
	case RECORD_MARK:
		return handle_mark(trial, record, error);
	case RECORD_TRUTH:
		return count_refusal(trial, samples_keep_truth(trial, record, error));
	case RECORD_SAMPLE:
	case RECORD_KIND:
		return handle_metric(trial, record, error);
	case RECORD_REJECTED:
		trial->result->n_rejected_records++;
		return 0;
	}
	return 0;
}

static int handle_record(void *context, const struct memcg_run_record *record, unsigned connection,
	struct error *error)
{
	struct trial *trial = context;
	int r = use_record(trial, record, error);

	if (r == 0 && record_awaits_answer(record))
		r = channel_acknowledge(trial->channel, connection, record, error);
	return r;
}

int trial_receive_channel(struct trial *trial, struct error *error)
{
	return channel_receive(trial->channel, handle_record, trial, error);
}

int trial_receive_all(struct trial *trial, struct error *error)
{
	for (unsigned turn = 0; turn < MAX_RECEIVE_TURNS; turn++) {
		struct pollfd channel = {.fd = channel_fd(trial->channel), .events = POLLIN};
		int r;

		if (poll(&channel, 1, 0) <= 0)
			return 0;
		r = trial_receive_channel(trial, error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the gate */

static int open_gate(struct trial *trial, pid_t child, struct error *error)
{
	struct trial_result *result = trial->result;
	int r;

	trial->task_pid = child;
	r = trial_await_reporter(trial, error);
	if (r < 0)
		return r;
	free(result->task_cpus);
	/* From the kernel: the launcher's mask combined with a cpuset. */
	result->task_cpus = cpu_list_of(child);
	affinity_begin(&trial->affinity, child, trial->context->placement->sampler_cpu);
	r = measurement_begin_at_gate(trial, error);
	if (r < 0)
		return r;
	trial->deadline_ns = result->begin_ns + trial->context->experiment->trials.timeout_ns;
	slow_sampler_arm(trial->slow_sampler, result->start_monotonic_ns);
	trial->evidence.gate_opened = true;
	run_log_step(trial->context->log, "trial %06lu: the gate opens for process %d",
		(unsigned long)trial->planned->number, (int)child);
	return gate_send(&trial->gate, CONTROL_GO, error);
}

static void count_process(void *context, pid_t pid)
{
	(void)pid;
	++*(uint64_t *)context;
}

/* While the container stands: its launcher waits. */
static void note_container(struct trial *trial, pid_t launcher)
{
	const struct experiment *experiment = trial->context->experiment;
	uint64_t pss[PSS_N_KEYS];

	(void)slice_each_process(trial->slice, count_process, &trial->evidence.n_outlived);
	if (trial->evidence.n_outlived > 0 && pss_read(trial->slice, pss) == 0)
		trial->evidence.outlived_bytes = pss[PSS_PSS];
	trial->evidence.n_refused_forks = slice_refused_forks(trial->slice);
	if (experiment->container.runtime != RUNTIME_NONE)
		trial->evidence.full_tmpfs = clues_full_tmpfs(
			launcher, trial->context->writable ? experiment->directory : NULL);
}

/* Of what comes next: task.check or task.cleanup, and the container's end. */
static void give_time(struct trial *trial)
{
	trial->deadline_ns = clock_monotonic_ns() + END_LIMIT_NS;
	if (trial->checking || trial->planned->task->cleanup)
		trial->deadline_ns += trial->context->experiment->trials.timeout_ns;
}

/* As the launcher has it: of a task that exited with 0. */
static int await_check(struct trial *trial, const struct control_message *end, struct error *error)
{
	struct memory_events events;
	int r = 0;

	trial->checking = trial->planned->task->check && end->wait_status == 0;
	if (trial->checking)
		r = slice_read_events(trial->slice, &events, error);
	if (r == 0 && trial->checking)
		trial->evidence.oom_kills_before_check = events.oom_kill;
	return r;
}

static int task_ended(struct trial *trial, const struct control_message *message, pid_t launcher,
	struct error *error)
{
	struct trial_result *result = trial->result;
	int (*translate)(int wait_status) = trial->planned->backend->task_status;
	/* Records sent before the task's end are handled first: its task_end may be among them. */
	int r = trial_receive_all(trial, error);

	if (r < 0)
		return r;
	/* The task is no longer in the leaf. */
	slow_sampler_stop(trial->slow_sampler, message->time_ns);
	affinity_add(&trial->affinity, &message->cpus);
	note_container(trial, launcher);
	trial->evidence.exit_seen = true;
	trial->evidence.wait_status =
		translate ? translate(message->wait_status) : message->wait_status;
	r = await_check(trial, message, error);
	if (r < 0)
		return r;
	give_time(trial);
	result->user_ns = message->user_ns;
	result->system_ns = message->system_ns;
	result->maxrss_bytes = message->maxrss_bytes;
	/* Every process has used some memory; a launcher that could not start one reports 0. */
	result->usage_known = message->maxrss_bytes > 0;
	if (trial->evidence.gate_opened && result->end_ns == 0)
		r = measurement_end(trial, message->time_ns, error);
	if (r == 0 && trial->evidence.gate_opened)
		r = trial_end_rusage(trial, error);
	/* What follows, such as task.check and task.cleanup, is not measured. */
	measurement_stop(trial);
	return r == 0 ? gate_send(&trial->gate, CONTROL_DONE, error) : r;
}

static int at_the_gate(
	struct trial *trial, const struct control_message *message, pid_t pid, struct error *error)
{
	const struct experiment *experiment = trial->context->experiment;

	/* It was told to end before its container had a process: the kill found nothing. */
	if (trial_is_stopping(trial))
		return slice_kill(trial->slice, TRIAL_KILL_LIMIT_NS, error);
	/* The time to start in is the container's; that of task.prepare begins here. */
	if (message->type == CONTROL_READY) {
		trial->preparing = trial->planned->task->prepare;
		if (trial->preparing)
			trial->start_limit_ns =
				clock_monotonic_ns() + experiment->trials.timeout_ns;
		return 0;
	}
	if (trial->runtime_ended)
		return 0;
	if (trial->evidence.gate_opened)
		return error_set(error, EPROTO, "the launcher sent a second child to the gate");
	return open_gate(trial, pid, error);
}

static int handle_control(
	struct trial *trial, const struct control_message *message, pid_t pid, struct error *error)
{
	switch (message->type) {
	case CONTROL_READY:
	case CONTROL_CHILD:
		return at_the_gate(trial, message, pid, error);
	case CONTROL_WRITTEN: /* the gate has what came with it */
		return 0;
	case CONTROL_PREPARED:
		trial->preparing = false;
		trial->start_limit_ns = clock_monotonic_ns() + TRIAL_START_LIMIT_NS;
		return 0;
	case CONTROL_CHECKED:
		trial->checking = false;
		give_time(trial);
		return 0;
	case CONTROL_FAILED:
		/* The first: cleanup may fail because the task was not started. */
		if (trial->evidence.failed_stage != CONTROL_STAGE_NONE)
			return 0;
		trial->evidence.failed_stage = message->stage;
		trial->evidence.failed_errno = message->error_number;
		return 0;
	case CONTROL_EXIT:
		return task_ended(trial, message, pid, error);
	default:
		return error_set(error, EPROTO, "the launcher sent a message of unknown type %u",
			message->type);
	}
}

int trial_receive_control(struct trial *trial, struct error *error)
{
	for (;;) {
		struct control_message message;
		pid_t pid;
		int r = gate_receive(&trial->gate, &message, &pid, error);

		if (r == -EAGAIN)
			return 0;
		if (r == 1)
			trial->launcher_gone = true;
		if (r != 0)
			return r < 0 ? r : 0;
		r = handle_control(trial, &message, pid, error);
		if (r < 0)
			return r;
	}
}
