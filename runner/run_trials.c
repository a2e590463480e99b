/* The trials of a run: each is run, sealed, counted and told of. */

#include "runner/run_state.h"
#include "runner/store/trial_file.h"
#include "util/text.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

static void count_sampling(struct run_outcome *outcome, const struct sampler_stats *sampler)
{
	outcome->sampling.n_scheduled += sampler->n_scheduled;
	outcome->sampling.n_missed += sampler->n_missed;
	outcome->sampling.n_dropped += sampler->n_dropped;
	outcome->n_fell_short += sampler_fell_short(sampler);
}

static void count(
	struct run *run, const struct planned_trial *planned, const struct trial_result *result)
{
	struct run_outcome *outcome = run->outcome;

	count_sampling(outcome, &result->sampler);
	if (result->status == TRIAL_OK) {
		outcome->n_ok++;
		return;
	}
	outcome->n_not_ok++;
	if (outcome->first_failure)
		return;
	outcome->first_failure = string_format("trial %06" PRIu64 " (%s): %s: %s", planned->number,
		planned->backend->name, trial_status_name(result->status), result->cause);
	if (outcome->first_failure)
		text_blank_controls(outcome->first_failure);
}

static void log_trial(const struct run *run, const struct planned_trial *planned,
	const struct trial_result *result)
{
	run_log_step(run->log,
		"trial %06" PRIu64 ": %s%s%s; initial %" PRIu64 ", peak %" PRIu64 ", final %" PRIu64
		" bytes; wall %" PRIu64 " ns; %" PRIu64 " samples, %" PRIu64 " missed, %" PRIu64
		" dropped",
		planned->number, trial_status_name(result->status), *result->cause ? ": " : "",
		result->cause, result->reference.initial_bytes, result->reference.peak_bytes,
		result->reference.final_bytes, result->wall_ns, result->sampler.n_samples,
		result->sampler.n_missed, result->sampler.n_dropped);
}

static int seal_file(const struct run *run, const struct planned_trial *planned,
	const struct trial_result *result, struct error *error)
{
	return trial_file_seal(
		run->folder.trials_fd, run->folder.trials_path, run->plan, planned, result, error);
}

/* Every trial has a status: one whose spool could not be made, or was lost, has only that. */
static int seal(struct run *run, const struct planned_trial *planned, struct trial_result *result,
	struct error *error)
{
	struct error failure = ERROR_INIT;

	if (seal_file(run, planned, result, &failure) == 0)
		return spool_remove(&result->spool, error);
	run_log_step(run->log, "trial %06" PRIu64 ": %s; sealing it without its samples",
		planned->number, failure.text);
	/* A full disk may have room for it then. */
	(void)spool_remove(&result->spool, NULL);
	if (result->status == TRIAL_OK) {
		result->status = TRIAL_FAILED;
		snprintf(result->cause, sizeof(result->cause), "%s", failure.text);
	}
	return seal_file(run, planned, result, error);
}

static int run_one(struct run *run, const struct trial_context *context,
	const struct planned_trial *planned, struct error *error)
{
	struct error seal_error = ERROR_INIT;
	struct trial_result result;
	int undone;
	int sealed;

	run_log_step(run->log, "trial %06" PRIu64 ": %s, point %zu, %s %" PRIu64, planned->number,
		planned->backend->name, planned->point + 1,
		planned->warmup ? "warm-up" : "repetition", planned->repetition);
	progress_trial_begin(run->progress, planned);
	undone = trial_run(context, planned, &result, error);
	sealed = seal(run, planned, &result, &seal_error);
	/* What is not in the results is not counted: the run is then not complete. */
	if (sealed == 0)
		count(run, planned, &result);
	else
		run_log_step(run->log, "trial %06" PRIu64 ": %s", planned->number, seal_error.text);
	log_trial(run, planned, &result);
	progress_trial_end(run->progress, planned, &result);
	if (result.status == TRIAL_INTERRUPTED)
		run->interrupted = true;
	trial_result_release(&result);
	if (undone == 0 && sealed < 0)
		return error_set(error, -sealed, "%s", seal_error.text);
	return undone;
}

static bool user_wants_to_end(struct run *run)
{
	struct pollfd signals = {.fd = run->signal_fd, .events = POLLIN};

	if (poll(&signals, 1, 0) == 1)
		run->interrupted = true;
	return run->interrupted;
}

int run_trials(struct run *run, struct error *error)
{
	const struct trial_context context = {
		.experiment = run->experiment,
		.plan = run->plan,
		.installation = run->installation,
		.hierarchy = run->hierarchy,
		.delegation = run->delegation,
		.runtime = run->runtime,
		.image = run->image,
		.rootfs = run->rootfs,
		.log = run->log,
		.run_fd = run->folder.fd,
		.trials_fd = run->folder.trials_fd,
		.run_path = run->folder.path,
		.working_directory = run->working_directory,
		.signal_fd = run->signal_fd,
		.tick = progress_tick,
		.tick_context = run->progress,
	};

	for (size_t i = 0; i < plan_size(run->plan) && !user_wants_to_end(run); i++) {
		int r = run_one(run, &context, plan_trial(run->plan, i), error);

		if (r < 0)
			return r;
	}
	return 0;
}
