/*
 * What surrounds the trials of a run: task.setup before the first, task.teardown after the last. Each is run as a trial
 * is, in a container of its own, but without a limit on its memory, sampled once a second, and not sealed: its steps are
 * in the log as those of trial 000000.
 */

#include "runner/run/run_state.h"
#include "runner/trial/verdict.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum surrounding { SURROUNDING_SETUP, SURROUNDING_TEARDOWN };

static const char *const surrounding_names[] = {
	[SURROUNDING_SETUP] = "task.setup", [SURROUNDING_TEARDOWN] = "task.teardown"};

/* "task.setup of NAME" */
#define SURROUNDING_NAME_SIZE 128

struct surrounding_end {
	enum trial_status status;
	bool not_its_own; /* a step of memcg-run's failed, or a disk is full */
	char cause[SURROUNDING_NAME_SIZE + 2 + ERROR_TEXT_SIZE];
};

static char **surrounding_words(const struct task *task, enum surrounding which)
{
	return which == SURROUNDING_SETUP ? task->setup : task->teardown;
}

/* ---- which of them are the same */

/* The user, the environment as the experiment has it, and the words at this point. */
static int write_surrounding(
	const struct run *run, size_t point, char *const *words, FILE *stream, struct error *error)
{
	const struct task *task = plan_task(run->plan, point);

	fputs(task->user ? task->user : "", stream);
	for (size_t i = 0; i < task->n_environment; i++)
		fprintf(stream, "\n%s=%s", task->environment[i].name, task->environment[i].value);
	for (; *words; words++) {
		CLEANUP(cleanup_free) char *word = NULL;
		int r = plan_expand(run->plan, point, *words, &word, error);

		if (r < 0)
			return r;
		fprintf(stream, "\n\x1f%s", word);
	}
	return 0;
}

/* Returns 1 if the same was run before; else 0, and it counts as run. */
static int surrounded_before(
	const struct run *run, size_t point, char *const *words, json_t *done, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int r;

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot surround the trials");
	r = write_surrounding(run, point, words, stream, error);
	if (fclose(stream) != 0 && r == 0)
		r = error_set_errno(error, ENOMEM, "cannot surround the trials");
	if (r < 0 || json_object_get(done, text))
		return r < 0 ? r : 1;
	/* Words need not be UTF-8. */
	return json_object_set_new_nocheck(done, text, json_true()) < 0
		       ? error_set_errno(error, ENOMEM, "cannot surround the trials")
		       : 0;
}

/* ---- one of them */

/* Nothing of it is measured, and the page cache is dropped before trials only. */
static struct experiment unmeasured(const struct experiment *experiment)
{
	struct experiment copy = *experiment;

	copy.sampler = (struct sampler_settings){.rate_hz = 1, .mode = SAMPLER_SLEEP};
	copy.oracle.counts = false;
	copy.trials.page_cache = PAGE_CACHE_WARM;
	copy.trials.timeout_ns = experiment->trials.setup_timeout_ns;
	return copy;
}

/* Building a program may take more memory than the program does. */
static void lift_memory_limits(struct limits *limits)
{
	limits->memory_max_bytes.kind = AMOUNT_UNSET;
	limits->memory_high_bytes.kind = AMOUNT_UNSET;
	limits->swap_max_bytes.kind = AMOUNT_UNSET;
}

/*
 * In the task's place, with its user and environment. Of a writable working directory nothing would be left: the folder
 * is as it is, so that writing to it fails in a container, or changes it without one.
 */
static struct task task_in_place(const struct task *task, enum surrounding which)
{
	struct task copy = *task;

	copy.command = surrounding_words(task, which);
	copy.python = copy.module = copy.stdin_file = NULL;
	copy.prepare = copy.check = copy.cleanup = NULL;
	copy.working_directory = WORKING_DIRECTORY_AS_IS;
	copy.keep_written = false;
	return copy;
}

