/* What a run needs and creates before its first trial. */

#include "cgroup/slice.h"
#include "runner/experiment/seccomp_profile.h"
#include "runner/experiment/unprivileged.h"
#include "runner/host/lock.h"
#include "runner/host/run_directory.h"
#include "runner/host/run_files.h"
#include "runner/run/leftovers.h"
#include "runner/run/requirements.h"
#include "runner/run/run_doctor.h"
#include "runner/run/run_identity.h"
#include "runner/run/run_place.h"
#include "runner/run/run_state.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Interval of attempts while waiting for another run. */
#define LOCK_TRY_MS 200

/* ---- requirements, checked before anything is created */

static int read_new_experiment(struct run *run, struct error *error)
{
	struct experiment_options options;
	int r = installation_find(&run->installation, error);

	if (r < 0)
		return r;
	options = (struct experiment_options){.seccomp_directory = run->installation->seccomp,
		.quick = run->options->quick,
		.limit = run->options->limit};
	r = run->options->experiment_text
		    ? experiment_read(run->options->experiment_text, &options,
			      run->options->diagnostics, &run->experiment, error)
		    : experiment_load(run->options->experiment_path, &options,
			      run->options->diagnostics, &run->experiment, error);
	if (r == 0)
		r = plan_new(run->experiment, &run->plan, error);
	if (r == 0) {
		run->outcome->n_planned = plan_size(run->plan);
		run->outcome->is_search = run->experiment->is_search;
	}
	return experiment_is_system_error(r) ? r : run_refuse(run, r);
}

static int find_users(struct run *run, struct error *error)
{
	const struct experiment *experiment = run->experiment;
	int r = 0;

	run->users = calloc(experiment->n_tasks, sizeof(*run->users));
	if (!run->users)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	for (size_t i = 0; i < experiment->n_tasks && r == 0; i++)
		if (experiment->tasks[i].user)
			r = task_user_find(
				run->image->root, experiment->tasks[i].user, &run->users[i], error);
	return r;
}

static int open_writables(struct run *run, struct error *error)
{
	const struct experiment *experiment = run->experiment;
	int r = 0;

	run->writables = calloc(experiment->n_tasks, sizeof(*run->writables));
	if (!run->writables)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	for (size_t i = 0; i < experiment->n_tasks; i++)
		run->writables[i] = WRITABLE_NONE;
	for (size_t i = 0; i < experiment->n_tasks && r == 0; i++)
		r = writable_open(experiment, &experiment->tasks[i],
			experiment->tasks[i].user ? &run->users[i] : NULL, &run->writables[i],
			error);
	return r;
}

static int survey_system(struct run *run, struct error *error)
{
	int r = hierarchy_find_below("", &run->hierarchy, error);

	if (r < 0)
		return r;
	run->delegation = delegation_choose(run->hierarchy);
	r = unprivileged_check(run->experiment, run->hierarchy, run->delegation, error);
	if (r == 0)
		r = run_directory_find(&run->directory, error);
	if (r == 0)
		r = host_read(&run->host, error);
	if (r == 0 && run->experiment->is_search)
		r = run_search_new(run->plan, run->host.page_bytes, &run->search, error);
	if (r == 0)
		r = runtime_open(run->experiment->container.runtime,
			hierarchy_version(run->hierarchy), &run->runtime, error);
	if (r == 0)
		r = image_open(
			run->installation, run->experiment->container.image, &run->image, error);
	if (r == 0)
		r = image_check(run->installation, run->image, error);
	if (r == 0)
		r = find_users(run, error);
	if (r == 0)
		r = open_writables(run, error);
	if (r == 0)
		r = requirements_check_files(error);
	if (r == 0)
		r = requirements_check_cgroups(run->experiment, run->hierarchy, error);
	if (r == 0)
		r = requirements_check_oracle(run->experiment, error);
	return r == 0 ? requirements_check(run->experiment, run->image, error) : r;
}

/* ---- creation */

static int make_new_folder(struct run *run, struct error *error)
{
	struct run_folder *folder = &run->folder;
	const char *text = run->experiment->text;
	int r = run_folder_make(
		run->options->output_directory, run->experiment->name, run->journal, folder, error);

	run->owner = run_owner_of_caller();
	if (r == 0)
		r = file_replace(folder->fd, RUN_EXPERIMENT, text, strlen(text), 0644, error);
	return r == 0 ? run_log_open(
				folder->fd, RUN_LOG, run->options->verbose_fd, &run->log, error)
		      : r;
}

