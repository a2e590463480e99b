#include "runner/run.h"

#include "runner/experiment/seccomp_profile.h"
#include "runner/host.h"
#include "runner/leftovers.h"
#include "runner/lock.h"
#include "runner/report/report.h"
#include "runner/requirements.h"
#include "runner/run_doctor.h"
#include "runner/run_folder.h"
#include "runner/run_owner.h"
#include "runner/store/results.h"
#include "runner/store/trial_file.h"
#include "runner/trial/trial.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define RUNTIME_DIRECTORY LOCK_DIRECTORY

struct run {
	const struct run_options *options;
	struct run_outcome *outcome;
	struct installation *installation;
	struct experiment *experiment;
	struct plan *plan;
	struct hierarchy *hierarchy;
	struct runtime *runtime;
	struct image *image;
	struct rootfs *rootfs;
	struct run_log *log;
	struct progress *progress;
	struct host host;
	struct run_folder folder;
	char *working_directory; /* RUNTIME_DIRECTORY/run-<pid> */
	char *doctor;		 /* its findings */
	int lock_fd;
	int signal_fd;
	bool signals_taken;
	sigset_t old_signals;
	bool interrupted;
};

/* ---- what the run needs, asked before anything is made */

static int read_experiment(struct run *run, struct error *error)
{
	struct experiment_options options;
	int r = installation_find(&run->installation, error);

	if (r < 0)
		return r;
	options = (struct experiment_options){.seccomp_directory = run->installation->seccomp};
	run->outcome->exit_code = EXIT_CODE_USAGE;
	r = experiment_load(run->options->experiment_path, &options, run->options->diagnostics,
		&run->experiment, error);
	if (r == 0)
		r = plan_new(run->experiment, &run->plan, error);
	if (r == 0) {
		run->outcome->exit_code = EXIT_CODE_SYSTEM;
		run->outcome->n_planned = plan_size(run->plan);
	}
	return r;
}

static int survey_system(struct run *run, struct error *error)
{
	int r = 0;

	if (geteuid() != 0)
		r = error_set(
			error, EPERM, "making containers and cgroups needs root: run it with sudo");
	if (r == 0)
		r = host_read(&run->host, error);
	if (r == 0)
		r = hierarchy_find(&run->hierarchy, error);
	if (r == 0)
		r = runtime_open(run->experiment->container.runtime,
			hierarchy_version(run->hierarchy), &run->runtime, error);
	if (r == 0)
		r = image_open(
			run->installation, run->experiment->container.image, &run->image, error);
	return r == 0 ? requirements_check(run->experiment, run->image, error) : r;
}

/* ---- what the run makes */

static int make_run_folder(struct run *run, struct error *error)
{
	struct run_folder *folder = &run->folder;
	const char *text = run->experiment->text;
	int r = run_folder_make(
		run->options->output_directory, run->experiment->name, folder, error);

	if (r < 0)
		return r;
	run->outcome->path = strdup(folder->shown_path);
	if (!run->outcome->path)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	r = file_write(folder->fd, "experiment.toml", text, strlen(text), 0644, error);
	return r == 0 ? run_log_open(
				folder->fd, "run.log", run->options->verbose_fd, &run->log, error)
		      : r;
}

static int make_working_directory(struct run *run, struct error *error)
{
	char *path = string_format("%s/run-%d", RUNTIME_DIRECTORY, (int)getpid());

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot prepare the run");
	run->working_directory = path;
	return file_make_directories(AT_FDCWD, path, 0700, error);
}

static int take_signals(struct run *run, struct error *error)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, &run->old_signals) < 0)
		return error_set_errno(error, errno, "cannot block signals");
	run->signals_taken = true;
	run->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signal_fd < 0)
		return error_set_errno(error, errno, "cannot make a signalfd");
	return 0;
}

static int prepare(struct run *run, struct error *error)
{
	int r = file_make_directories(AT_FDCWD, RUNTIME_DIRECTORY, 0700, error);

	if (r == 0)
		r = take_signals(run, error);
	if (r == 0)
		r = lock_take(RUNTIME_DIRECTORY, run->experiment->name, &run->lock_fd, error);
	if (r == 0)
		r = make_run_folder(run, error);
	if (r == 0)
		r = leftovers_remove(
			RUNTIME_DIRECTORY, run->runtime, run->hierarchy, run->log, error);
	if (r == 0)
		r = make_working_directory(run, error);
	if (r == 0 && run->experiment->container.runtime != RUNTIME_NONE)
		r = rootfs_create(
			run->image, run->experiment, run->working_directory, &run->rootfs, error);
	if (r == 0 && progress_new(&run->options->progress, run->plan, &run->progress) < 0)
		r = error_set_errno(error, ENOMEM, "cannot prepare the run");
	return r;
}

static void log_beginning(struct run *run)
{
	run_log_step(run->log, "memcg-run %s: %s, %zu trials", MEMCG_RUN_VERSION,
		run->experiment->path, plan_size(run->plan));
	run_log_step(run->log, "%s; %s; %" PRIu64 " CPUs", run->host.kernel, run->host.cpu_model,
		run->host.cpus);
	run_log_step(run->log, "cgroup %s at %s; runtime %s %s; image %s, %s %s",
		hierarchy_name(run->hierarchy), hierarchy_memory_mount(run->hierarchy),
		runtime_name(run->runtime), runtime_version(run->runtime), run->image->name,
		run->image->digest_of, run->image->digest);
}

