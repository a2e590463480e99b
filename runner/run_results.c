/* What is made of a run's sealed trials. */

#include "runner/as_owner.h"
#include "runner/report/report.h"
#include "runner/run_state.h"
#include "runner/store/layout.h"
#include "runner/store/results.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In memory that it shares with who waits for it. */
struct drawing {
	const char *run_path;
	struct error error;
};

static int report(const char *run_path, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", run_path);
	const struct report_options options = {.run_path = run_path};
	struct results *results;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot report");
	r = results_open(path, &results, error);
	if (r < 0)
		return r;
	r = report_write(results, &options, error);
	results_close(results);
	return r;
}

/* An as_owner_work, in the run's folder, whose path may lead through one that its owner may not enter. */
static int draw(void *context)
{
	struct drawing *drawing = context;
	bool reachable = access(drawing->run_path, X_OK) == 0;

	return report(reachable ? drawing->run_path : ".", &drawing->error) < 0;
}

static int draw_as_owner(const struct run *run, struct drawing *drawing, struct error *error)
{
	const char *run_path = run->folder.path;
	const struct as_owner_limits limits = {
		.cpu_s = as_owner_read_limit_s(run_path), .end_fd = run->signal_fd};
	int code;
	int r;

	drawing->run_path = run_path;
	r = as_owner_in(run->folder.fd, run_path, &limits, draw, drawing, &code, error);
	if (r < 0 || code == 0)
		return r;
	/* Written with the rights of another, and not to be trusted to be a number and a text. */
	drawing->error.text[ERROR_TEXT_SIZE - 1] = '\0';
	return error_set(error, drawing->error.number > 0 ? drawing->error.number : EIO, "%s",
		drawing->error.text);
}

static int draw_report(const struct run *run, struct error *error)
{
	struct drawing *drawing = mmap(
		NULL, sizeof(*drawing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (drawing == MAP_FAILED)
		return error_set_errno(error, errno, "cannot report");
	r = draw_as_owner(run, drawing, error);
	munmap(drawing, sizeof(*drawing));
	return r;
}

/* That a user asks for an end while it draws says nothing of the results, which are there. */
static int draw_until_interrupted(struct run *run, struct error *error)
{
	int r;

	/* Who ended the trials wants a picture of those that ran, unless they ask again. */
	if (run->interrupted)
		run_take_signals(run);
	run_log_step(run->log, "drawing");
	r = draw_report(run, error);
	if (r != -EINTR)
		return r;
	run_log_step(run->log, "interrupted while the pictures were drawn");
	run->interrupted = true;
	run->outcome->undrawn = true;
	return 0;
}

static void count_rows(struct run *run, struct results *results)
{
	struct run_outcome *outcome = run->outcome;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		/* The one row that every trial has. */
		if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) != 0)
			continue;
		if (strcmp(row->status, trial_status_name(TRIAL_OK)) == 0) {
			outcome->n_ok++;
			continue;
		}
		outcome->n_not_ok++;
		if (!outcome->first_failure)
			outcome->first_failure = string_format("trial %06" PRIu64 " (%s): %s",
				row->trial, row->backend, row->status);
	}
}

int run_count_gathered(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", run->folder.path);
	struct results *results;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot count the trials");
	r = results_open(path, &results, error);
	if (r < 0)
		return r;
	count_rows(run, results);
	results_close(results);
	return 0;
}

static int gather(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free) char *resumptions = NULL;
	struct run_facts facts;
	int r = run_record_facts(run->record, &facts, &resumptions, error);

	if (r < 0)
		return r;
	facts.complete = run->outcome->n_ok + run->outcome->n_not_ok == run->outcome->n_planned &&
			 !run->interrupted && !run->out_of_room;
	run_log_step(run->log, "gathering results.h5");
	r = results_gather(run->folder.fd, run->folder.path, run->plan, &facts, error);
	if (r == 0)
		run->outcome->complete = facts.complete;
	return r;
}

/* Of a run that is not complete they stay, to go on from. Last: while they are there, it is not done. */
static int remove_trials(const struct run *run, struct error *error)
{
	return run->outcome->complete ? results_remove_trials(run->folder.fd, error) : 0;
}

int run_gather(struct run *run, struct error *error)
{
	int removed;
	int r;

	/* Interrupted before the first trial: there is nothing to gather. */
	if (run->outcome->n_ok + run->outcome->n_not_ok == 0)
		return 0;
	if (run->gathered)
		run->outcome->complete = true;
	r = run->gathered ? 0 : gather(run, error);
	if (r < 0)
		return r;
	if (run->options->pictures) {
		r = run_give_folder(run, error);
		if (r == 0)
			r = draw_until_interrupted(run, error);
	}
	removed = remove_trials(run, r < 0 ? NULL : error);
	return r < 0 ? r : removed;
}
