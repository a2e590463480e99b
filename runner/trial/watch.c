/*
 * The poll loop of a trial. The task is at the gate, then between its marks, then gone; beside it
 * stand the clock (timeout), the user (signals), and the runtime, which ends last. One thread: the
 * sampler has its own, and only its ring is read here.
 */

#include "runner/trial/record.h"
#include "runner/trial/trial_state.h"
#include "util/clock.h"

#include <errno.h>
#include <poll.h>

/* Ten times a second is often enough for a person to watch and for the ring to be emptied. */
#define TICK_NS (100 * NS_PER_MS)
#define KILL_LIMIT_NS (10 * NS_PER_S)
#define DRAIN_SAMPLES 4096

int trial_drain(struct trial *trial, struct error *error)
{
	struct sample samples[DRAIN_SAMPLES];
	size_t n;

	while ((n = sampler_drain(trial->sampler, samples, DRAIN_SAMPLES)) > 0) {
		int r = series_append(trial->reference, samples, n, error);

		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- ending it */

static int stop_task(struct trial *trial, enum trial_stop reason, struct error *error)
{
	if (trial->kill_limit_ns != UINT64_MAX)
		return 0;
	trial->evidence.stop = reason;
	trial->kill_limit_ns = clock_monotonic_ns() + KILL_LIMIT_NS;
	run_log_step(trial->context->log, "trial %06lu: stopping it (%s)",
		(unsigned long)trial->planned->number,
		reason == STOP_TIMEOUT ? "timeout"
		: reason == STOP_NONE  ? "it did not end by itself"
				       : "interrupted");
	return slice_kill(trial->slice, KILL_LIMIT_NS, error);
}

/* ---- the gate */

static int open_gate(struct trial *trial, pid_t child, struct error *error)
{
	struct trial_result *result = trial->result;
	int r = 0;

	if (slice_task_fd(trial->slice) < 0)
		r = slice_attach(trial->slice, child, error);
	if (r < 0)
		return r;
	sampler_arm(trial->sampler);
	r = snapshot_begin(trial, &result->begin_ns, error);
	if (r < 0)
		return r;
	result->start_monotonic_ns = clock_monotonic_ns();
	result->start_realtime_ns = clock_realtime_ns();
	result->begin_ns = result->start_monotonic_ns;
	trial->deadline_ns =
		result->start_monotonic_ns + trial->context->experiment->trials.timeout_ns;
	trial->evidence.gate_opened = true;
	run_log_step(trial->context->log, "trial %06lu: the gate opens",
		(unsigned long)trial->planned->number);
	return gate_send(&trial->gate, CONTROL_GO, error);
}

static int task_ended(
	struct trial *trial, const struct control_message *message, struct error *error)
{
	struct trial_result *result = trial->result;
	int (*translate)(int wait_status) = trial->planned->backend->task_status;

	trial->evidence.exit_seen = true;
	trial->evidence.wait_status =
		translate ? translate(message->wait_status) : message->wait_status;
	result->user_ns = message->user_ns;
	result->system_ns = message->system_ns;
	result->maxrss_bytes = message->maxrss_bytes;
	if (!trial->end_seen && trial->evidence.gate_opened) {
		int r = snapshot_end(trial, error);

		if (r < 0)
			return r;
		result->end_ns = message->time_ns;
	}
	return gate_send(&trial->gate, CONTROL_DONE, error);
}

static int handle_control(
	struct trial *trial, const struct control_message *message, pid_t pid, struct error *error)
{
	switch (message->type) {
	case CONTROL_READY:
		return 0;
	case CONTROL_CHILD:
		return open_gate(trial, pid, error);
	case CONTROL_FAILED:
		trial->evidence.failed_stage = message->stage;
		trial->evidence.failed_errno = message->error_number;
		return 0;
	case CONTROL_EXIT:
		return task_ended(trial, message, error);
	default:
		return error_set(error, EPROTO,
			"the launcher sent a message of type %u, which has no meaning",
			message->type);
	}
}

static int receive_control(struct trial *trial, struct error *error)
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

/* ---- the channel */

static struct measurement measurement(const struct trial *trial)
{
	return (struct measurement){
		.begin_seen = trial->evidence.begin_seen,
		.end_seen = trial->end_seen,
		.task_ended = trial->evidence.exit_seen,
	};
}

static int handle_mark(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct measurement progress = measurement(trial);
	struct trial_result *result = trial->result;
	int r = result_add_mark(result, record, error);

	if (r < 0)
		return r;
	switch (mark_role(record->name, &progress)) {
	case MARK_BEGIN:
		trial->evidence.begin_seen = true;
		return snapshot_begin(trial, &result->begin_ns, error);
	case MARK_END:
		trial->end_seen = true;
		/* One that did not wait at task_begin may be past task_end when that is read. */
		result->end_ns =
			record->time_ns > result->begin_ns ? record->time_ns : result->begin_ns;
		return snapshot_end(trial, error);
	case MARK_ONLY:
		break;
	}
	return 0;
}

static int handle_metric(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct sample sample = {.time_ns = record->time_ns, .value = record->value};
	struct series *series;
	int r = spool_metric(trial->result->spool, record->name, &series, error);

	if (r == -EINVAL ||
		(r == -ENOSPC && spool_n_series(trial->result->spool) >= SPOOL_MAX_SERIES)) {
		trial->result->n_rejected_records++;
		return 0;
	}
	if (r < 0)
		return r;
	if (record->type == MEMCG_RUN_METRIC) {
		series_set_kind(series, record->value == 1 ? METRIC_HIGH_WATER : METRIC_GAUGE);
		return 0;
	}
	return series_append(series, &sample, 1, error);
}

static int use_record(
	struct trial *trial, const struct memcg_run_record *record, struct error *error)
{
	const struct sample sample = {.time_ns = record->time_ns, .value = record->value};
	uint64_t opened_ns =
		trial->evidence.gate_opened ? trial->result->start_monotonic_ns : UINT64_MAX;

	switch (record_use(record, opened_ns, clock_monotonic_ns())) {
	case RECORD_MARK:
		return handle_mark(trial, record, error);
	case RECORD_TRUTH:
		return series_append(trial->truth, &sample, 1, error);
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

/* ---- the loop */

enum watched {
	WATCH_SIGNAL,
	WATCH_GATE,
	WATCH_CHANNEL,
	WATCH_STDOUT,
	WATCH_STDERR,
	WATCH_RUNTIME,
	N_WATCHED
};

static uint64_t next_limit(const struct trial *trial)
{
	if (trial->kill_limit_ns != UINT64_MAX)
		return trial->kill_limit_ns;
	return trial->evidence.gate_opened ? trial->deadline_ns : trial->start_limit_ns;
}

static int check_limits(struct trial *trial, struct error *error)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (now_ns < next_limit(trial))
		return 0;
	if (trial->kill_limit_ns != UINT64_MAX)
		return error_set(error, ETIMEDOUT, "the container did not end when it was killed");
	if (!trial->evidence.gate_opened)
		return error_set(error, ETIMEDOUT, "the container did not reach the gate in time");
	if (trial->evidence.exit_seen)
		return 0;
	return stop_task(trial, STOP_TIMEOUT, error);
}

static void tell_progress(const struct trial *trial)
{
	const struct trial_context *context = trial->context;
	uint64_t current_bytes;
	uint64_t peak_bytes;

	if (!context->tick || !trial->evidence.gate_opened)
		return;
	if (slice_current_bytes(trial->slice, &current_bytes) < 0 ||
		slice_peak_bytes(trial->slice, &peak_bytes) < 0)
		return;
	context->tick(context->tick_context,
		clock_monotonic_ns() - trial->result->start_monotonic_ns, current_bytes,
		peak_bytes);
}

static int serve(struct trial *trial, const struct pollfd *fds, struct error *error)
{
	int r = 0;

	/* The channel before the gate: what a task sent before it ended is taken before its end is. */
	if (fds[WATCH_CHANNEL].revents)
		r = channel_receive(trial->channel, handle_record, trial, error);
	if (r == 0 && fds[WATCH_STDOUT].revents)
		r = output_pipe_receive(&trial->stdout_pipe, error);
	if (r == 0 && fds[WATCH_STDERR].revents)
		r = output_pipe_receive(&trial->stderr_pipe, error);
	if (r == 0 && fds[WATCH_GATE].revents)
		r = receive_control(trial, error);
	if (r == 0 && fds[WATCH_SIGNAL].revents)
		r = stop_task(trial, STOP_INTERRUPTED, error);
	if (fds[WATCH_RUNTIME].revents)
		trial->runtime_ended = true;
	return r;
}

static int watch_once(struct trial *trial, struct error *error)
{
	bool interrupted = trial->evidence.stop == STOP_INTERRUPTED;
	struct pollfd fds[N_WATCHED] = {
		[WATCH_SIGNAL] = {.fd = interrupted ? -1 : trial->context->signal_fd},
		[WATCH_GATE] = {.fd = trial->launcher_gone ? -1 : trial->gate.fd},
		[WATCH_CHANNEL] = {.fd = channel_fd(trial->channel)},
		[WATCH_STDOUT] = {.fd = trial->stdout_pipe.read_fd},
		[WATCH_STDERR] = {.fd = trial->stderr_pipe.read_fd},
		[WATCH_RUNTIME] = {.fd = trial->runtime.pidfd},
	};
	const struct timespec tick = timespec_from_ns(TICK_NS);
	int r;

	for (size_t i = 0; i < N_WATCHED; i++)
		fds[i].events = POLLIN;
	r = ppoll(fds, N_WATCHED, &tick, NULL);
	if (r < 0 && errno != EINTR)
		return error_set_errno(error, errno, "cannot wait for the trial");
	r = r > 0 ? serve(trial, fds, error) : 0;
	if (r == 0)
		r = check_limits(trial, error);
	if (r == 0)
		r = trial_drain(trial, error);
	tell_progress(trial);
	return r;
}

/* What was sent or printed before the end is still there to be taken. */
static int take_the_rest(struct trial *trial, struct error *error)
{
	int r = channel_receive(trial->channel, handle_record, trial, error);

	if (r == 0)
		r = output_pipe_receive(&trial->stdout_pipe, error);
	if (r == 0)
		r = output_pipe_receive(&trial->stderr_pipe, error);
	if (r == 0 && !trial->launcher_gone)
		r = receive_control(trial, error);
	return r;
}

int trial_watch(struct trial *trial, struct error *error)
{
	while (!trial->runtime_ended) {
		int r = watch_once(trial, error);

		if (r < 0)
			return r;
	}
	return take_the_rest(trial, error);
}
