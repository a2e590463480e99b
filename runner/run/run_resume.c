/*
 * Resumes a run: finds what is done, what was interrupted, and whether the conditions are
 * unchanged.
 */

#include "runner/host/run_files.h"
#include "runner/run/run_apart.h"
#include "runner/store/cut.h"
#include "runner/store/layout.h"
#include "util/array.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/format.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Same limit as experiment.c. */
#define TEXT_MAX_BYTES (1024 * 1024)

/* ---- the record */

/* Rejected without opening: a FIFO would block, and a link may lead to another run's file. */
static int check_run_files(const struct run *run, struct error *error)
{
	static const char *const names[] = {
		RUN_RECORD, RUN_EXPERIMENT, RUN_LOG, RUN_RESULTS, RUN_SUMMARY, RUN_SUMMARY_JSON};

	for (size_t i = 0; i < LENGTH(names); i++) {
		struct stat status;

		if (fstatat(run->folder.fd, names[i], &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			!S_ISREG(status.st_mode))
			return error_set(error, EBADMSG,
				"cannot resume %s: %s is not a regular file; put the file itself "
				"in "
				"its place",
				run->folder.shown_path, names[i]);
	}
	return 0;
}

static int read_record(struct run *run, struct error *error)
{
	const char *path = run->folder.shown_path;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r = run_apart_read(run, RUN_RECORD, RUN_RECORD_MAX_BYTES, &text, &length, error);

	if (r == 0)
		r = run_record_parse(text, length, &run->record, error);
	if (r != -ENOENT)
		return r < 0 ? error_prefix(error, "cannot resume %s", path) : 0;
	if (faccessat(run->folder.fd, RUN_EXPERIMENT, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(error, ENOENT,
			"%s has no " RUN_RECORD
			": the run ended before it measured anything; run its experiment again",
			path);
	return error_set(error, ENOENT, "%s is not a run's folder", path);
}

/* The owner of a user's folder is known; its run.json is not trusted. */
static int find_run_owner(struct run *run, struct error *error)
{
	struct stat status;

	if (fstat(run->folder.fd, &status) < 0)
		return error_set_errno(
			error, errno, "cannot find the owner of %s", run->folder.shown_path);
	if (status.st_uid != 0)
		run->owner = (struct run_owner){.uid = status.st_uid, .gid = status.st_gid};
	else if (!run_record_owner(run->record, &run->owner))
		run->owner = run_owner_of_caller();
	return 0;
}

static int read_kept_experiment(struct run *run, struct error *error)
{
	struct limit_settings search;
	const bool is_search = run_record_search(run->record, &search);
	const struct limit_choices choices =
		is_search ? limit_choices_of(&search) : LIMIT_CHOICES_NONE;
	const struct experiment_options options = {.seccomp_directory = run->installation->seccomp,
		.quick = run_record_is_quick(run->record),
		.limit = is_search ? &choices : NULL};
	CLEANUP(cleanup_free)
	char *kept = string_format("%s/" RUN_EXPERIMENT, run->folder.shown_path);
	CLEANUP(cleanup_free) char *text = NULL;
	struct experiment_text whole = {.path = run_record_experiment_path(run->record)};
	int r = run_apart_read(run, RUN_EXPERIMENT, TEXT_MAX_BYTES, &text, &whole.length, error);

	if (r < 0)
		return error_prefix(error, "cannot resume %s", run->folder.shown_path);
	if (strlen(text) != whole.length || !run_record_has_text(run->record, text))
		return error_set(error, EINVAL,
			"cannot resume %s: its " RUN_EXPERIMENT " changed since the run started",
			run->folder.shown_path);
	/* Where no file was read, the run's own copy is what a message can show. */
	whole.title = experiment_path_is_file(whole.path) ? NULL : kept;
	whole.text = text;
	r = experiment_read(&whole, &options, run->options->diagnostics, &run->experiment, error);
	if (r == 0)
		r = plan_new(run->experiment, &run->plan, error);
	if (r == 0) {
		run->outcome->n_planned = plan_size(run->plan);
		run->outcome->is_search = run->experiment->is_search;
	}
	return r;
}

/* ---- progress of the run */

static bool has(const struct run *run, const char *name)
{
	return faccessat(run->folder.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * The order at a run's end: run.json with "measured", results.h5, summary.csv, summary.json, the
 * pictures, and last the removal of trials/. So a run without trials/ has either all measurements in results.h5
 * or none at all.
 */
static int check_results(const struct run *run, struct error *error)
{
	const char *path = run->folder.shown_path;
	const bool damaged = run->found.state == RUN_RESULTS_DAMAGED;

	if (run->found.state == RUN_RESULTS_COMPLETE || has(run, RUN_TRIALS))
		return 0;
	if (damaged || run->found.n_trials > 0 || has(run, RUN_SUMMARY) ||
		run_record_is_measured(run->record))
		return error_set(error, EBADMSG,
			"cannot resume %s: its trials were measured and are in " RUN_RESULTS
			" alone, "
			"%s%s; restore that file from a copy, read what is left of it with h5dump "
			"or h5py (" RUN_SUMMARY " has its table), or run the experiment again",
			path, damaged ? "which cannot be read: " : "which is missing or incomplete",
			damaged ? run->found.damage.text : "");
	return 0;
}

static int find_state(struct run *run, struct error *error)
{
	const bool complete = run->found.state == RUN_RESULTS_COMPLETE;

	run->gathered = complete && has(run, RUN_SUMMARY) && has(run, RUN_SUMMARY_JSON);
	run->outcome->was_complete = complete && !has(run, RUN_TRIALS);
	return run_refuse(run, check_results(run, error));
}

static int read_beginning(struct run *run, struct error *error)
{
	int r = check_run_files(run, error);

	if (r == 0)
		r = read_record(run, error);
	if (r == 0)
		r = find_run_owner(run, error);
	return run_refuse(run, r);
}

int run_resume_read(struct run *run, struct error *error)
{
	int r = installation_find(&run->installation, error);

	if (r == 0)
		r = run_folder_open(run->options->resumed_path, &run->folder, error);
	if (r == 0)
		r = read_beginning(run, error);
	if (r == 0)
		r = run_sealed_look(run, error);
	if (r == 0)
		r = find_state(run, error);
	if (r == 0 && !run->outcome->was_complete)
		r = run_refuse(run, read_kept_experiment(run, error));
	return r;
}

/* ---- unchanged conditions */

static char *line_of(const char **rest)
{
	size_t length = strcspn(*rest, "\n");
	char *line = **rest ? strndup(*rest, length) : strdup("(its end)");

	*rest += length + ((*rest)[length] == '\n');
	if (line)
		text_blank_controls(line);
	return line;
}

/* A message about the first line that differs; NULL on ENOMEM. */
static char *text_change(const char *path, const char *then, const char *now)
{
	for (unsigned number = 1;; number++) {
		CLEANUP(cleanup_free) char *was = line_of(&then);
		CLEANUP(cleanup_free) char *is = line_of(&now);

		if (!was || !is)
			return NULL;
		if (strcmp(was, is) != 0 || (!*then && !*now))
			return string_format("experiment %s, line %u: was \"%s\", is \"%s\"", path,
				number, was, is);
	}
}

/*
 * What is printed of the file is read with the rights of the folder's owner: run.json, which names it, may be of their
 * making.
 */
static char *shown_change(const struct run *run, const char *path)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	if (run_apart_read(run, path, TEXT_MAX_BYTES, &text, &length, NULL) < 0)
		return string_format("experiment %s: its text", path);
	return text_change(path, run->experiment->text, text);
}

/*
 * The file from which the run was started. The copy in the run's folder is what counts: the plan
 * stays.
 */
static int check_unchanged(struct run *run, struct error *error)
{
	const char *path = run_record_experiment_path(run->record);
	CLEANUP(cleanup_free) char *now = NULL;
	CLEANUP(cleanup_free) char *change = NULL;
	struct error failure = ERROR_INIT;

	if (!experiment_path_is_file(path))
		return 0;
	if (file_read_regular(path, TEXT_MAX_BYTES, &now, NULL, &failure) < 0)
		change = string_format("experiment: %s", failure.text);
	else if (strcmp(now, run->experiment->text) == 0)
		return 0;
	else
		change = shown_change(run, path);
	if (!change || json_array_append_new(run->changes, json_string(change)) < 0)
		return error_set_errno(error, ENOMEM, "cannot compare %s", path);
	return 0;
}

int run_resume_check(struct run *run, json_t *identity, enum run_change of, struct error *error)
{
	size_t n;
	int r;

	json_decref(run->changes);
	run->changes = run_record_changes(run->record, identity, of);
	if (!run->changes)
		return error_set_errno(error, ENOMEM, "cannot compare the run's parts");
	r = check_unchanged(run, error);
	n = json_array_size(run->changes);
	if (r < 0 || n == 0 || run->options->force)
		return r;
	for (size_t i = 0; i < n; i++)
		fprintf(run->options->diagnostics, "memcg-run: changed since the run started: %s\n",
			json_string_value(json_array_get(run->changes, i)));
	return run_refuse(run, error_set(error, EINVAL,
				       "cannot resume %s: its inputs changed since the run "
				       "started; revert them or pass --force",
				       run->folder.shown_path));
}

/* ---- completeness of the trials */

static bool has_file_of(const struct run *run, uint64_t number, const char *suffix)
{
	char name[LAYOUT_TRIAL_NAME_SIZE];

	snprintf(name, sizeof(name), LAYOUT_TRIAL_NAME "%s", number, suffix);
	return faccessat(run->folder.trials_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_trace_of(const struct run *run, uint64_t number)
{
	return has_file_of(run, number, ".spool") || has_file_of(run, number, "-interrupted-1.h5");
}

/* Sealed, or with the spool of a killed runner, or already set aside to run again. */
static bool has_begun(const struct run *run, size_t i)
{
	return run->sealed[i] || has_trace_of(run, plan_trial(run->plan, i)->number);
}

static int lost(const struct run *run, size_t i, struct error *error)
{
	return run_refuse(
		run, error_set(error, ENOENT,
			     "cannot resume %s: trial " LAYOUT_TRIAL_NAME
			     " was measured, and its file " RUN_TRIALS "/" LAYOUT_TRIAL_FILE
			     " is missing; put it back, or run the experiment again",
			     run->folder.shown_path, plan_trial(run->plan, i)->number,
			     plan_trial(run->plan, i)->number));
}

/*
 * Trials run in the plan's order: all before the last one that has begun must be sealed. If
 * run.json says that all is measured, all must be; and no fewer may have begun than results.h5 has.
 */
/* The plan of a search grows by what is sealed: it ends at the first that is not, and none may be beyond. */
static bool has_begun_beyond(const struct run *run)
{
	const uint64_t n = plan_size(run->plan);

	for (uint64_t number = n + 1; number <= plan_room(run->plan); number++)
		if (has_file_of(run, number, ".h5") || has_trace_of(run, number))
			return true;
	return false;
}

static int check_none_lost(const struct run *run, struct error *error)
{
	const size_t n = plan_size(run->plan);
	size_t n_begun = n;
	size_t n_due;

	while (n_begun > 0 && !has_begun(run, n_begun - 1))
		n_begun--;
	n_due = run_record_is_measured(run->record) || has_begun_beyond(run) ? n
		: n_begun > 0						     ? n_begun - 1
									     : 0;
	for (size_t i = 0; i < n_due; i++)
		if (!run->sealed[i])
			return lost(run, i, error);
	return run->found.n_trials > n_begun && n_begun < n ? lost(run, n_begun, error) : 0;
}

/* No data is lost: trials/ has all its trials sealed. */
static void tell_of_damage(const struct run *run)
{
	if (run->found.state == RUN_RESULTS_DAMAGED)
		fprintf(run->options->diagnostics,
			"memcg-run: warning: %s; rebuilding it from the sealed trials\n",
			run->found.damage.text);
}

/* ---- resuming */

struct settling {
	struct run_apart apart;
	uint64_t n_kept;
};

/* An as_owner_work. */
static int settle_in_folder(int run_fd, void *context)
{
	struct settling *settling = context;
	const struct run *run = settling->apart.run;
	CLEANUP(cleanup_close) int trials_fd = beneath_open_folder(run_fd, RUN_TRIALS);
	const struct cut_folders folders = {
		.run_fd = run_fd,
		.trials_fd = trials_fd,
		.trials_path = run->folder.trials_path,
		.plan = run->plan,
	};

	if (trials_fd < 0)
		return error_set_errno(
			&settling->apart.error, -trials_fd, "cannot open " RUN_TRIALS);
	for (size_t i = 0; i < plan_size(run->plan); i++) {
		int r = cut_settle(
			&folders, plan_trial(run->plan, i), run->sealed[i], &settling->apart.error);

		if (r < 0)
			return 1;
		settling->n_kept += (uint64_t)r;
	}
	return 0;
}

/* Interrupted trials are set aside with the rights of the folder's owner. */
static int settle_trials(struct run *run, uint64_t *ret_n_kept, struct error *error)
{
	struct settling *settling = run_apart_new(run, sizeof(*settling));
	int r;

	if (!settling)
		return error_set_errno(error, ENOMEM, "cannot settle the trials");
	r = run_apart_do(&settling->apart, -1, settle_in_folder, error);
	if (r == 0)
		*ret_n_kept = settling->n_kept;
	run_apart_free(settling, sizeof(*settling));
	return r;
}

static void log_resumption(const struct run *run, uint64_t n_kept)
{
	run_log_step(run->log, "resuming: %" PRIu64 " of %zu trials are sealed", n_kept,
		plan_size(run->plan));
	for (size_t i = 0; i < json_array_size(run->changes); i++)
		run_log_step(run->log, "changed since the run started (accepted): %s",
			json_string_value(json_array_get(run->changes, i)));
}

int run_resume_settle(struct run *run, struct error *error)
{
	const struct formatted now = format_time(clock_realtime_ns());
	struct run_resumption resumption = {.changes = run->changes, .time = now.text};
	int r = 0;

	/* Only unmeasured work remains: nothing to set aside or record. */
	if (run->gathered)
		return 0;
	r = run_sealed_survey(run, error);
	if (r == 0)
		r = check_none_lost(run, error);
	if (r < 0)
		return r;
	tell_of_damage(run);
	r = settle_trials(run, &resumption.n_kept, error);
	if (r == 0)
		r = run_record_add_resumption(run->record, &resumption, error);
	if (r == 0)
		r = run_record_write(run->folder.fd, run->record, error);
	if (r == 0)
		log_resumption(run, resumption.n_kept);
	return r;
}
