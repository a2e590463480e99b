/*
 * A trial from the slice to the result. Undoes what trial_make.c creates, in reverse order; each
 * step is tried regardless of the others.
 */

#include "runner/trial/trial.h"

#include "runner/trial/clues.h"

#include "runner/trial/measurement.h"
#include "runner/trial/samples.h"
#include "runner/trial/written.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/give.h"
#include "util/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the result */

static int emit(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	struct trial *trial = context;
	struct series *series;
	struct sample placed = *sample;
	int r = spool_metric(trial->result->spool, metric, &series, error);

	if (r < 0)
		return r;
	if (placed.time_ns == SAMPLE_AT_END)
		placed.time_ns = trial->result->end_ns;
	series_set_kind(series, kind);
	return series_append(series, &placed, 1, error);
}

/* An interrupted tool may have written nothing: that is not its failure. */
static int collect_profile(struct trial *trial, struct error *error)
{
	const struct trial_result *result = trial->result;
	const struct backend *backend = trial->planned->backend;
	struct error collect_error = ERROR_INIT;
	int r;

	if (trial->profiler_fd < 0 || !backend->collect || !trial->evidence.gate_opened)
		return 0;
	r = backend->collect(trial->profiler_fd,
		result->start_realtime_ns - result->start_monotonic_ns, emit, trial,
		&collect_error);
	if (r == 0)
		return 0;
	if (trial->evidence.exit_seen && trial->evidence.stop == STOP_NONE &&
		trial->evidence.wait_status == 0)
		return error_set(error, -r, "%s", collect_error.text);
	run_log_step(trial->context->log, "trial %06" PRIu64 ": %s", trial->planned->number,
		collect_error.text);
	return 0;
}

/*
 * The last check, of what the dead task has left. Too much is not kept: later trials need the disk. By the descriptor:
 * what its name means now is the run's folder's owner's to say.
 */
static int settle_files(struct trial *trial, struct error *error)
{
	bool exceeded = false;
	int r = 0;

	if (trial->profiler_fd < 0)
		return 0;
	trial->quota.due_ns = 0;
	r = quota_look(&trial->quota, trial->profiler_fd, &exceeded, error);
	if (r < 0 || !exceeded)
		return r < 0 ? r : collect_profile(trial, error);
	if (trial->evidence.stop == STOP_NONE)
		trial->evidence.stop = STOP_FILES;
	r = file_empty_directory(trial->profiler_fd, trial->profiler_path, error);
	if (r == 0)
		(void)file_remove_held(trial->profiler_fd, trial->profiler_path);
	return r;
}

/*
 * The dynamic linker ignores a library that it cannot load, and a static program has no such
 * linker.
 */
static void settle_preload(struct trial *trial)
{
	const struct backend *backend = trial->planned->backend;
	struct trial_result *result = trial->result;

	if (!backend->preload || spool_find(result->spool, backend->headline_metric))
		return;
	snprintf(result->reporter_failure, sizeof(result->reporter_failure),
		"its library was not loaded into the task: the program is static, uses another C "
		"library, or was not started");
}

/* If the task's end was not reported, the interval ends now: the leaf still exists and is read. */
static int settle_end(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	struct trial_reference *reference = &result->reference;
	uint64_t peak_bytes;
	int r = 0;

	if (result->end_ns == 0)
		r = measurement_end(trial, clock_monotonic_ns(), error);
	oracle_settle(&result->oracle, result->begin_ns, result->end_ns);
	result->wall_ns = result->end_ns > result->begin_ns
				  ? result->end_ns - result->begin_ns - result->oracle.held_ns
				  : 0;
	/* Includes what came after task_end, which is outside the interval. */
	if (slice_peak_bytes(trial->slice, &peak_bytes) == 0 &&
		peak_bytes > reference->leaf_peak_bytes)
		reference->leaf_peak_bytes = reference->later_peak_bytes = peak_bytes;
	return r;
}

/* Keeps the failure of an earlier step, with its sentence; later steps are still tried. */
static struct error *unless_failed(int r, struct error *error)
{
	return r < 0 ? NULL : error;
}

static int keep_first(int r, int next)
{
	return r < 0 ? r : next;
}

static int settle_account(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	int r;

	measurement_stop(trial);
	slow_sampler_stop(trial->slow_sampler, clock_monotonic_ns());
	r = samples_drain(trial, error);
	/* After the last compositions are counted among them. */
	result->slow_sampler = slow_sampler_stats(trial->slow_sampler);
	sampler_describe_shortfall(
		&result->sampler, result->undersampled, sizeof(result->undersampled));
	gaps_describe(&result->gaps, result->gapped, sizeof(result->gapped));
	if (trial->evidence.gate_opened) {
		r = keep_first(r, settle_end(trial, unless_failed(r, error)));
		if (result->reference.begun)
			r = keep_first(r, snapshot_settle_peak(trial, unless_failed(r, error)));
	}
	settle_preload(trial);
	r = keep_first(r, settle_files(trial, unless_failed(r, error)));
	r = keep_first(r, slice_read_events(trial->slice, &result->reference.events,
				  unless_failed(r, error)));
	result->channel = channel_stats(trial->channel);
	return r;
}

