/*
 * Creates what a trial needs step by step: folders, slice, channel, gate, pipes, bundle, sampler,
 * and last the container. If a step fails, trial.c undoes those before it.
 */

#include "runner/container/environment.h"
#include "runner/experiment/seccomp_profile.h"
#include "runner/trial/journal.h"
#include "runner/trial/task_command.h"
#include "runner/trial/trial_state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/cpu_list.h"
#include "util/file.h"
#include "util/give.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* In the run's folder. */
#define PROFILER "profiler"

/* Room for two seconds of samples, as the ring is emptied ten times a second. */
#define RING_SECONDS 2.0
#define RING_MIN_SAMPLES ((size_t)1 << 12)
#define RING_MAX_SAMPLES ((size_t)1 << 21)

static bool is_contained(const struct trial *trial)
{
	return trial->context->experiment->container.runtime != RUNTIME_NONE;
}

static int name_parts(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct planned_trial *planned = trial->planned;
	uint64_t number = planned->number;

	/* Only its number if no other run can have the same. */
	trial->slice_name =
		context->experiment->trials.alongside == ALONGSIDE_ALLOW
			? string_format("trial-%d-%06" PRIu64 ".slice", (int)getpid(), number)
			: string_format("trial-%06" PRIu64 ".slice", number);
	trial->container = string_format("memcg-run-%d-%06" PRIu64, (int)getpid(), number);
	trial->directory = string_format("%s/trial", context->working_directory);
	trial->channel_path = string_format("%s/trial/channel", context->working_directory);
	trial->runtime_log = string_format("%s/trial/runtime.log", context->working_directory);
	if (!trial->slice_name || !trial->container || !trial->directory || !trial->channel_path ||
		!trial->runtime_log)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	/* Without a container another user has to enter it, through a mount of the launcher's. */
	return file_make_directories(AT_FDCWD, trial->directory,
		context->user && !is_contained(trial) ? 0711 : 0700, error);
}

/* Read from the end after a kill: the slice is emptied first, then the container is deleted. */
static int note_parts(const struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	CLEANUP(cleanup_free)
	char *container = string_format("%s %s", runtime_name(context->runtime), trial->container);
	int r = 0;

	if (!container)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	if (is_contained(trial))
		r = run_journal_note(context->journal, JOURNAL_CONTAINER, container, error);
	return r == 0 ? run_journal_note(context->journal, JOURNAL_SLICE, trial->slice_name, error)
		      : r;
}

/*
 * `made`: a descriptor of the new folder, or -errno. Opens one that exists, such as after a kill; it is not given.
 * Returns a descriptor or -errno.
 */
