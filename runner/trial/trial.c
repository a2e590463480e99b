/*
 * A trial from the slice to the result. What is made here is undone here, in reverse, and each step of
 * the undoing is tried whatever became of the others.
 */

#include "runner/trial/trial.h"

#include "runner/experiment/seccomp_profile.h"
#include "runner/trial/task_command.h"
#include "runner/trial/trial_state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A container starts in 50 ms here; a loaded host, or an emulated one, may need seconds. */
#define START_LIMIT_NS (60 * NS_PER_S)
#define KILL_TIMEOUT_NS (10 * NS_PER_S)

/* Room for two seconds of samples, as the ring is emptied ten times a second. */
#define RING_SECONDS 2.0
#define RING_MIN_SAMPLES ((size_t)1 << 12)
#define RING_MAX_SAMPLES ((size_t)1 << 21)

/* ---- making it */

static int name_parts(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct planned_trial *planned = trial->planned;
	uint64_t number = planned->number;

	trial->slice_name = string_format("trial-%06" PRIu64 ".slice", number);
	trial->container = string_format("memcg-run-%d-%06" PRIu64, (int)getpid(), number);
	trial->directory = string_format("%s/trial", context->working_directory);
	trial->channel_path = string_format("%s/trial/channel", context->working_directory);
	trial->runtime_log = string_format("%s/trial/runtime.log", context->working_directory);
	if (!trial->slice_name || !trial->container || !trial->directory || !trial->channel_path ||
		!trial->runtime_log)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	return file_make_directories(AT_FDCWD, trial->directory, 0700, error);
}

/* A tool that writes files of its own gets a folder of its own in the run's folder. */
static int make_profiler_directory(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct backend *backend = trial->planned->backend;

	if (!backend->collect)
		return 0;
	trial->profiler_name =
		string_format("profiler/%06" PRIu64 "-%s", trial->planned->number, backend->name);
	if (trial->profiler_name)
		trial->profiler_path =
			string_format("%s/%s", context->run_path, trial->profiler_name);
	if (!trial->profiler_path)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	return file_make_directories(context->run_fd, trial->profiler_name, 0755, error);
}

static int make_spool(struct trial *trial, struct error *error)
{
	CLEANUP(cleanup_free)
	char *name = string_format("%06" PRIu64 ".spool", trial->planned->number);
	int r;

	if (!name)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	r = spool_create(trial->context->trials_fd, name, &trial->result->spool, error);
	if (r == 0)
		r = spool_series(trial->result->spool, "reference", &trial->reference, error);
	if (r == 0)
		r = spool_series(trial->result->spool, "truth", &trial->truth, error);
	return r;
}

/* In memory, sealed by nobody: the launcher's child reads it once. */
static int make_filter_file(struct trial *trial, struct error *error)
{
	const struct seccomp_profile *profile = trial->context->experiment->container.seccomp;
	int r;

	if (!profile)
		return 0;
	trial->filter_fd = memfd_create("seccomp-filter", MFD_CLOEXEC);
	if (trial->filter_fd < 0)
		return error_set_errno(error, errno, "cannot make a file for the seccomp filter");
	r = file_write_fd(trial->filter_fd, profile->program, profile->program_bytes);
	if (r < 0)
		return error_set_errno(error, -r, "cannot write the seccomp filter");
	if (lseek(trial->filter_fd, 0, SEEK_SET) < 0)
		return error_set_errno(error, errno, "cannot rewind the seccomp filter");
	return 0;
}

/* The descriptors that the launcher finds, from CONTROL_FD on. */
struct handed_fds {
	int fds[3];
	size_t n;
	struct launcher_fds numbers;
};

static struct handed_fds handed_fds(const struct trial *trial)
{
	struct handed_fds handed = {
		.fds = {trial->gate.child_fd},
		.n = 1,
		.numbers = {.leaf_fd = -1, .filter_fd = -1},
	};

	if (slice_task_fd(trial->slice) >= 0) {
		handed.numbers.leaf_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = slice_task_fd(trial->slice);
	}
	if (trial->filter_fd >= 0) {
		handed.numbers.filter_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = trial->filter_fd;
	}
	return handed;
}