/* Not of a trial that is run again. The tmpfs ends here, before the slice that it is charged to. */
static int settle_written(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	int r = 0;

	if (trial->gate.written_fd < 0)
		return 0;
	if (trial->evidence.stop != STOP_INTERRUPTED)
		r = written_keep(trial->gate.written_fd, context->run_fd, trial->planned->number,
			context->experiment->files_max, error);
	close(TAKE_FD(trial->gate.written_fd));
	return r;
}

/* Kills the task in any case: nothing of it may run while its account is read. */
static int settle_trial(struct trial *trial, struct error *error)
{
	int r = trial->slice ? slice_kill(trial->slice, TRIAL_KILL_LIMIT_NS, error) : 0;

	r = keep_first(r, output_pipe_receive(&trial->stdout_pipe, unless_failed(r, error)));
	r = keep_first(r, output_pipe_receive(&trial->stderr_pipe, unless_failed(r, error)));
	/*
	 * The sampler is created last before the container: if it exists, so does everything else.
	 */
	if (trial->sampler)
		r = keep_first(r, settle_account(trial, unless_failed(r, error)));
	return keep_first(r, settle_written(trial, unless_failed(r, error)));
}

/* What may explain a failure. */
static void note_clues(const struct trial *trial, struct trial_evidence *evidence)
{
	const struct experiment *experiment = trial->context->experiment;
	const struct amount *memory_max = &trial->description->limits.memory_max_bytes;
	const struct amount *tmp_max = &experiment->container.tmp_max;
	const struct trial_output *err = &trial->stderr_pipe.output;
	const struct trial_output *out = &trial->stdout_pipe.output;

	evidence->in_container = experiment->container.runtime != RUNTIME_NONE;
	evidence->writable = trial->context->writable != NULL;
	evidence->memory_max_bytes = memory_max->kind == AMOUNT_NUMBER ? memory_max->number : 0;
	if (evidence->in_container && tmp_max->kind == AMOUNT_NUMBER)
		evidence->tmp_max_bytes = tmp_max->number;
	evidence->printed_no_space = clues_printed(err, out, "No space left on device");
	evidence->printed_read_only = clues_printed(err, out, "Read-only file system");
	evidence->seccomp_refused = experiment->container.seccomp_refused;
}

/* `failure`: of a step of the trial; NULL: none. */
static void complete_evidence(struct trial *trial, const struct error *failure)
{
	const struct experiment *experiment = trial->context->experiment;
	struct trial_result *result = trial->result;
	const struct trial_reference *reference = &result->reference;
	struct trial_evidence *evidence = &trial->evidence;

	/* A copy: the trial's is about to be freed, and verdict() may be called again. */
	evidence->program = trial->program ? strdup(trial->program) : NULL;
	evidence->runtime_error = trial->runtime_log ? runtime_log_error(trial->runtime_log) : NULL;
	evidence->reporter_inside =
		trial->planned->backend->needs_python_task || trial->planned->backend->reporter;
	evidence->awaited_begin = !trial->planned->task->command;
	evidence->timeout_ns = experiment->trials.timeout_ns;
	evidence->oom_group = experiment->limits.oom_group;
	evidence->oom_kills = reference->events.oom_kill;
	evidence->ooms = reference->events.oom;
	evidence->peaks_known = reference->begun && reference->leaf_peak_kept;
	evidence->peak_bytes = reference->peak_bytes;
	evidence->leaf_peak_bytes = reference->leaf_peak_bytes;
	evidence->later_peak_bytes = reference->later_peak_bytes;
	evidence->read_error = result->sampler.read_error;
	note_clues(trial, evidence);
	if (failure) {
		evidence->failed_step = *failure;
		run_log_step(trial->context->log, "trial %06" PRIu64 ": %s", trial->planned->number,
			failure->text);
	}
	result->evidence = *evidence;
}

/* ---- undoing it */

/* Returns the first failure; logs the others. */
static void note_first_failure(
	struct trial *trial, int r, struct error *failure, struct error *first)
{
	if (r >= 0)
		return;
	run_log_step(trial->context->log, "trial %06" PRIu64 ": undoing: %s",
		trial->planned->number, failure->text);
	if (first->number == 0)
		*first = *failure;
}

/* If it ended by itself, it was already waited for. */
static int end_runtime(struct trial *trial, struct error *error)
{
	int r;

	if (trial->runtime.pid < 0)
		return 0;
	r = process_kill(&trial->runtime, error);
	return r == 0 ? process_wait(&trial->runtime, NULL, error) : r;
}