static int make_run_folder(struct run *run, struct error *error)
{
	int r;

	if (run_is_resumed(run)) {
		r = run_folder_open_trials(&run->folder, error);
		if (r == 0)
			r = run_log_continue(run->folder.fd, RUN_LOG, run->options->verbose_fd,
				&run->log, error);
	} else {
		r = make_new_folder(run, error);
	}
	if (r < 0)
		return r;
	run->outcome->path = strdup(run->folder.shown_path);
	run->outcome->folder_fd = openat(run->folder.fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!run->outcome->path || run->outcome->folder_fd < 0)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	return 0;
}

/* Lets others find the run's folder from the working folder of a killed run. */
static int name_run_folder(const struct run *run, struct error *error)
{
	CLEANUP(cleanup_free)
	char *path = string_format("%s/%s", run->working_directory, LEFTOVERS_RUN_FOLDER);
	CLEANUP(cleanup_free) char *place = NULL;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	r = run_place_format(run->folder.fd, run->folder.path, &run->owner,
		run->folder.n_output_made, &place, error);
	return r == 0 ? file_write(AT_FDCWD, path, place, strlen(place), 0600, error) : r;
}

static int make_working_directory(struct run *run, struct error *error)
{
	int r = file_make_directories(AT_FDCWD, run->working_directory, 0700, error);

	return r == 0 ? name_run_folder(run, error) : r;
}

/* Not needed in a scope of the run's own. Recorded here, and created with the rest. */
static int name_holder(struct run *run, struct error *error)
{
	if (run->experiment->trials.alongside != ALONGSIDE_ALLOW ||
		run->delegation != DELEGATION_NONE)
		return 0;
	run->holder = string_format("run-%d.slice", (int)getpid());
	if (!run->holder)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	return run_journal_note(run->journal, JOURNAL_SLICE, run->holder, error);
}

/*
 * The working folder is recorded here, and created after the leftovers of dead runs are removed:
 * one may have the same name.
 */
static int open_run_journal(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free)
	char *title = string_format("%s, process %d", run->experiment->name, (int)getpid());
	int r;

	run->working_directory = string_format("%s/run-%d", run->directory, (int)getpid());
	if (!title || !run->working_directory)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	r = run_journal_open(run->directory, title, &run->journal, error);
	if (r == 0)
		r = run_journal_note(run->journal, JOURNAL_FOLDER, run->working_directory, error);
	if (r == 0)
		r = name_holder(run, error);
	run->begun_mark = run_journal_mark(run->journal);
	return r;
}

static void log_leftover(void *context, const char *what)
{
	const struct run *run = context;

	run_log_step(run->log, "a run that was killed left %s: removed", what);
}

static void log_recovered(void *context, const char *sentence)
{
	const struct run *run = context;

	run_log_step(run->log, "an earlier run was killed: %s", sentence);
	if (!run->options->progress.quiet)
		fprintf(run->options->diagnostics,
			"memcg-run: note: an earlier run was killed: %s\n", sentence);
}

static int remove_leftovers(struct run *run, struct error *error)
{
	const struct leftovers_listener listener = {
		.removed = log_leftover,
		.recovered = log_recovered,
		.context = run,
	};

	return leftovers_remove(
		run->directory, run->hierarchy, &listener, &run->outcome->leftovers, error);
}

/* ---- other runs */

/* Until the user interrupts: the run is then interrupted before it began. */
static int nap(struct run *run, struct error *error)
{
	struct pollfd signals = {.fd = run->signal_fd, .events = POLLIN};

	if (poll(&signals, 1, LOCK_TRY_MS) != 1)
		return 0;
	run->outcome->end = RUN_INTERRUPTED;
	return error_set(error, EINTR, "interrupted while waiting for another run");
}

static int take_run_lock(struct run *run, struct error *error)
{
	const struct experiment *experiment = run->experiment;
	const enum lock_kind kind =
		experiment->trials.alongside == ALONGSIDE_ALLOW ? LOCK_SHARED : LOCK_ALONE;
	int r = lock_take(run->directory, experiment->name, kind, &run->lock_fd, error);

	if (r != -EBUSY || experiment->trials.alongside != ALONGSIDE_WAIT)
		return r;
	if (!run->options->progress.quiet)
		fprintf(run->options->diagnostics, "memcg-run: waiting: %s\n", error->text);
	while (r == -EBUSY) {
		r = nap(run, error);
		if (r == 0)
			r = lock_take(run->directory, experiment->name, kind, &run->lock_fd, NULL);
	}
	return r < 0 && r != -EINTR ? error_set_errno(error, -r, "cannot take the lock") : r;
}

