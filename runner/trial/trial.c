/*
 * A trial from the slice to the result. What trial_make.c makes is undone here, in reverse, and each step
 * of the undoing is tried whatever became of the others.
 */

#include "runner/trial/trial.h"

#include "runner/trial/task_command.h"
#include "runner/trial/trial_state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define KILL_TIMEOUT_NS (10 * NS_PER_S)

/* ---- what is known of it */

static int emit(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	struct trial *trial = context;
	struct series *series;
	int r = spool_metric(trial->result->spool, metric, &series, error);

	if (r < 0)
		return r;
	series_set_kind(series, kind);
	return series_append(series, sample, 1, error);
}

/* A tool that was cut short may have written nothing: that is then no failure of its own. */
static int collect(struct trial *trial, struct error *error)
{
	const struct trial_result *result = trial->result;
	CLEANUP(cleanup_close) int profiler_fd = -1;
	struct error collect_error = ERROR_INIT;
	int r;

	if (!trial->planned->backend->collect || !trial->evidence.gate_opened)
		return 0;
	profiler_fd = openat(trial->context->run_fd, trial->profiler_name,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (profiler_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", trial->profiler_path);
	r = trial->planned->backend->collect(profiler_fd,
		result->start_realtime_ns - result->start_monotonic_ns, emit, trial,
		&collect_error);
	if (r < 0 && trial->evidence.exit_seen && trial->evidence.stop == STOP_NONE &&
		trial->evidence.wait_status == 0)
		return error_set(error, -r, "%s", collect_error.text);
	return 0;
}

static int settle(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	int r;

	sampler_stop(trial->sampler, &result->sampler);
	r = trial_drain(trial, error);
	if (r < 0 || !trial->evidence.gate_opened)
		return r;
	if (result->end_ns == 0) {
		/* Killed, or vanished: the leaf still stands and its account is read as it is. */
		r = snapshot_end(trial, error);
		if (r < 0)
			return r;
		result->end_ns = clock_monotonic_ns();
	}
	result->wall_ns = result->end_ns > result->begin_ns ? result->end_ns - result->begin_ns : 0;
	r = snapshot_settle_peak(trial, error);
	return r == 0 ? collect(trial, error) : r;
}

static int judge(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	CLEANUP(cleanup_free) char *runtime_error = runtime_log_error(trial->runtime_log);
	int r = slice_read_events(trial->slice, &result->reference.events, error);

	if (r < 0)
		return r;
	result->channel = channel_stats(trial->channel);
	trial->evidence.oom_kills = result->reference.events.oom_kill;
	trial->evidence.runtime_error = runtime_error;
	trial->evidence.awaited_begin = trial->context->experiment->task.python != NULL;
	trial->evidence.timeout_ns = trial->context->experiment->trials.timeout_ns;
	verdict(&trial->evidence, result);
	if (result->status == TRIAL_OK && result->sampler.read_error) {
		result->status = TRIAL_FAILED;
		snprintf(result->cause, sizeof(result->cause), "sampling ended early: %s",
			strerrordesc_np(result->sampler.read_error));
	}
	return 0;
}

/* ---- undoing it */

/* The first failure is the one that is told; the others go to the log. */
static void note(struct trial *trial, int r, struct error *failure, struct error *first)
{
	if (r >= 0)
		return;
	run_log_step(trial->context->log, "trial %06" PRIu64 ": undoing: %s",
		trial->planned->number, failure->text);
	if (first->number == 0)
		*first = *failure;
}

static int end_container(struct trial *trial, struct error *error)
{
	int status;
	int r;

	r = slice_kill(trial->slice, KILL_TIMEOUT_NS, error);
	if (trial->runtime.pid < 0)
		return r;
	if (r < 0 || !trial->runtime_ended) {
		int killed = process_kill(&trial->runtime, r < 0 ? NULL : error);

		r = r < 0 ? r : killed;
	}
	if (r == 0)
		r = process_wait(&trial->runtime, &status, error);
	return r == 0 ? runtime_delete(trial->context->runtime, trial->container, error) : r;
}

static int undo(struct trial *trial, struct error *error)
{
	struct error failure = ERROR_INIT;
	struct error first = ERROR_INIT;

	if (trial->slice)
		note(trial, end_container(trial, &failure), &failure, &first);
	if (trial->sampler)
		sampler_free(TAKE_PTR(trial->sampler));
	gate_close(&trial->gate);
	trial->result->stdout_text = output_pipe_close(&trial->stdout_pipe);
	trial->result->stderr_text = output_pipe_close(&trial->stderr_pipe);
	note(trial, channel_close(&trial->channel, &failure), &failure, &first);
	note(trial, slice_remove(&trial->slice, &failure), &failure, &first);
	if (trial->directory)
		note(trial, file_remove_tree(AT_FDCWD, trial->directory, &failure), &failure,
			&first);
	if (trial->filter_fd >= 0)
		close(TAKE_FD(trial->filter_fd));
	string_list_free(trial->argv);
	free(trial->container);
	free(trial->slice_name);
	free(trial->directory);
	free(trial->channel_path);
	free(trial->runtime_log);
	free(trial->profiler_name);
	free(trial->profiler_path);
	if (first.number == 0)
		return 0;
	return error_set(error, first.number, "trial %06" PRIu64 " could not be undone: %s",
		trial->planned->number, first.text);
}

/* ---- the whole of it */

static int run_steps(struct trial *trial, struct error *error)
{
	struct error kill_error = ERROR_INIT;
	int r = trial_make(trial, error);

	if (r == 0)
		r = trial_watch(trial, error);
	/* Whatever became of it: nothing of the task runs on while its account is settled. */
	if (trial->slice) {
		int killed = slice_kill(trial->slice, KILL_TIMEOUT_NS, &kill_error);

		if (r == 0 && killed < 0)
			r = error_set(error, -killed, "%s", kill_error.text);
	}
	if (trial->sampler) {
		int settled = settle(trial, r == 0 ? error : NULL);

		r = r == 0 ? settled : r;
	}
	return r == 0 ? judge(trial, error) : r;
}

static char *empty_text(char *text)
{
	return text ? text : strdup("");
}

int trial_run(const struct trial_context *context, const struct planned_trial *planned,
	struct trial_result *ret_result, struct error *error)
{
	struct error step_error = ERROR_INIT;
	struct trial_result result = {.exit_code = -1};
	struct trial trial = {
		.context = context,
		.planned = planned,
		.result = &result,
		.gate = GATE_CLOSED,
		.stdout_pipe = OUTPUT_PIPE_CLOSED,
		.stderr_pipe = OUTPUT_PIPE_CLOSED,
		.runtime = PROCESS_NONE,
		.filter_fd = -1,
		.deadline_ns = UINT64_MAX,
		.kill_limit_ns = UINT64_MAX,
	};
	int r;

	result.start_monotonic_ns = clock_monotonic_ns();
	result.start_realtime_ns = clock_realtime_ns();
	if (run_steps(&trial, &step_error) < 0) {
		result.status = TRIAL_FAILED;
		snprintf(result.cause, sizeof(result.cause), "%s", step_error.text);
	}
	r = undo(&trial, error);
	result.stdout_text.text = empty_text(result.stdout_text.text);
	result.stderr_text.text = empty_text(result.stderr_text.text);
	*ret_result = result;
	return r;
}

void trial_result_release(struct trial_result *result)
{
	free(result->marks);
	free(result->stdout_text.text);
	free(result->stderr_text.text);
	*result = (struct trial_result){.exit_code = -1};
}