/* The spool is beside the trial's bundle: among the trials it would be recovered as one. */
static int run_surrounding(struct run *run, enum surrounding which, size_t point,
	struct trial_result *ret_result, struct error *error)
{
	const struct experiment experiment = unmeasured(run->experiment);
	const struct task task = task_in_place(plan_task(run->plan, point), which);
	const struct planned_trial planned = {
		.task = &task, .backend = backend_find("none"), .point = point};
	CLEANUP(trial_description_release) struct trial_description description = {0};
	CLEANUP(cleanup_close)
	int spool_fd = open(run->working_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct trial_context context = run_trial_context(run, plan_task(run->plan, point));
	const uint64_t mark = run_journal_mark(run->journal);
	int r;

	if (spool_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", run->working_directory);
	r = trial_describe(run->plan, &planned, &description, error);
	if (r < 0)
		return r;
	lift_memory_limits(&description.limits);
	context.experiment = &experiment;
	context.writable = NULL;
	context.trials_fd = spool_fd;
	context.tick = NULL;
	r = trial_run(&context, &planned, &description, ret_result, error);
	if (r == 0)
		r = run_journal_rewind(run->journal, mark, error);
	run->left_behind |= r < 0;
	(void)spool_remove(&ret_result->spool, NULL);
	return r;
}

/* The verdict's sentence is of the task. */
static void describe_surrounding_end(
	const char *name, const struct trial_result *result, struct surrounding_end *end)
{
	const struct trial_evidence *evidence = &result->evidence;

	end->status = result->status;
	end->not_its_own = result->out_of_room || evidence->failed_step.number;
	if (result->status == TRIAL_INTERRUPTED && !result->out_of_room)
		snprintf(end->cause, sizeof(end->cause), "interrupted during %s", name);
	else if (result->status == TRIAL_TIMEOUT)
		snprintf(end->cause, sizeof(end->cause),
			"%s was still running after %s (trials.setup_timeout_s)", name,
			format_duration(evidence->timeout_ns).text);
	else if (result->status == TRIAL_FAILED && !end->not_its_own && evidence->exit_seen &&
		 evidence->failed_stage == CONTROL_STAGE_NONE && evidence->wait_status != 0)
		verdict_describe_end(name, evidence->wait_status, end->cause, sizeof(end->cause));
	else
		snprintf(end->cause, sizeof(end->cause), "%s: %s", name, result->cause);
}

/* What it printed: in the log; where it failed, also for the user. */
static void tell_printed(const struct run *run, const char *name, const struct trial_result *result)
{
	const bool failed = result->status != TRIAL_OK && result->status != TRIAL_INTERRUPTED;
	FILE *diagnostics = run->options->diagnostics;
	const char *stream;
	struct output_excerpt printed =
		output_excerpt_of_either(&result->stderr_text, &result->stdout_text, &stream);
	char *rest = printed.text;
	char *line;

	if (failed && *rest)
		fprintf(diagnostics, "memcg-run: the %s of %s ends:\n", stream, name);
	while ((line = strsep(&rest, "\n")) && *line) {
		run_log_step(run->log, "%s: %s: %s", name, stream, line);
		if (failed)
			fprintf(diagnostics, "  %s\n", line);
	}
}

/* At one point, unless there is nothing to run, or the same was run. */
static int surround(struct run *run, enum surrounding which, size_t point, json_t *done,
	struct surrounding_end *ret_end, struct error *error)
{
	const struct task *task = plan_task(run->plan, point);
	char *const *words = surrounding_words(task, which);
	struct trial_result result = {.exit_code = -1};
	char name[SURROUNDING_NAME_SIZE];
	int r = words ? surrounded_before(run, point, words, done, error) : 1;

	*ret_end = (struct surrounding_end){.status = TRIAL_OK};
	if (r != 0)
		return r < 0 ? r : 0;
	snprintf(name, sizeof(name), "%s%s%s", surrounding_names[which], task->name ? " of " : "",
		task->name ? task->name : "");
	run_log_step(run->log, "%s, point %zu", name, point + 1);
	if (!run->options->progress.quiet)
		fprintf(run->options->diagnostics, "memcg-run: running %s\n", name);
	r = run_surrounding(run, which, point, &result, error);
	if (r == 0) {
		describe_surrounding_end(name, &result, ret_end);
		run_log_step(run->log, "%s: %s", name, trial_status_name(result.status));
		tell_printed(run, name, &result);
	}
	trial_result_release(&result);
	return r;
}

/* ---- all of them */

bool run_is_surrounded(const struct run *run)
{
	/* A run of which all is measured has no first trial. */
	if (run->gathered || (run_is_resumed(run) && run_record_is_measured(run->record)))
		return false;
	for (size_t i = 0; i < run->experiment->n_tasks; i++)
		if (run->experiment->tasks[i].setup || run->experiment->tasks[i].teardown)
			return true;
	return false;
}

static int refuse_setup(struct run *run, const struct surrounding_end *end, struct error *error)
{
	if (!end->not_its_own)
		run->outcome->end =
			end->status == TRIAL_INTERRUPTED ? RUN_INTERRUPTED : RUN_NOT_SET_UP;
	return error_set(
		error, end->status == TRIAL_INTERRUPTED ? EINTR : ECANCELED, "%s", end->cause);
}

int run_setup(struct run *run, struct error *error)
{
	CLEANUP(cleanup_json) json_t *done = json_object();
	struct surrounding_end end;
	int r = done ? 0 : error_set_errno(error, ENOMEM, "cannot surround the trials");

	while (r == 0 && run->n_set_up < plan_n_points(run->plan)) {
		r = surround(run, SURROUNDING_SETUP, run->n_set_up++, done, &end, error);
		if (r == 0 && end.status != TRIAL_OK)
			r = refuse_setup(run, &end, error);
	}
	return r;
}

static void note_teardown(struct run *run, const struct surrounding_end *end)
{
	run->outcome->not_torn_down = true;
	run->interrupted |= end->status == TRIAL_INTERRUPTED && !end->not_its_own;
	run_log_step(run->log, "%s", end->cause);
	fprintf(run->options->diagnostics, "memcg-run: warning: %s\n", end->cause);
}

int run_teardown(struct run *run, struct error *error)
{
	CLEANUP(cleanup_json) json_t *done = json_object();
	struct surrounding_end end = {.status = TRIAL_OK};
	int r = done ? 0 : error_set_errno(error, ENOMEM, "cannot surround the trials");

	if (run->n_set_up == 0)
		return 0;
	/* A user who ended the trials still wants what surrounds them undone, unless they interrupt again. */
	if (run->interrupted || run->outcome->end == RUN_INTERRUPTED)
		run_take_signals(run);
	progress_clear(run->progress);
	while (r == 0 && run->n_set_up > 0 && end.status != TRIAL_INTERRUPTED) {
		r = surround(run, SURROUNDING_TEARDOWN, --run->n_set_up, done, &end, error);
		if (r == 0 && end.status != TRIAL_OK)
			note_teardown(run, &end);
	}
	return r;
}