static int make_all(struct run *run, struct error *error)
{
	int r = run_directory_make(run->directory, error);

	if (r == 0)
		r = run_block_signals(run, error);
	if (r == 0)
		r = take_run_lock(run, error);
	if (r == 0)
		r = open_run_journal(run, error);
	/*
	 * Here, so that only a run that starts has a unit; and before there is a thread or a child.
	 */
	if (r == 0)
		r = delegation_enter(run->delegation, run->hierarchy, error);
	if (r == 0)
		r = make_run_folder(run, error);
	if (r == 0)
		r = run_watch_signals(run, error);
	if (r == 0)
		r = remove_leftovers(run, error);
	if (r == 0 && run->holder)
		r = slice_hold_parent(run->hierarchy, run->holder, error);
	if (r == 0)
		r = make_working_directory(run, error);
	if (r == 0 && run->experiment->container.runtime != RUNTIME_NONE)
		r = rootfs_create(
			run->image, run->experiment, run->working_directory, &run->rootfs, error);
	if (r == 0 && progress_new(&run->options->progress, run->plan, &run->progress) < 0)
		r = error_set_errno(error, ENOMEM, "cannot prepare the run");
	return r;
}

/* Once, before the first trial: readers of the numbers must know. */
static void tell_losses(struct run *run)
{
	if (run->delegation != DELEGATION_USER)
		return;
	fprintf(run->options->diagnostics, "memcg-run: warning: without root: %s\n",
		UNPRIVILEGED_LOSSES);
	run_log_step(run->log, "without root: %s", UNPRIVILEGED_LOSSES);
}

static void place_run(struct run *run)
{
	CLEANUP(cleanup_free) char *sentence = NULL;

	run->placement = placement_here(run->experiment);
	sentence = placement_sentence(&run->placement);
	if (!sentence)
		return;
	run_log_step(run->log, "%s", sentence);
	/* Separate CPUs are not a warning. */
	if (!run->placement.narrowed || !run->options->progress.quiet)
		fprintf(run->options->diagnostics, "memcg-run: %s\n", sentence);
}

/* Before it starts: what it will take. */
static void announce_search(const struct run *run)
{
	CLEANUP(cleanup_free)
	char *sentence = string_format("a search for the smallest memory limit: usually %" PRIu64
				       " trials, at most %" PRIu64,
		run_search_usual_trials(run->plan), run_search_max_trials(run->plan));

	if (!sentence)
		return;
	run_log_step(run->log, "%s", sentence);
	if (run->options->progress.quiet)
		return;
	fprintf(run->options->diagnostics, "memcg-run: %s\n", sentence);
	if (run->experiment->n_left_out > 0)
		fprintf(run->options->diagnostics,
			"memcg-run: the search runs without the %zu reporter%s of the experiment\n",
			run->experiment->n_left_out, run->experiment->n_left_out == 1 ? "" : "s");
}

static void log_beginning(struct run *run)
{
	CLEANUP(cleanup_free)
	char *trials = run->search ? strdup("a search for the smallest memory limit")
				   : string_format("%zu trial%s", plan_size(run->plan),
					     plan_size(run->plan) == 1 ? "" : "s");

	run_log_step(run->log, "memcg-run %s: %s, %s", MEMCG_RUN_VERSION,
		experiment_path_is_file(run->experiment->path) ? run->experiment->path
							       : RUN_EXPERIMENT,
		trials ? trials : "");
	if (run->experiment->trials.quick)
		run_log_step(run->log,
			"quick: one repetition and no warm-up, regardless of the experiment");
	run_log_step(run->log, "%s; %s; %" PRIu64 " CPUs", run->host.kernel, run->host.cpu_model,
		run->host.cpus);
	run_log_step(run->log, "cgroup %s at %s; runtime %s %s; image %s, %s %s",
		hierarchy_name(run->hierarchy), hierarchy_memory_mount(run->hierarchy),
		runtime_name(run->runtime), runtime_version(run->runtime), run->image->name,
		run->image->digest_of, run->image->digest);
	if (!run->image->checked && !image_is_host(run->image))
		run_log_step(run->log,
			"image %s was built without a manifest: its files are not checked",
			run->image->name);
}

/* ---- recording the start */

static int find_identity(const struct run *run, json_t **ret_identity, struct error *error)
{
	const struct identity_of of = {
		.installation = run->installation,
		.plan = run->plan,
		.image = run->image,
		.runtime = run->runtime,
		.host = &run->host,
		.users = run->users,
		.hierarchy = hierarchy_name(run->hierarchy),
		.without_root = run->delegation == DELEGATION_USER,
	};

	return run_identity(&of, ret_identity, error);
}

/* Absolute, and of the same kind: with '/' at the end if there is no file. */
static char *experiment_path(const struct experiment *experiment)
{
	const char *slash = strrchr(experiment->path, '/');

	return string_format("%s/%s", experiment->directory, slash ? slash + 1 : experiment->path);
}