static const char *program_of(char *const *launcher_argv)
{
	size_t i = 0;

	while (strcmp(launcher_argv[i], "--") != 0)
		i++;
	return launcher_argv[i + 1];
}

static int make_bundle(struct trial *trial, struct launcher_fds fds, struct error *error)
{
	const struct trial_context *context = trial->context;
	char **environment = NULL;
	struct bundle_options options = {
		.rootfs = context->rootfs,
		.experiment = context->experiment,
		.installation = context->installation,
		.hierarchy = hierarchy_version(context->hierarchy),
		.runtime_cgroup_path = slice_runtime_path(trial->slice),
		.task_directory = slice_task_directory(trial->slice),
		.channel_path = trial->channel_path,
		.profiler_directory = trial->profiler_path,
	};
	int r;

	r = task_command(context->experiment, context->plan, trial->planned, context->image, fds,
		&trial->argv, error);
	if (r < 0)
		return r;
	trial->program = program_of(trial->argv);
	trial->evidence.program = trial->program;
	r = task_environment(
		context->experiment, context->plan, trial->planned, &environment, error);
	if (r < 0)
		return r;
	options.argv = (const char *const *)trial->argv;
	options.environment = (const char *const *)environment;
	r = bundle_write(&options, trial->directory, error);
	string_list_free(environment);
	return r;
}

static int read_current(const void *slice, uint64_t *ret_bytes)
{
	return slice_current_bytes(slice, ret_bytes);
}

static size_t ring_capacity(const struct experiment *experiment)
{
	double samples = experiment->sampler.rate_hz * RING_SECONDS;

	if (experiment->sampler.rate_max || samples > (double)RING_MAX_SAMPLES)
		return RING_MAX_SAMPLES;
	return samples < (double)RING_MIN_SAMPLES ? RING_MIN_SAMPLES : (size_t)samples;
}

static int start_sampler(struct trial *trial, struct error *error)
{
	const struct experiment *experiment = trial->context->experiment;
	const struct sampler_options options = {
		.read = read_current,
		.context = trial->slice,
		.rate_hz = experiment->sampler.rate_hz,
		.rate_max = experiment->sampler.rate_max,
		.mode = experiment->sampler.mode,
		.cpu = experiment->sampler.cpu.kind == AMOUNT_NUMBER
			       ? (int)experiment->sampler.cpu.number
			       : -1,
		.ring_capacity = ring_capacity(experiment),
	};

	return sampler_start(&options, &trial->sampler, error);
}

/*
 * Cold: clean pages of the whole host's page cache are dropped, so that each trial reads its files
 * anew and is charged for them (Documentation/admin-guide/sysctl/vm.rst, drop_caches).
 */
static int prepare_page_cache(const struct trial *trial, struct error *error)
{
	if (trial->context->experiment->trials.page_cache != PAGE_CACHE_COLD)
		return 0;
	sync();
	return file_write(AT_FDCWD, "/proc/sys/vm/drop_caches", "1\n", 2, 0200, error);
}

static int start_container(struct trial *trial, struct error *error)
{
	struct handed_fds handed = handed_fds(trial);
	const struct runtime_start start = {
		.bundle = trial->directory,
		.container = trial->container,
		.stdout_fd = trial->stdout_pipe.write_fd,
		.stderr_fd = trial->stderr_pipe.write_fd,
		.preserve_fds = handed.fds,
		.n_preserve_fds = handed.n,
		.log_path = trial->runtime_log,
	};
	int r = runtime_start(trial->context->runtime, &start, &trial->runtime, error);

	gate_hand_over(&trial->gate);
	output_pipe_hand_over(&trial->stdout_pipe);
	output_pipe_hand_over(&trial->stderr_pipe);
	trial->start_limit_ns = clock_monotonic_ns() + START_LIMIT_NS;
	return r;
}

