/* The trials of a run: each is run, sealed and counted. */

#include "runner/run/run_state.h"
#include "runner/store/trial_file.h"
#include "runner/trial/limit_outcome.h"
#include "runner/trial/verdict.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

static void log_printed(const struct run *run, const struct planned_trial *planned,
	const struct trial_result *result)
{
	const char *stream;
	struct output_excerpt printed =
		output_excerpt_of_either(&result->stderr_text, &result->stdout_text, &stream);
	char *rest = printed.text;
	char *line;

	while ((line = strsep(&rest, "\n")) && *line)
		run_log_step(
			run->log, "trial %06" PRIu64 ": %s: %s", planned->number, stream, line);
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
	if (result->status != TRIAL_OK)
		log_printed(run, planned, result);
	if (result->gaps.n > 0)
		run_log_step(run->log,
			"trial %06" PRIu64 ": %" PRIu64 " gaps in the samples, %" PRIu64
			" ns in all, the longest %" PRIu64 " ns",
			planned->number, result->gaps.n, result->gaps.total_ns,
			result->gaps.longest_ns);
}

static int seal_file(const struct run *run, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	return trial_file_seal_described(
		run->folder.trials_fd, run->folder.trials_path, description, result, error);
}

/* Every trial has a status: if its spool is missing or lost, only that. */
static int seal_measured(struct run *run, const struct trial_description *description,
	struct trial_result *result, struct error *error)
{
	struct error failure = ERROR_INIT;

	if (seal_file(run, description, result, &failure) == 0)
		return spool_remove(&result->spool, error);
	run_log_step(run->log, "trial %06" PRIu64 ": %s; sealing it without its samples",
		description->number, failure.text);
	/* May make room on a full disk. */
	(void)spool_remove(&result->spool, NULL);
	result->evidence.lost_samples = failure;
	verdict(&result->evidence, result);
	return seal_file(run, description, result, error);
}

/* A trial that is not in the results is not counted: the run is then incomplete. */
static int seal_and_count(struct run *run, const struct planned_trial *planned,
	const struct trial_description *description, struct trial_result *result,
	struct error *error)
{
	struct tally_trial counted;
	struct limit_outcome outcome = {.end = LIMIT_INVALID};
	int r = run->search ? limit_outcome_of(result, &outcome, error) : 0;

	if (r == 0)
		r = seal_measured(run, description, result, error);
	/* Sealing may have found its samples lost. */
	outcome.end = limit_end_of(result);

	if (r < 0) {
		run_log_step(run->log, "trial %06" PRIu64 ": %s", planned->number, error->text);
		return r;
	}
	counted = tally_trial_of(planned, result);
	counted.is_evidence = planned->stage != LIMIT_STAGE_NONE && outcome.end != LIMIT_INVALID;
	tally_add(&run->outcome->tally, &counted);
	if (run->search && result->status != TRIAL_INTERRUPTED)
		r = run_search_add(run->search, &outcome, error);
	return r;
}

static bool is_kept(const struct run *run, size_t index)
{
	const struct sealed_trial *sealed = index < run->n_sealed ? run->sealed[index] : NULL;

	/* Interrupted trials are set aside by now. */
	return sealed && sealed->status != TRIAL_INTERRUPTED;
}

/* Of its task. A resumed run does not repeat its sealed trials. Which trial of a search is the last is not known in it. */
static bool is_last_to_run(const struct run *run, const struct planned_trial *planned)
{
	for (size_t i = run->search ? 0 : plan_size(run->plan); i > 0; i--)
		if (!is_kept(run, i - 1) && plan_trial(run->plan, i - 1)->task == planned->task)
			return plan_trial(run->plan, i - 1)->number == planned->number;
	return false;
}

static void record_input_change(
	struct run *run, const struct planned_trial *planned, const char *sentence)
{
	struct error error = ERROR_INIT;

	if (run_record_add_input_change(run->record, planned->number, sentence) &&
		run_record_write(run->folder.fd, run->record, &error) < 0)
		run_log_step(run->log, "%s", error.text);
}