static int write_run_record(
	struct run *run, json_t *identity, const char *doctor, struct error *error)
{
	const struct seccomp_profile *seccomp = run->experiment->container.seccomp;
	CLEANUP(cleanup_free) char *path = experiment_path(run->experiment);
	const struct run_facts facts = {
		.tool_version = MEMCG_RUN_VERSION,
		.created = run->folder.created.text,
		.kernel = run->host.kernel,
		.cpu_model = run->host.cpu_model,
		.cpus = run->host.cpus,
		.memory_bytes = run->host.memory_bytes,
		.page_bytes = run->host.page_bytes,
		.hierarchy = hierarchy_name(run->hierarchy),
		.runtime = runtime_name(run->runtime),
		.runtime_version = runtime_version(run->runtime),
		.image = run->image->name,
		.image_digest = run->image->digest,
		.seccomp_sha256 = seccomp ? seccomp->sha256 : "",
		.doctor = doctor,
	};
	const struct run_beginning beginning = {
		.experiment_path = path,
		.experiment_text = run->experiment->text,
		.quick = run->experiment->trials.quick,
		.search = run->experiment->is_search ? &run->experiment->limit : NULL,
		.owner = run->owner,
		.identity = identity,
		.facts = &facts,
	};
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot record the run");
	r = run_record_new(&beginning, &run->record, error);
	return r == 0 ? run_record_write(run->folder.fd, run->record, error) : r;
}

/* The doctor examines the machine once; its findings apply to the whole run. */
static int run_begin(struct run *run, json_t *identity, struct error *error)
{
	const struct run_doctor of = {
		.installation = run->installation,
		.runtime = run->runtime,
		.delegation = run->delegation,
		.log = run->log,
		.diagnostics = run->options->diagnostics,
		.journal = run->journal,
		.kept_directory = run->directory,
	};
	CLEANUP(cleanup_free) char *doctor = NULL;
	int r;

	if (run_is_resumed(run))
		return run_resume_settle(run, error);
	r = run_doctor(&of, &doctor, error);
	if (r == 0)
		r = write_run_record(run, identity, doctor, error);
	if (r == 0 && run->options->begun)
		r = run->options->begun(run->options->begun_context, error);
	/* From here on its folder can be resumed. */
	return r == 0 ? run_journal_rewind(run->journal, run->begun_mark, error) : r;
}

/* A run may have waited for another for hours. */
static int check_inputs_again(struct run *run, struct error *error)
{
	char sentence[TRIAL_SUSPECT_SIZE];

	if (run->gathered ||
		run_inputs_check(run->inputs, NULL, INPUTS_TIMES, sentence, sizeof(sentence)) == 0)
		return 0;
	return error_set(error, ESTALE, "cannot begin: while the run was prepared %s", sentence);
}

/* task.setup may make or change the task's files: only then are they what the trials have. */
static int set_up_and_identify(struct run *run, json_t **identity, struct error *error)
{
	int r = run_setup(run, error);

	if (r < 0)
		return r;
	json_decref(TAKE_PTR(*identity));
	run_inputs_free(TAKE_PTR(run->inputs));
	r = find_identity(run, identity, error);
	return r == 0 ? run_inputs_new(run->plan, *identity, &run->inputs, error) : r;
}

/* *identity is replaced by that after task.setup. */
static int prepare_with(struct run *run, json_t **identity, struct error *error)
{
	const bool compared = run_is_resumed(run) && !run->gathered;
	const bool surrounded = run_is_surrounded(run);
	int r = run_inputs_new(run->plan, *identity, &run->inputs, error);

	if (r == 0 && compared)
		r = run_resume_check(
			run, *identity, surrounded ? RUN_CHANGE_NO_FILE : RUN_CHANGE_ANY, error);
	if (r == 0)
		r = make_all(run, error);
	if (r == 0)
		r = check_inputs_again(run, error);
	if (r < 0)
		return r;
	log_beginning(run);
	if (run->search && !run->gathered)
		announce_search(run);
	tell_losses(run);
	place_run(run);
	if (surrounded)
		r = set_up_and_identify(run, identity, error);
	if (r == 0 && compared && surrounded)
		r = run_resume_check(run, *identity, RUN_CHANGE_ANY, error);
	if (r == 0 && compared)
		r = run_inputs_accept(run->inputs, run_record_identity(run->record), error);
	return r == 0 ? run_begin(run, *identity, error) : r;
}

int run_prepare(struct run *run, struct error *error)
{
	json_t *identity = NULL;
	int r = run_is_resumed(run) ? run_resume_read(run, error) : read_new_experiment(run, error);

	if (r < 0 || run->outcome->was_complete)
		return r;
	r = survey_system(run, error);
	if (r == 0)
		r = find_identity(run, &identity, error);
	if (r == 0)
		r = prepare_with(run, &identity, error);
	json_decref(identity);
	return r;
}