/* Ends the runtime between two kills: it may put a process into the slice after the first. */
static void end_container(struct trial *trial, struct error *first_failure)
{
	struct error failure = ERROR_INIT;
	struct slice *slice = trial->slice;

	note_first_failure(
		trial, slice_kill(slice, TRIAL_KILL_LIMIT_NS, &failure), &failure, first_failure);
	if (!trial->runtime_started)
		return;
	note_first_failure(trial, end_runtime(trial, &failure), &failure, first_failure);
	note_first_failure(
		trial, slice_kill(slice, TRIAL_KILL_LIMIT_NS, &failure), &failure, first_failure);
	note_first_failure(trial,
		runtime_delete(trial->context->runtime, trial->container, &failure), &failure,
		first_failure);
}

/* In a user's folder what the tool wrote is theirs; in root's it is given with the folder, at the run's end. */
static int give_profiler(const struct trial *trial, struct error *error)
{
	const struct task_user *user = trial->context->user;
	struct stat owner;

	if (!trial->profiler_made)
		return 0;
	if (user) {
		int r = give_take_back(trial->profiler_fd, user->uid, error);

		if (r < 0)
			return r;
	}
	if (fstat(trial->context->run_fd, &owner) < 0)
		return error_set_errno(
			error, errno, "cannot find the owner of %s", trial->context->run_path);
	return give_tree(trial->profiler_fd, owner.st_uid, owner.st_gid, error);
}

static int undo_trial(struct trial *trial, struct error *error)
{
	struct error failure = ERROR_INIT;
	struct error first_failure = ERROR_INIT;

	reporter_free(TAKE_PTR(trial->reporter));
	if (trial->slice)
		end_container(trial, &first_failure);
	if (trial->sampler)
		sampler_free(TAKE_PTR(trial->sampler));
	slow_sampler_free(TAKE_PTR(trial->slow_sampler));
	page_counter_close(TAKE_PTR(trial->page_counter));
	gate_close(&trial->gate);
	trial->result->stdout_text = output_pipe_close(&trial->stdout_pipe);
	trial->result->stderr_text = output_pipe_close(&trial->stderr_pipe);
	note_first_failure(
		trial, channel_close(&trial->channel, &failure), &failure, &first_failure);
	note_first_failure(trial, slice_remove(&trial->slice, &failure), &failure, &first_failure);
	if (trial->directory)
		note_first_failure(trial, file_remove_tree(AT_FDCWD, trial->directory, &failure),
			&failure, &first_failure);
	cleanup_close(&trial->filter_fd);
	/* While anything of the trial may live, it could put something of root's there. */
	if (first_failure.number == 0)
		note_first_failure(trial, give_profiler(trial, &failure), &failure, &first_failure);
	cleanup_close(&trial->profiler_fd);
	string_list_free(trial->argv);
	string_list_free(trial->environment);
	free(trial->container);
	free(trial->cpus);
	free(trial->user);
	free(trial->stdin_path);
	free(trial->slice_name);
	free(trial->directory);
	free(trial->channel_path);
	free(trial->runtime_log);
	free(trial->profiler_name);
	free(trial->profiler_path);
	free(trial->profiler_place);
	free(trial->profiler_identity);
	if (first_failure.number == 0)
		return 0;
	return error_set(error, first_failure.number, "trial %06" PRIu64 " could not be undone: %s",
		trial->planned->number, first_failure.text);
}

/* ---- the whole trial */

static char *empty_text(char *text)
{
	return text ? text : strdup("");
}

int trial_run(const struct trial_context *context, const struct planned_trial *planned,
	const struct trial_description *description, struct trial_result *ret_result,
	struct error *error)
{
	struct error failure = ERROR_INIT;
	struct trial_result result = {
		.exit_code = -1,
		.gaps = gaps_new(&context->experiment->sampler),
	};
	struct trial trial = {
		.context = context,
		.planned = planned,
		.description = description,
		.result = &result,
		.gate = GATE_CLOSED,
		.stdout_pipe = OUTPUT_PIPE_CLOSED,
		.stderr_pipe = OUTPUT_PIPE_CLOSED,
		.runtime = PROCESS_NONE,
		.filter_fd = -1,
		.profiler_fd = -1,
		.quota = quota_new(context->experiment->files_max),
		.reporter_quota = quota_new(context->experiment->files_max),
		.deadline_ns = UINT64_MAX,
		.kill_limit_ns = UINT64_MAX,
	};
	int r;

	r = trial_make(&trial, &failure);
	if (r == 0)
		r = trial_watch(&trial, &failure);
	r = keep_first(r, settle_trial(&trial, unless_failed(r, &failure)));
	complete_evidence(&trial, r < 0 ? &failure : NULL);
	verdict(&result.evidence, &result);
	r = undo_trial(&trial, error);
	result.stdout_text.text = empty_text(result.stdout_text.text);
	result.stderr_text.text = empty_text(result.stderr_text.text);
	*ret_result = result;
	return r;
}

void trial_result_release(struct trial_result *result)
{
	free(result->marks);
	free(result->task_cpus);
	oracle_result_release(&result->oracle);
	free(result->stdout_text.text);
	free(result->stderr_text.text);
	free((char *)result->evidence.program);
	free((char *)result->evidence.runtime_error);
	*result = (struct trial_result){.exit_code = -1};
}