static void note_results(struct run *run, const struct planned_trial *planned)
{
	char sentence[TRIAL_SUSPECT_SIZE];

	if (run_inputs_check_results(run->inputs, sentence, sizeof(sentence)) == 0)
		return;
	run_log_step(run->log, "trial %06" PRIu64 ": a file that the task may write to: %s",
		planned->number, sentence);
	record_input_change(run, planned, sentence);
}

/* Content is digested once, and not while a user waits who ended the run: its resumption compares it. */
static void check_inputs(
	struct run *run, const struct planned_trial *planned, struct trial_result *result)
{
	const bool is_last = result->status != TRIAL_INTERRUPTED && is_last_to_run(run, planned);
	const size_t n = run_inputs_check(run->inputs, planned->task,
		is_last ? INPUTS_CONTENT : INPUTS_TIMES, result->other_inputs,
		sizeof(result->other_inputs));

	note_results(run, planned);
	if (n == 0)
		return;
	run_log_step(run->log, "trial %06" PRIu64 ": the task's files have changed: %s",
		planned->number, result->other_inputs);
	record_input_change(run, planned, result->other_inputs);
}

/* A failed cleanup is the error to report: the next run must know. */
static int run_and_seal(struct run *run, const struct trial_context *context,
	const struct planned_trial *planned, const struct trial_description *description,
	struct trial_result *ret_result, struct error *error)
{
	struct error seal_error = ERROR_INIT;
	const uint64_t mark = run_journal_mark(run->journal);
	int sealed;
	int undone = trial_run(context, planned, description, ret_result, error);

	if (undone == 0)
		undone = run_journal_rewind(run->journal, mark, error);
	run->left_behind = undone < 0;
	check_inputs(run, planned, ret_result);
	sealed = seal_and_count(run, planned, description, ret_result, &seal_error);
	if (undone == 0 && sealed < 0)
		return error_set(error, -sealed, "%s", seal_error.text);
	return undone;
}

static void show_search(struct run *run)
{
	const struct limit_finding finding = run_search_finding(run->search);

	progress_search(run->progress, &finding, run_search_n_died(run->search));
}

/* Once for each point: now it is known how long its trials are. */
static void tell_rest(struct run *run)
{
	CLEANUP(cleanup_free) char *sentence = NULL;
	struct run_search_rest rest;

	if (!run->search || !run_search_tells_rest(run->search, &rest))
		return;
	sentence = string_format("the rest of this search is usually %" PRIu64
				 " trials (%s), at most %" PRIu64
				 " (%s), of the %s that the task takes without a limit",
		rest.n_usual, format_duration(rest.n_usual * rest.wall_ns).text, rest.n_most,
		format_duration(rest.n_most * rest.wall_ns).text,
		format_duration(rest.wall_ns).text);
	if (!sentence)
		return;
	run_log_step(run->log, "%s", sentence);
	if (run->options->progress.quiet)
		return;
	progress_clear(run->progress);
	fprintf(run->options->diagnostics, "memcg-run: %s\n", sentence);
}

static int run_one(struct run *run, const struct trial_context *context,
	const struct planned_trial *planned, struct error *error)
{
	CLEANUP(trial_description_release) struct trial_description description = {0};
	struct trial_result result;
	int r = trial_describe(run->plan, planned, &description, error);

	if (r < 0)
		return r;
	run_log_step(run->log, "trial %06" PRIu64 ": %s%s%s, point %zu, %s %" PRIu64 "%s%s%s%s",
		planned->number, planned->task->name ? planned->task->name : "",
		planned->task->name ? ", " : "", planned->backend->name, planned->point + 1,
		planned->warmup ? "warm-up" : "repetition", planned->repetition,
		planned->stage == LIMIT_STAGE_NONE ? "" : " of ", limit_stage_name(planned->stage),
		planned->limit_bytes > 0 ? " at " : "",
		planned->limit_bytes > 0 ? format_bytes(planned->limit_bytes).text : "");
	if (run->search)
		show_search(run);
	progress_trial_begin(run->progress, planned);
	r = run_and_seal(run, context, planned, &description, &result, error);
	log_trial(run, planned, &result);
	if (run->search)
		show_search(run);
	progress_trial_end(run->progress, planned, &result);
	if (r == 0 && result.status != TRIAL_INTERRUPTED)
		tell_rest(run);
	if (result.status == TRIAL_INTERRUPTED)
		*(result.out_of_room ? &run->out_of_room : &run->interrupted) = true;
	if (r == 0 && result.out_of_room)
		r = error_set(error, ENOSPC,
			"no space left: the run stops in trial %06" PRIu64
			": %s; free some space, then resume",
			planned->number, result.cause);
	trial_result_release(&result);
	return r;
}