static int made_or_existing(int made, int parent_fd, const char *name)
{
	int fd;

	if (made != -EEXIST)
		return made;
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* By which the launcher finds out that the task gets this folder; without a container also where it is mounted. */
static int identify_profiler(struct trial *trial, struct error *error)
{
	struct stat status;

	if (fstat(trial->profiler_fd, &status) < 0)
		return error_set_errno(error, errno, "cannot look up %s", trial->profiler_path);
	trial->profiler_identity = string_format(
		"%" PRIu64 ":%" PRIu64, (uint64_t)status.st_dev, (uint64_t)status.st_ino);
	trial->profiler_place = string_format("%s/profiler", trial->directory);
	if (!trial->profiler_identity || !trial->profiler_place)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	return is_contained(trial)
		       ? 0
		       : file_make_directories(AT_FDCWD, trial->profiler_place, 0700, error);
}

/* A tool that writes files gets its own folder in the run's folder. */
static int make_profiler_directory(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct backend *backend = trial->planned->backend;
	const struct task_user *user = context->user;
	CLEANUP(cleanup_close) int folder_fd = -1;
	const char *name;
	int made;

	if (!backend->collect && !backend->writes_files)
		return 0;
	trial->profiler_name =
		string_format(PROFILER "/%06" PRIu64 "-%s", trial->planned->number, backend->name);
	if (trial->profiler_name)
		trial->profiler_path =
			string_format("%s/%s", context->run_path, trial->profiler_name);
	if (!trial->profiler_path)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	made = give_make_folder(context->run_fd, PROFILER, 0700);
	folder_fd = made_or_existing(made, context->run_fd, PROFILER);
	if (folder_fd < 0)
		return error_set_errno(
			error, -folder_fd, "cannot open %s/" PROFILER, context->run_path);
	name = strrchr(trial->profiler_name, '/') + 1;
	made = give_make_folder_of_root(folder_fd, name, 0700);
	trial->profiler_made = made >= 0;
	trial->profiler_fd = made_or_existing(made, folder_fd, name);
	if (trial->profiler_fd < 0)
		return error_set_errno(
			error, -trial->profiler_fd, "cannot open %s", trial->profiler_path);
	if (user && trial->profiler_made && fchown(trial->profiler_fd, user->uid, user->gid) < 0)
		return error_set_errno(
			error, errno, "cannot give %s to the task's user", trial->profiler_path);
	return identify_profiler(trial, error);
}

/*
 * Syncs its name, but never its samples: after a crash of the machine the spool shows that the
 * trial had begun, and resume records it as interrupted. Otherwise ext4 might write the name only
 * after 5 s.
 */
static int make_spool(struct trial *trial, struct error *error)
{
	CLEANUP(cleanup_free)
	char *name = string_format("%06" PRIu64 ".spool", trial->planned->number);
	int r;

	if (!name)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	r = spool_create(trial->context->trials_fd, name, &trial->result->spool, error);
	if (r == 0)
		r = file_sync_directory(trial->context->trials_fd, ".", error);
	if (r == 0)
		r = spool_series(trial->result->spool, SPOOL_REFERENCE, &trial->reference, error);
	if (r == 0)
		r = spool_series(trial->result->spool, SPOOL_TRUTH, &trial->truth, error);
	return r == 0 ? journal_describe(trial->result->spool, trial->description, error) : r;
}

/* A memfd, not sealed: the launcher's child reads it once. */
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

/* The descriptors of the launcher, from CONTROL_FD on. */
struct handed_fds {
	int fds[5];
	size_t n;
	struct launcher_fds numbers;
};

static struct handed_fds handed_fds(const struct trial *trial)
{
	struct handed_fds handed = {
		.fds = {trial->gate.child_fd},
		.n = 1,
		.numbers = {.leaf_fd = -1, .tasks_fd = -1, .filter_fd = -1, .idmap_fd = -1},
	};

	if (slice_task_fd(trial->slice) >= 0) {
		handed.numbers.leaf_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = slice_task_fd(trial->slice);
	}
	if (slice_tasks_fd(trial->slice) >= 0) {
		handed.numbers.tasks_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = slice_tasks_fd(trial->slice);
	}
	if (trial->filter_fd >= 0) {
		handed.numbers.filter_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = trial->filter_fd;
	}
	if (trial->context->writable && trial->context->writable->idmap_fd >= 0) {
		handed.numbers.idmap_fd = CONTROL_FD + (int)handed.n;
		handed.fds[handed.n++] = trial->context->writable->idmap_fd;
	}
	return handed;
}

/* Without a container a task finds its leaf at the place that it has in one. */
static struct task_paths task_paths(const struct trial *trial)
{
	const bool v2 = hierarchy_version(trial->context->hierarchy) == HIERARCHY_V2;
	struct task_paths paths = TASK_PATHS_CONTAINER;

	if (!is_contained(trial))
		paths = (struct task_paths){
			.launcher = trial->context->installation->launcher,
			.python = trial->context->installation->python,
			.phenomena = trial->context->installation->phenomena,
			.channel = trial->channel_path,
			.reporter = trial->planned->backend->reporter,
			.profiler = trial->profiler_place,
			.profiler_source = trial->profiler_path,
			.leaf = slice_task_directory(trial->slice),
			.leaf_place = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory",
		};
	if (!is_contained(trial) && trial->user) {
		paths.channel_folder = trial->directory;
		paths.channel = CONTAINER_CHANNEL;
		if (trial->profiler_place)
			paths.profiler = CONTAINER_PROFILER;
	}
	paths.user = trial->user;
	paths.writable = trial->context->writable;
	paths.cpus = trial->cpus;
	paths.profiler_identity = trial->profiler_identity;
	if (trial->stdin_path)
		paths.stdin_file = is_contained(trial) ? CONTAINER_STDIN : trial->stdin_path;
	return paths;
}

/* The file at this point of the plan. If its name has a parameter, it was not checked earlier. */
static int find_stdin(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const char *template = trial->planned->task->stdin_file;
	CLEANUP(cleanup_free) char *name = NULL;
	struct stat status;
	int r;

	if (!template)
		return 0;
	r = plan_expand(context->plan, trial->planned->point, template, &name, error);
	if (r < 0)
		return r;
	trial->stdin_path = *name == '/'
				    ? TAKE_PTR(name)
				    : string_format("%s/%s", context->experiment->directory, name);
	if (!trial->stdin_path)
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	if (stat(trial->stdin_path, &status) < 0)
		return error_set_errno(
			error, errno, "task.stdin: cannot open %s", trial->stdin_path);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EINVAL, "task.stdin: %s is not a file", trial->stdin_path);
	return 0;
}