/* ---- the trials */

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
	if (!outcome->first_failure)
		outcome->first_failure = string_format("trial %06" PRIu64 " (%s): %s: %s",
			planned->number, planned->backend->name, trial_status_name(result->status),
			result->cause);
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

static int run_trials(struct run *run, struct error *error)
{
	const struct trial_context context = {
		.experiment = run->experiment,
		.plan = run->plan,
		.installation = run->installation,
		.hierarchy = run->hierarchy,
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

/* ---- the results */

static int report(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", run->folder.path);
	const struct report_options options = {.run_path = run->folder.path};
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

static int gather(struct run *run, struct error *error)
{
	const struct seccomp_profile *seccomp = run->experiment->container.seccomp;
	const struct run_facts facts = {
		.tool_version = MEMCG_RUN_VERSION,
		.created = run->folder.created,
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
		.doctor = run->doctor,
		.complete =
			run->outcome->n_ok + run->outcome->n_not_ok == run->outcome->n_planned &&
			!run->interrupted,
	};
	int r;

	/* Interrupted before the first trial: there is nothing to gather. */
	if (run->outcome->n_ok + run->outcome->n_not_ok == 0)
		return 0;
	run_log_step(run->log, "gathering results.h5");
	r = results_gather(run->folder.fd, run->folder.path, run->plan, &facts, error);
	if (r == 0)
		r = results_remove_trials(run->folder.fd, error);
	if (r == 0) {
		run_log_step(run->log, "drawing");
		r = report(run, error);
	}
	return r;
}

/* ---- undoing */

static void give_signals_back(struct run *run)
{
	struct signalfd_siginfo taken;

	if (!run->signals_taken)
		return;
	/* Those that came were heeded: they must not end the program once they are let through. */
	while (run->signal_fd >= 0 && read(run->signal_fd, &taken, sizeof(taken)) > 0)
		;
	sigprocmask(SIG_SETMASK, &run->old_signals, NULL);
}

static int close_folder(struct run *run, struct error *error)
{
	int closed;
	int given = 0;

	run_log_step(run->log, "end");
	closed = run_log_close(&run->log, error);
	if (run->folder.path) {
		/* Empty where no trial was sealed or all were gathered; else it stays. */
		(void)unlinkat(run->folder.fd, "trials", AT_REMOVEDIR);
		given = run_owner_give(
			run->folder.fd, run->folder.output_made, closed < 0 ? NULL : error);
	}
	run_folder_release(&run->folder);
	return closed < 0 ? closed : given;
}

static int undo(struct run *run, struct error *error)
{
	int removed = 0;
	int closed;

	if (run->progress)
		progress_clear(run->progress);
	progress_free(run->progress);
	rootfs_free(run->rootfs);
	if (run->working_directory)
		removed = file_remove_tree(AT_FDCWD, run->working_directory, error);
	if (removed < 0)
		run_log_step(run->log, "%s", error->text);
	closed = close_folder(run, removed < 0 ? NULL : error);
	image_free(run->image);
	runtime_free(run->runtime);
	hierarchy_free(run->hierarchy);
	plan_free(run->plan);
	experiment_free(run->experiment);
	installation_free(run->installation);
	free(run->working_directory);
	free(run->doctor);
	cleanup_close(&run->lock_fd);
	give_signals_back(run);
	cleanup_close(&run->signal_fd);
	return removed < 0 ? removed : closed;
}

static int run_steps(struct run *run, struct error *error)
{
	struct error gather_error = ERROR_INIT;
	int gathered;
	int r = read_experiment(run, error);

	if (r == 0)
		r = survey_system(run, error);
	if (r == 0)
		r = prepare(run, error);
	if (r < 0) {
		run_log_step(run->log, "%s", error->text);
		return r;
	}
	log_beginning(run);
	r = run_doctor(run->installation, run->log, &run->doctor, error);
	if (r == 0)
		r = run_trials(run, error);
	if (r < 0)
		run_log_step(run->log, "%s", error->text);
	/* What was measured is kept, whatever ended the run. */
	gathered = gather(run, &gather_error);
	if (gathered < 0) {
		run_log_step(run->log, "%s", gather_error.text);
		if (r == 0)
			r = error_set(error, -gathered, "%s", gather_error.text);
	}
	return r;
}

static enum exit_code exit_code_of(const struct run *run)
{
	if (run->interrupted)
		return EXIT_CODE_INTERRUPTED;
	return run->outcome->n_not_ok > 0 ? EXIT_CODE_TRIALS : EXIT_CODE_OK;
}

int run_experiment(
	const struct run_options *options, struct run_outcome *ret_outcome, struct error *error)
{
	struct run_outcome outcome = {.exit_code = EXIT_CODE_SYSTEM};
	struct run run = {
		.options = options,
		.outcome = &outcome,
		.folder = RUN_FOLDER_NONE,
		.lock_fd = -1,
		.signal_fd = -1,
	};
	struct error undo_error = ERROR_INIT;
	int r = run_steps(&run, error);
	int undone;

	if (r == 0)
		outcome.exit_code = exit_code_of(&run);
	undone = undo(&run, &undo_error);
	if (r == 0 && undone < 0) {
		outcome.exit_code = EXIT_CODE_SYSTEM;
		r = error_set(error, -undone, "%s", undo_error.text);
	}
	*ret_outcome = outcome;
	return r;
}

void run_outcome_release(struct run_outcome *outcome)
{
	free(outcome->path);
	free(outcome->first_failure);
	*outcome = (struct run_outcome){.exit_code = EXIT_CODE_SYSTEM};
}