/* For a resumed run: if the trial is sealed, counts it as if it had just run. */
static bool keep_sealed(struct run *run, size_t index)
{
	const struct planned_trial *planned = plan_trial(run->plan, index);
	struct tally_trial counted;

	if (!is_kept(run, index))
		return false;
	counted = sealed_tally_trial(planned, run->sealed[index]);
	tally_add(&run->outcome->tally, &counted);
	progress_trial_kept(run->progress, planned);
	return true;
}

static bool user_wants_to_end(struct run *run)
{
	struct pollfd signals = {.fd = run->signal_fd, .events = POLLIN};

	if (poll(&signals, 1, 0) == 1)
		run->interrupted = true;
	return run->interrupted;
}

struct trial_context run_trial_context(const struct run *run, const struct task *task)
{
	const size_t index = (size_t)(task - run->experiment->tasks);
	const bool is_writable = task->working_directory == WORKING_DIRECTORY_WRITABLE;

	return (struct trial_context){
		.experiment = run->experiment,
		.plan = run->plan,
		.placement = &run->placement,
		.installation = run->installation,
		.hierarchy = run->hierarchy,
		.delegation = run->delegation,
		.runtime = run->runtime,
		.image = run->image,
		.rootfs = run->rootfs,
		.user = task->user ? &run->users[index] : NULL,
		.writable = is_writable ? &run->writables[index] : NULL,
		.log = run->log,
		.journal = run->journal,
		.run_fd = run->folder.fd,
		.trials_fd = run->folder.trials_fd,
		.run_path = run->folder.path,
		.working_directory = run->working_directory,
		.signal_fd = run->signal_fd,
		.tick = progress_tick,
		.tick_context = run->progress,
	};
}

/* Trial `index` of the plan, which a search lets grow. 1 if there is none. */
static int find_next_trial(struct run *run, size_t index, const struct planned_trial **ret_planned,
	struct error *error)
{
	if (index == plan_size(run->plan))
		return run->search ? run_search_next(run->search, ret_planned, error) : 1;
	*ret_planned = plan_trial(run->plan, index);
	return 0;
}

/* Content is digested once. */
static void check_search_inputs(struct run *run)
{
	char sentence[TRIAL_SUSPECT_SIZE];

	if (run_inputs_check(run->inputs, NULL, INPUTS_CONTENT, sentence, sizeof(sentence)) == 0)
		return;
	run_log_step(run->log, "the task's files have changed: %s", sentence);
	fprintf(run->options->diagnostics,
		"memcg-run: warning: the task's files have changed: %s\n", sentence);
	record_input_change(run, plan_trial(run->plan, plan_size(run->plan) - 1), sentence);
}

/* Only now is the number of its trials known. */
static void end_search(struct run *run)
{
	run->outcome->n_planned = plan_size(run->plan);
	check_search_inputs(run);
}

int run_trials(struct run *run, struct error *error)
{
	for (size_t i = 0; !user_wants_to_end(run); i++) {
		const struct planned_trial *planned;
		struct trial_context context;
		int r = find_next_trial(run, i, &planned, error);

		if (r == 1 && run->search)
			end_search(run);
		if (r != 0)
			return r < 0 ? r : 0;
		context = run_trial_context(run, planned->task);
		r = keep_sealed(run, i) ? 0 : run_one(run, &context, planned, error);
		if (r < 0)
			return r;
	}
	return 0;
}