static int name_user_and_cpus(struct trial *trial, struct error *error)
{
	const struct task_user *user = trial->context->user;
	const struct placement *placement = trial->context->placement;

	if (user)
		trial->user = task_user_text(user);
	if (placement->narrowed)
		trial->cpus = cpu_list_format(&placement->task_cpus);
	if ((user && !trial->user) || (placement->narrowed && !trial->cpus))
		return error_set_errno(error, ENOMEM, "cannot prepare the trial");
	return 0;
}

/* To connect, a task needs the right to write to the socket. */
static int open_channel(struct trial *trial, struct error *error)
{
	const struct task_user *user = trial->context->user;
	int r = channel_open(trial->channel_path, &trial->channel, error);

	if (r < 0 || !user || lchown(trial->channel_path, user->uid, user->gid) == 0)
		return r;
	return error_set_errno(error, errno, "cannot give the task's channel to its user");
}

static int make_command(struct trial *trial, struct launcher_fds fds, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct task_paths paths = task_paths(trial);
	int r = task_command(context->experiment, context->plan, trial->planned, context->image,
		&paths, fds, &trial->argv, &trial->program, error);

	return r == 0 ? task_environment(context->experiment, context->plan, trial->planned, &paths,
				&trial->environment, error)
		      : r;
}

static int make_bundle(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	const struct bundle_options options = {
		.rootfs = context->rootfs,
		.experiment = context->experiment,
		.task = trial->planned->task,
		.installation = context->installation,
		.hierarchy = context->hierarchy,
		.unprivileged = context->delegation == DELEGATION_USER,
		.runtime_cgroup_path = slice_runtime_path(trial->slice),
		.task_directory = slice_task_directory(trial->slice),
		.channel_path = trial->channel_path,
		.reporter_path = trial->planned->backend->reporter,
		.stdin_path = trial->stdin_path,
		.profiler_directory = trial->profiler_path,
		.argv = (const char *const *)trial->argv,
		.environment = (const char *const *)trial->environment,
	};

	return is_contained(trial) ? bundle_write(&options, trial->directory, error) : 0;
}

static int sampler_read_current(const void *slice, uint64_t *ret_bytes)
{
	return slice_current_bytes(slice, ret_bytes);
}

static int sampler_read_composition(const void *slice, struct memory_stat *ret_stat)
{
	return slice_sample_stat(slice, ret_stat);
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
		.read = sampler_read_current,
		.read_stat = sampler_read_composition,
		.context = trial->slice,
		.rate_hz = experiment->sampler.rate_hz,
		.rate_max = experiment->sampler.rate_max,
		.mode = experiment->sampler.mode,
		.cpu = trial->context->placement->sampler_cpu,
		.ring_capacity = ring_capacity(experiment),
	};

	return sampler_start(&options, &trial->sampler, error);
}

