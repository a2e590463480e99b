/*
 * The poll loop of a trial. The task is at the gate, then between its marks, then gone; the loop
 * also watches the clock (timeout), the user (signals), and the runtime, which ends last.
 * Single-threaded: the sampler has its own thread, and only its ring is read here.
 */

#include "runner/trial/measurement.h"
#include "runner/trial/samples.h"
#include "util/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

/* ---- stopping the task */

static int stop_task(struct trial *trial, enum trial_stop reason, struct error *error)
{
	static const char *const reasons[] = {
		[STOP_NONE] = "it did not end by itself",
		[STOP_TIMEOUT] = "timeout",
		[STOP_INTERRUPTED] = "interrupted",
		[STOP_FILES] = "it wrote too much",
	};
	int r = 0;

	if (trial_is_stopping(trial))
		return 0;
	trial->evidence.stop = reason;
	trial->kill_limit_ns = clock_monotonic_ns() + TRIAL_KILL_LIMIT_NS;
	run_log_step(trial->context->log, "trial %06lu: stopping it (%s)",
		(unsigned long)trial->planned->number, reasons[reason]);
	slow_sampler_stop(trial->slow_sampler, clock_monotonic_ns());
	/* Its final account is read before the kill: dead processes hold nothing. */
	if (trial->evidence.gate_opened && trial->result->end_ns == 0)
		r = measurement_end(trial, clock_monotonic_ns(), error);
	if (r == 0)
		r = slice_kill(trial->slice, TRIAL_KILL_LIMIT_NS, error);
	/* Many processes take long to end: the container's time limit starts only now. */
	trial->kill_limit_ns = clock_monotonic_ns() + TRIAL_KILL_LIMIT_NS;
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
	WATCH_REPORTER,
	WATCH_REPORTER_OUTPUT,
	N_WATCHED
};

static uint64_t next_limit(const struct trial *trial)
{
	if (trial_is_stopping(trial))
		return trial->kill_limit_ns;
	return trial->evidence.gate_opened || trial->evidence.exit_seen ? trial->deadline_ns
									: trial->start_limit_ns;
}

static void helper_is_late(struct trial *trial, enum control_stage stage)
{
	if (trial->evidence.failed_stage != CONTROL_STAGE_NONE)
		return;
	trial->evidence.failed_stage = stage;
	trial->evidence.helper_late = true;
}

static int check_limits(struct trial *trial, struct error *error)
{
	if (clock_monotonic_ns() < next_limit(trial))
		return 0;
	if (trial_is_stopping(trial))
		return error_set(error, ETIMEDOUT, "the container did not end when it was killed");
	if (trial->evidence.exit_seen) {
		if (trial->checking)
			helper_is_late(trial, CONTROL_STAGE_CHECK);
		else if (trial->planned->task->cleanup)
			helper_is_late(trial, CONTROL_STAGE_CLEANUP);
		return stop_task(trial, STOP_NONE, error);
	}
	if (trial->evidence.gate_opened)
		return stop_task(trial, STOP_TIMEOUT, error);
	if (trial->preparing) {
		helper_is_late(trial, CONTROL_STAGE_PREPARE);
		return stop_task(trial, STOP_NONE, error);
	}
	return error_set(error, ETIMEDOUT, "the container did not reach the gate in time");
}

static int check_files(struct trial *trial, struct error *error)
{
	bool exceeded;
	int r;

	if (trial->profiler_fd < 0 || trial_is_stopping(trial))
		return 0;
	r = quota_look(&trial->quota, trial->profiler_fd, &exceeded, error);
	if (r < 0 || !exceeded)
		return r;
	return stop_task(trial, STOP_FILES, error);
}

static int serve(struct trial *trial, const struct pollfd *fds, struct error *error)
{
	int r = 0;

	if (fds[WATCH_CHANNEL].revents)
		r = trial_receive_channel(trial, error);
	if (r == 0 && (fds[WATCH_REPORTER].revents || fds[WATCH_REPORTER_OUTPUT].revents))
		r = trial_receive_reporter(trial, error);
	if (r == 0 && fds[WATCH_STDOUT].revents)
		r = output_pipe_receive(&trial->stdout_pipe, error);
	if (r == 0 && fds[WATCH_STDERR].revents)
		r = output_pipe_receive(&trial->stderr_pipe, error);
	if (r == 0 && fds[WATCH_GATE].revents)
		r = trial_receive_control(trial, error);
	if (r == 0 && fds[WATCH_SIGNAL].revents)
		r = stop_task(trial, STOP_INTERRUPTED, error);
	if (fds[WATCH_RUNTIME].revents)
		trial->runtime_ended = true;
	return r;
}

/* Until the next tick or the slow sampler's next row, whichever is first. */
static struct timespec waiting_time(const struct trial *trial)
{
	uint64_t due_ns = slow_sampler_due_ns(trial->slow_sampler);

	if (trial->tick_ns < due_ns)
		due_ns = trial->tick_ns;
	return timespec_from_ns(clock_left_ns(due_ns));
}

static int watch_once(struct trial *trial, struct error *error)
{
	struct pollfd fds[N_WATCHED] = {
		/* Never read, so that the run sees it too; ignored once told to end. */
		[WATCH_SIGNAL] = {.fd = trial_is_stopping(trial) ? -1 : trial->context->signal_fd},
		[WATCH_GATE] = {.fd = trial->launcher_gone ? -1 : trial->gate.fd},
		[WATCH_CHANNEL] = {.fd = channel_fd(trial->channel)},
		[WATCH_STDOUT] = {.fd = trial->stdout_pipe.read_fd},
		[WATCH_STDERR] = {.fd = trial->stderr_pipe.read_fd},
		[WATCH_RUNTIME] = {.fd = trial->runtime.pidfd},
		[WATCH_REPORTER] = {.fd = trial->reporter ? reporter_fd(trial->reporter) : -1},
		[WATCH_REPORTER_OUTPUT] = {.fd = trial->reporter
							 ? reporter_output_fd(trial->reporter)
							 : -1},
	};
	const struct timespec waiting = waiting_time(trial);
	int r;

	for (size_t i = 0; i < N_WATCHED; i++)
		fds[i].events = POLLIN;
	r = ppoll(fds, N_WATCHED, &waiting, NULL);
	if (r < 0 && errno != EINTR)
		return error_set_errno(error, errno, "cannot wait for the trial");
	r = r > 0 ? serve(trial, fds, error) : 0;
	if (r == 0)
		r = check_limits(trial, error);
	if (r == 0)
		r = check_files(trial, error);
	if (trial->evidence.gate_opened)
		affinity_look(&trial->affinity, trial->slice);
	return r == 0 ? samples_serve(trial, error) : r;
}

/* Receives what was sent or printed before the end. */
static int take_the_rest(struct trial *trial, struct error *error)
{
	int r = trial_receive_all(trial, error);

	if (r == 0)
		r = output_pipe_receive(&trial->stdout_pipe, error);
	if (r == 0)
		r = output_pipe_receive(&trial->stderr_pipe, error);
	if (r == 0 && !trial->launcher_gone)
		r = trial_receive_control(trial, error);
	return r;
}

int trial_watch(struct trial *trial, struct error *error)
{
	int r = 0;

	while (r == 0 && !trial->runtime_ended)
		r = watch_once(trial, error);
	if (r == 0) {
		r = process_wait(&trial->runtime, &trial->evidence.runtime_status, error);
		trial->evidence.runtime_end_known = r == 0;
	}
	return r == 0 ? take_the_rest(trial, error) : r;
}