static int make(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	int r = name_parts(trial, error);

	if (r == 0)
		r = make_profiler_directory(trial, error);
	if (r == 0)
		r = make_spool(trial, error);
	if (r == 0)
		r = make_filter_file(trial, error);
	if (r == 0)
		r = slice_create(context->hierarchy, trial->slice_name,
			&context->experiment->limits, &trial->slice, error);
	if (r == 0)
		r = channel_open(trial->channel_path, &trial->channel, error);
	if (r == 0)
		r = gate_open(&trial->gate, error);
	if (r == 0)
		r = output_pipe_open(&trial->stdout_pipe, error);
	if (r == 0)
		r = output_pipe_open(&trial->stderr_pipe, error);
	if (r == 0)
		r = make_bundle(trial, handed_fds(trial).numbers, error);
	if (r == 0)
		r = start_sampler(trial, error);
	if (r == 0)
		r = prepare_page_cache(trial, error);
	return r == 0 ? start_container(trial, error) : r;
}

/* ---- what is known of it */

static int emit(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	struct trial *trial = context;
	struct series *series;
	int r = spool_metric(trial->result->spool, metric, &series, error);

	if (r < 0)
		return r;
	series_set_kind(series, kind);
	return series_append(series, sample, 1, error);
}

/* A tool that was cut short may have written nothing: that is then no failure of its own. */
static int collect(struct trial *trial, struct error *error)
{
	const struct trial_result *result = trial->result;
	CLEANUP(cleanup_close) int profiler_fd = -1;
	struct error collect_error = ERROR_INIT;
	int r;

	if (!trial->planned->backend->collect || !trial->evidence.gate_opened)
		return 0;
	profiler_fd = openat(trial->context->run_fd, trial->profiler_name,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (profiler_fd < 0)
		return error_set_errno(error, errno, "cannot open %s", trial->profiler_path);
	r = trial->planned->backend->collect(profiler_fd,
		result->start_realtime_ns - result->start_monotonic_ns, emit, trial,
		&collect_error);
	if (r < 0 && trial->evidence.exit_seen && trial->evidence.stop == STOP_NONE &&
		trial->evidence.wait_status == 0)
		return error_set(error, -r, "%s", collect_error.text);
	return 0;
}

static int settle(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	int r;

	sampler_stop(trial->sampler, &result->sampler);
	r = trial_drain(trial, error);
	if (r < 0 || !trial->evidence.gate_opened)
		return r;
	if (result->end_ns == 0) {
		/* Killed, or vanished: the leaf still stands and its account is read as it is. */
		r = snapshot_end(trial, error);
		if (r < 0)
			return r;
		result->end_ns = clock_monotonic_ns();
	}
	result->wall_ns = result->end_ns > result->begin_ns ? result->end_ns - result->begin_ns : 0;
	r = snapshot_settle_peak(trial, error);
	return r == 0 ? collect(trial, error) : r;
}

static int judge(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	CLEANUP(cleanup_free) char *runtime_error = runtime_log_error(trial->runtime_log);
	int r = slice_read_events(trial->slice, &result->reference.events, error);

	if (r < 0)
		return r;
	result->channel = channel_stats(trial->channel);
	trial->evidence.oom_kills = result->reference.events.oom_kill;
	trial->evidence.runtime_error = runtime_error;
	trial->evidence.awaited_begin = trial->context->experiment->task.python != NULL;
	trial->evidence.timeout_ns = trial->context->experiment->trials.timeout_ns;
	verdict(&trial->evidence, result);
	if (result->status == TRIAL_OK && result->sampler.read_error) {
		result->status = TRIAL_FAILED;
		snprintf(result->cause, sizeof(result->cause), "sampling ended early: %s",
			strerrordesc_np(result->sampler.read_error));
	}
	return 0;
}

/* ---- undoing it */

/* The first failure is the one that is told; the others go to the log. */
static void note(struct trial *trial, int r, struct error *failure, struct error *first)
{
	if (r >= 0)
		return;
	run_log_step(trial->context->log, "trial %06" PRIu64 ": undoing: %s",
		trial->planned->number, failure->text);
	if (first->number == 0)
		*first = *failure;
}

static int end_container(struct trial *trial, struct error *error)
{
	int status;
	int r;

	r = slice_kill(trial->slice, KILL_TIMEOUT_NS, error);
	if (trial->runtime.pid < 0)
		return r;
	if (r < 0 || !trial->runtime_ended) {
		int killed = process_kill(&trial->runtime, r < 0 ? NULL : error);

		r = r < 0 ? r : killed;
	}
	if (r == 0)
		r = process_wait(&trial->runtime, &status, error);
	return r == 0 ? runtime_delete(trial->context->runtime, trial->container, error) : r;
}

static int undo(struct trial *trial, struct error *error)
{
	struct error failure = ERROR_INIT;
	struct error first = ERROR_INIT;

	if (trial->slice)
		note(trial, end_container(trial, &failure), &failure, &first);
	if (trial->sampler)
		sampler_free(TAKE_PTR(trial->sampler));
	gate_close(&trial->gate);
	trial->result->stdout_text = output_pipe_close(&trial->stdout_pipe);
	trial->result->stderr_text = output_pipe_close(&trial->stderr_pipe);
	note(trial, channel_close(&trial->channel, &failure), &failure, &first);
	note(trial, slice_remove(&trial->slice, &failure), &failure, &first);
	if (trial->directory)
		note(trial, file_remove_tree(AT_FDCWD, trial->directory, &failure), &failure,
			&first);
	if (trial->filter_fd >= 0)
		close(TAKE_FD(trial->filter_fd));
	string_list_free(trial->argv);
	free(trial->container);
	free(trial->slice_name);
	free(trial->directory);
	free(trial->channel_path);
	free(trial->runtime_log);
	free(trial->profiler_name);
	free(trial->profiler_path);
	if (first.number == 0)
		return 0;
	return error_set(error, first.number, "trial %06" PRIu64 " could not be undone: %s",
		trial->planned->number, first.text);
}

/* ---- the whole of it */

static int run_steps(struct trial *trial, struct error *error)
{
	struct error kill_error = ERROR_INIT;
	int r = make(trial, error);

	if (r == 0)
		r = trial_watch(trial, error);
	/* Whatever became of it: nothing of the task runs on while its account is settled. */
	if (trial->slice) {
		int killed = slice_kill(trial->slice, KILL_TIMEOUT_NS, &kill_error);

		if (r == 0 && killed < 0)
			r = error_set(error, -killed, "%s", kill_error.text);
	}
	if (trial->sampler) {
		int settled = settle(trial, r == 0 ? error : NULL);

		r = r == 0 ? settled : r;
	}
	return r == 0 ? judge(trial, error) : r;
}

static char *empty_text(char *text)
{
	return text ? text : strdup("");
}

int trial_run(const struct trial_context *context, const struct planned_trial *planned,
	struct trial_result *ret_result, struct error *error)
{
	struct error step_error = ERROR_INIT;
	struct trial_result result = {.exit_code = -1};
	struct trial trial = {
		.context = context,
		.planned = planned,
		.result = &result,
		.gate = GATE_CLOSED,
		.stdout_pipe = OUTPUT_PIPE_CLOSED,
		.stderr_pipe = OUTPUT_PIPE_CLOSED,
		.runtime = PROCESS_NONE,
		.filter_fd = -1,
		.deadline_ns = UINT64_MAX,
		.kill_limit_ns = UINT64_MAX,
	};
	int r;

	result.start_monotonic_ns = clock_monotonic_ns();
	result.start_realtime_ns = clock_realtime_ns();
	if (run_steps(&trial, &step_error) < 0) {
		result.status = TRIAL_FAILED;
		snprintf(result.cause, sizeof(result.cause), "%s", step_error.text);
	}
	r = undo(&trial, error);
	result.stdout_text.text = empty_text(result.stdout_text.text);
	result.stderr_text.text = empty_text(result.stderr_text.text);
	*ret_result = result;
	return r;
}

void trial_result_release(struct trial_result *result)
{
	free(result->marks);
	free(result->stdout_text.text);
	free(result->stderr_text.text);
	*result = (struct trial_result){.exit_code = -1};
}