static int make_slow_sampler(struct trial *trial, struct error *error)
{
	const struct sampler_settings *settings = &trial->context->experiment->sampler;
	struct slow_sampler_options options = {
		.slice = trial->slice,
		.spool = trial->result->spool,
	};

	for (unsigned channel = 0; channel < SLOW_N_CHANNELS; channel++)
		options.channels[channel] = (struct slow_channel_options){
			.enabled = slow_channel_is_wanted(channel, settings),
			.rate_hz = slow_channel_rate_hz(channel, settings),
		};
	return slow_sampler_new(&options, &trial->slow_sampler, error);
}

/*
 * Cold: drops the clean pages of the whole host's page cache, so that each trial reads its files
 * again and is charged for them (Documentation/admin-guide/sysctl/vm.rst, drop_caches).
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
	struct process_cgroups cgroups = PROCESS_CGROUPS_NONE;
	char **environment = NULL;
	struct runtime_start start = {
		.stdout_fd = trial->stdout_pipe.write_fd,
		.stderr_fd = trial->stderr_pipe.write_fd,
		.preserve_fds = handed.fds,
		.n_preserve_fds = handed.n,
		.bundle = trial->directory,
		.container = trial->container,
		.log_path = trial->runtime_log,
		.argv = (const char *const *)trial->argv,
		.directory = trial->context->experiment->directory,
		.cgroups = &cgroups,
	};
	int r = 0;

	if (!is_contained(trial)) {
		r = slice_open_runtime(trial->slice, &cgroups, error);
		if (r == 0)
			r = environment_new(
				(const char *const *)trial->environment, &environment, error);
		start.environment = (const char *const *)environment;
	}
	if (r == 0)
		r = runtime_start(trial->context->runtime, &start, &trial->runtime, error);
	trial->runtime_started = r == 0;
	process_cgroups_close(&cgroups);
	string_list_free(environment);
	/* From now on only the launcher and the task may hold their ends. */
	gate_hand_over(&trial->gate);
	output_pipe_hand_over(&trial->stdout_pipe);
	output_pipe_hand_over(&trial->stderr_pipe);
	trial->start_limit_ns = clock_deadline_ns(TRIAL_START_LIMIT_NS);
	return r;
}

int trial_make(struct trial *trial, struct error *error)
{
	const struct trial_context *context = trial->context;
	int r = name_parts(trial, error);

	if (r == 0)
		r = note_parts(trial, error);
	if (r == 0)
		r = make_profiler_directory(trial, error);
	if (r == 0)
		r = make_spool(trial, error);
	if (r == 0)
		r = make_filter_file(trial, error);
	if (r == 0)
		r = slice_create(context->hierarchy, trial->slice_name, &trial->description->limits,
			&trial->slice, error);
	if (r == 0)
		r = open_channel(trial, error);
	if (r == 0)
		r = gate_open(&trial->gate, error);
	if (r == 0)
		r = output_pipe_open(&trial->stdout_pipe, error);
	if (r == 0)
		r = output_pipe_open(&trial->stderr_pipe, error);
	if (r == 0)
		r = name_user_and_cpus(trial, error);
	if (r == 0)
		r = find_stdin(trial, error);
	if (r == 0)
		r = make_command(trial, handed_fds(trial).numbers, error);
	if (r == 0)
		r = make_bundle(trial, error);
	if (r == 0)
		r = make_slow_sampler(trial, error);
	if (r == 0)
		r = trial_open_oracle(trial, error);
	if (r == 0)
		r = start_sampler(trial, error);
	if (r == 0)
		r = prepare_page_cache(trial, error);
	/* it starts up while the container is created */
	if (r == 0)
		r = trial_start_reporter(trial, error);
	return r == 0 ? start_container(trial, error) : r;
}
