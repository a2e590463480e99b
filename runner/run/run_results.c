/* Processes a run's sealed trials. */

#include "runner/host/run_files.h"
#include "runner/limit/limit_read.h"
#include "runner/report/report.h"
#include "runner/report/summary_json.h"
#include "runner/run/run_apart.h"
#include "runner/store/results.h"
#include "util/cleanup.h"

#include <errno.h>

/* An as_owner_work. */
static int draw_results(int run_fd, void *context)
{
	struct run_apart *apart = context;
	const struct report_options options = {
		.run_fd = run_fd, .run_path = apart->run->folder.path};
	struct results *results;
	int r = results_open(run_fd, options.run_path, &results, &apart->error);

	if (r < 0)
		return 1;
	r = report_write(results, &options, &apart->error);
	results_close(results);
	return r < 0;
}

static int draw_report(const struct run *run, struct error *error)
{
	struct run_apart *apart = run_apart_new(run, sizeof(*apart));
	int r = apart ? run_apart_do(apart, run->signal_fd, draw_results, error)
		      : error_set_errno(error, ENOMEM, "cannot report");

	run_apart_free(apart, sizeof(*apart));
	return r;
}

/* Interrupting the drawing does not affect the results, which are complete. */
static int draw_until_interrupted(struct run *run, struct error *error)
{
	int r;

	/* A user who ended the trials still wants pictures of them, unless they interrupt again. */
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

/* From the results that were just gathered, as report has them. */
static int summarize(int run_fd, const char *run_path, struct error *error)
{
	struct results *results;
	int r = results_open(run_fd, run_path, &results, error);

	if (r < 0)
		return r;
	r = summary_json_write(results, run_fd, run_path, error);
	if (r == 0)
		r = limit_read_write(results, run_fd, false, error);
	results_close(results);
	return r;
}

static int gather_and_summarize(
	const struct run *run, int run_fd, const struct run_facts *facts, struct error *error)
{
	int r = results_gather(run_fd, run->folder.path, run->plan, facts, error);

	return r == 0 ? summarize(run_fd, run->folder.path, error) : r;
}

/* The facts are those of the run's start, as known to the requesting process. */
struct gathering {
	struct run_apart apart;
	const struct run_facts *facts;
};

/* An as_owner_work. */
static int gather_in_folder(int run_fd, void *context)
{
	struct gathering *gathering = context;

	return gather_and_summarize(
		gathering->apart.run, run_fd, gathering->facts, &gathering->apart.error);
}

/* The sealed files may belong to another user by now, and so does the folder written to. */
static int gather_apart(const struct run *run, const struct run_facts *facts, struct error *error)
{
	struct gathering *gathering = run_apart_new(run, sizeof(*gathering));
	int r;

	if (!gathering)
		return error_set_errno(error, ENOMEM, "cannot gather the results");
	gathering->facts = facts;
	r = run_apart_do(&gathering->apart, -1, gather_in_folder, error);
	run_apart_free(gathering, sizeof(*gathering));
	return r;
}

/* From here on a missing trial is lost, not one to run. */
static int record_measured(struct run *run, struct error *error)
{
	run_record_set_measured(run->record);
	return run_record_write(run->folder.fd, run->record, error);
}

static int gather(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free) char *resumptions = NULL;
	struct run_facts facts;
	int r = run_record_facts(run->record, &facts, &resumptions, error);

	if (r < 0)
		return r;
	facts.complete = run->outcome->tally.n_trials == run->outcome->n_planned &&
			 !run->interrupted && !run->out_of_room;
	r = facts.complete ? record_measured(run, error) : 0;
	if (r < 0)
		return r;
	run_log_step(run->log, "gathering " RUN_RESULTS);
	r = run_is_resumed(run) ? gather_apart(run, &facts, error)
				: gather_and_summarize(run, run->folder.fd, &facts, error);
	if (r == 0)
		run->outcome->complete = facts.complete;
	return r;
}

/*
 * They stay if the run is incomplete, for resuming. Removed last: while they exist, the run is not
 * done.
 */
static int remove_trials(const struct run *run, struct error *error)
{
	return run->outcome->complete ? results_remove_trials(run->folder.fd, error) : 0;
}

int run_gather(struct run *run, struct error *error)
{
	int removed;
	int r;

	/* Interrupted before the first trial: nothing to gather. */
	if (run->outcome->tally.n_trials == 0)
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
