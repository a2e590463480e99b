#include "runner/run/run.h"
#include "runner/host/run_files.h"

#include "cgroup/slice.h"
#include "runner/run/run_latest.h"
#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <fcntl.h>
#include <string.h>

/* ---- undoing */

/* A run that never began leaves only an error, which the command line prints. */
static int discard_folder(struct run *run, struct error *error)
{
	free(TAKE_PTR(run->outcome->path));
	cleanup_close(&run->outcome->folder_fd);
	run->outcome->folder_fd = -1;
	(void)run_log_close(&run->log, NULL);
	return run_folder_discard(&run->folder, error);
}

static int close_folder(struct run *run, struct error *error)
{
	int closed;
	int given;

	if (!run->folder.path)
		return 0;
	if (!run->prepared && run->folder.made)
		return discard_folder(run, error);
	if (!run->log) {
		/* Opened for a resume but complete or not resumable: left unchanged. */
		run_folder_release(&run->folder);
		return 0;
	}
	run_log_step(run->log, "end");
	closed = run_log_close(&run->log, error);
	/* Succeeds if no trial was sealed; else it stays until all are gathered. */
	(void)unlinkat(run->folder.fd, RUN_TRIALS, AT_REMOVEDIR);
	given = run_give_folder(run, closed < 0 ? NULL : error);
	run_folder_release(&run->folder);
	return closed < 0 ? closed : given;
}

static void ignore_removed(void *context, const char *path)
{
	(void)context;
	(void)path;
}

/* If it cannot be removed, its entry remains in the journal, which then stays. */
static void remove_holder(struct run *run)
{
	struct error error = ERROR_INIT;

	if (!run->holder || !run->hierarchy)
		return;
	if (slice_remove_leftovers(run->hierarchy, run->holder, ignore_removed, NULL, &error) == 0)
		return;
	run_log_step(run->log, "%s", error.text);
	run->left_behind = true;
}

int run_undo(struct run *run, struct error *error)
{
	int removed = 0;
	int ended = 0;
	int closed;

	if (run->progress)
		progress_clear(run->progress);
	progress_free(run->progress);
	rootfs_free(run->rootfs);
	if (run->working_directory)
		removed = file_remove_tree(AT_FDCWD, run->working_directory, error);
	if (removed < 0)
		run_log_step(run->log, "%s", error->text);
	remove_holder(run);
	closed = close_folder(run, removed < 0 ? NULL : error);
	run_end_watch(run);
	/* Failing to close the log is reported, but leaves nothing to remove. */
	if (removed == 0 && (closed == 0 || run->prepared) && !run->left_behind)
		ended = run_journal_close(&run->journal, closed < 0 ? NULL : error);
	closed = closed < 0 ? closed : ended;
	run_journal_leave(&run->journal);
	free(run->users);
	for (size_t i = 0; run->writables && i < run->experiment->n_tasks; i++)
		writable_close(&run->writables[i]);
	free(run->writables);
	image_free(run->image);
	runtime_free(run->runtime);
	hierarchy_free(run->hierarchy);
	run_sealed_free(run);
	run_search_free(run->search);
	run_inputs_free(run->inputs);
	plan_free(run->plan);
	experiment_free(run->experiment);
	installation_free(run->installation);
	free(run->working_directory);
	free(run->holder);
	free(run->directory);
	run_record_free(run->record);
	json_decref(run->changes);
	cleanup_close(&run->lock_fd);
	run_give_signals_back(run);
	cleanup_close(&run->signal_fd);
	return removed < 0 ? removed : closed;
}

/* A run without a name that is easy to type is as good as one with it. */
static void point_to_run(const struct run *run)
{
	int r = run_latest_set(&run->folder, &run->owner);

	if (r < 0)
		run_log_step(run->log, "no link " RUN_LATEST " to this run: %s", strerror(-r));
}

static int run_steps(struct run *run, struct error *error)
{
	struct error gather_error = ERROR_INIT;
	int gathered;
	int r = run_prepare(run, error);

	if (r < 0) {
		run_log_step(run->log, "%s", error->text);
		return r;
	}
	if (run->outcome->was_complete)
		return 0;
	run->prepared = true;
	if (!run_is_resumed(run))
		point_to_run(run);
	r = run->gathered ? run_sealed_count(run, error) : run_trials(run, error);
	if (r < 0)
		run_log_step(run->log, "%s", error->text);
	/* Measurements are kept, regardless of how the run ended. */
	gathered = run_gather(run, &gather_error);
	if (gathered < 0) {
		run_log_step(run->log, "%s", gather_error.text);
		if (r == 0)
			r = error_set(error, -gathered, "%s", gather_error.text);
	}
	return r;
}

/* By now what was measured is gathered, however long a teardown takes. */
static int tear_down_and_undo(struct run *run, struct error *error)
{
	struct error undo_error = ERROR_INIT;
	int r = run_teardown(run, error);
	int undone;

	if (r < 0)
		run_log_step(run->log, "%s", error->text);
	undone = run_undo(run, &undo_error);
	if (r == 0 && undone < 0)
		r = error_set(error, -undone, "%s", undo_error.text);
	return r;
}

int run_experiment(
	const struct run_options *options, struct run_outcome *ret_outcome, struct error *error)
{
	struct run_outcome outcome = {.end = RUN_ENDED, .folder_fd = -1};
	struct run run = RUN_INIT(options, &outcome);
	struct error undo_error = ERROR_INIT;
	int r = run_steps(&run, error);
	int undone = tear_down_and_undo(&run, &undo_error);

	if (r == 0 && undone < 0)
		r = error_set(error, -undone, "%s", undo_error.text);
	/* Otherwise the error is already set. */
	if (r == 0)
		outcome.end = run.interrupted ? RUN_INTERRUPTED : RUN_ENDED;
	else if (outcome.end == RUN_ENDED)
		outcome.end = RUN_FAILED;
	*ret_outcome = outcome;
	return r;
}

void run_outcome_release(struct run_outcome *outcome)
{
	free(outcome->path);
	cleanup_close(&outcome->folder_fd);
	*outcome = (struct run_outcome){.end = RUN_FAILED, .folder_fd = -1};
}
