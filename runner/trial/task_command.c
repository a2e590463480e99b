#include "runner/trial/task_command.h"

#include "runner/container/environment.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

/* Limit of a backend tool's command prefix. */
#define MAX_WRAP_WORDS 32

/*
 * The words so far, of a command line or an environment. The first failure is kept, as by struct
 * hdf5_attributes: after it nothing is added.
 */
struct command {
	char **words; /* NULL-terminated after the first addition */
	size_t n;
	int result;
	struct error *error;
};

static void command_release(struct command *command)
{
	string_list_free(command->words);
}

/* Takes ownership of the word; NULL is a failed allocation of the caller's. */
static void command_add(struct command *command, char *word)
{
	char **grown = NULL;

	if (word && command->result == 0)
		grown = realloc(command->words, (command->n + 2) * sizeof(char *));
	if (!grown) {
		free(word);
		if (command->result == 0)
			command->result = error_set_errno(
				command->error, ENOMEM, "cannot make the task's command");
		return;
	}
	command->words = grown;
	command->words[command->n++] = word;
	command->words[command->n] = NULL;
}

static void add_copy(struct command *command, const char *word)
{
	command_add(command, strdup(word));
}

static void add_all_expanded(
	struct command *command, const struct plan *plan, size_t point, char *const *templates)
{
	for (size_t i = 0; templates && templates[i] && command->result == 0; i++) {
		char *word;

		command->result = plan_expand(plan, point, templates[i], &word, command->error);
		if (command->result == 0)
			command_add(command, word);
	}
}

/* NULL adds nothing. */
static void add_option(struct command *command, const char *option, const char *value)
{
	if (!value)
		return;
	add_copy(command, option);
	add_copy(command, value);
}

static void add_fd(struct command *command, const char *option, int fd)
{
	if (fd < 0)
		return;
	add_copy(command, option);
	command_add(command, string_format("%d", fd));
}

static void add_folder(struct command *command, const struct task_paths *paths)
{
	const char *source = paths->profiler_source;

	if (!paths->profiler_identity)
		return;
	add_option(command, "--folder", source ? source : paths->profiler);
	add_copy(command, paths->profiler_identity);
	if (source)
		add_option(command, "--folder-place", paths->profiler);
}

static void add_writable_folder(struct command *command, const struct experiment *experiment,
	const struct writable *writable, bool keep)
{
	if (!writable)
		return;
	add_option(command, keep ? "--writable-kept" : "--writable", experiment->directory);
	add_copy(command, writable->tmpfs_size);
	add_copy(command, writable->overlay);
}

/* OPTION COUNT WORD...: their words may be any, "--" too. */
static void add_helper(struct command *command, const struct plan *plan, size_t point,
	const char *option, char *const *words)
{
	if (!words)
		return;
	add_copy(command, option);
	command_add(command, string_format("%zu", string_list_length((const char *const *)words)));
	add_all_expanded(command, plan, point, words);
}

static void add_launcher(struct command *command, const struct experiment *experiment,
	const struct task *task, const struct task_paths *paths, struct launcher_fds fds)
{
	add_copy(command, paths->launcher);
	if (paths->leaf) {
		add_option(command, "--host", paths->leaf);
		add_copy(command, paths->leaf_place);
	}
	add_option(command, "--channel-folder", paths->channel_folder);
	add_folder(command, paths);
	add_writable_folder(command, experiment, paths->writable, task->keep_written);
	add_option(command, "--cpus", paths->cpus);
	add_option(command, "--user", paths->user);
	add_option(command, "--stdin", paths->stdin_file);
	add_fd(command, "--leaf-fd", fds.leaf_fd);
	add_fd(command, "--tasks-fd", fds.tasks_fd);
	add_fd(command, "--filter-fd", fds.filter_fd);
	add_fd(command, "--idmap-fd", fds.idmap_fd);
}

static const char *task_interpreter(const struct task *task, const struct image *image)
{
	return task->interpreter ? task->interpreter : image->interpreter;
}

/* A tool that is beside the task is the image's; one that runs the script itself does so in the task's interpreter. */
static void add_wrapper(struct command *command, const struct experiment *experiment,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths)
{
	const struct backend *backend = planned->backend;
	const struct backend_task task = {
		.interval_s = (double)experiment->interval_ns / 1e9,
		.profiler_directory = paths->profiler,
		.interpreter = backend->wraps_script ? task_interpreter(planned->task, image)
						     : image->interpreter,
	};
	char *words[MAX_WRAP_WORDS] = {NULL};

	if (!backend->wrap || command->result < 0)
		return;
	command->result = backend->wrap(&task, words, MAX_WRAP_WORDS, command->error);
	for (size_t i = 0; i < MAX_WRAP_WORDS && words[i]; i++)
		command_add(command, words[i]);
}

/* The harness takes a name or a path; for an external backend it has no reporter. */
static const char *reporter_word(const struct backend *backend, const struct task_paths *paths)
{
	if (backend_is_outside(backend))
		return "none";
	return backend->reporter ? paths->reporter : backend->name;
}

/* harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...] */
static void add_harness(struct command *command, const struct experiment *experiment,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths)
{
	const char *module = planned->task->module;
	const char *function = planned->task->function ? planned->task->function
			       : module		       ? ""
						       : "-";

	if (!planned->backend->wraps_script)
		add_copy(command, task_interpreter(planned->task, image));
	command_add(command, string_format("%s/harness.py", paths->python));
	add_copy(command, reporter_word(planned->backend, paths));
	command_add(command, string_format("%.6f", (double)experiment->interval_ns / 1e9));
	command_add(command, string_format("%s%s", module ? "-m" : "", function));
	add_copy(command, module ? module : planned->task->python);
}

int task_command(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct launcher_fds fds, char ***ret_argv,
	const char **ret_program, struct error *error)
{
	CLEANUP(command_release) struct command command = {.error = error};
	size_t n_launcher;

	add_launcher(&command, experiment, planned->task, paths, fds);
	add_helper(&command, plan, planned->point, "--prepare", planned->task->prepare);
	add_helper(&command, plan, planned->point, "--check", planned->task->check);
	add_helper(&command, plan, planned->point, "--cleanup", planned->task->cleanup);
	add_copy(&command, "--");
	n_launcher = command.n;
	add_wrapper(&command, experiment, planned, image, paths);
	if (planned->task->command) {
		add_all_expanded(&command, plan, planned->point, planned->task->command);
	} else {
		add_harness(&command, experiment, planned, image, paths);
		add_all_expanded(&command, plan, planned->point, planned->task->arguments);
	}
	if (command.result < 0)
		return command.result;
	*ret_program = command.words[n_launcher];
	*ret_argv = TAKE_PTR(command.words);
	return 0;
}

static char **find_variable(const struct command *environment, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < environment->n; i++)
		if (strncmp(environment->words[i], name, length) == 0 &&
			environment->words[i][length] == '=')
			return &environment->words[i];
	return NULL;
}

/*
 * What the experiment sets itself. It can name no variable of ours but those that list folders or libraries (PATH,
 * PYTHONPATH, LD_PRELOAD): its own then come before ours, without which the task would find neither harness nor reporter.
 */
static void add_given(struct command *environment, const struct plan *plan, size_t point,
	const struct variable *variable)
{
	char **ours = find_variable(environment, variable->name);
	CLEANUP(cleanup_free) char *value = NULL;
	char *joined;

	if (environment->result == 0)
		environment->result =
			plan_expand(plan, point, variable->value, &value, environment->error);
	if (environment->result < 0)
		return;
	if (!ours) {
		command_add(environment, string_format("%s=%s", variable->name, value));
		return;
	}
	if (!*value)
		return;
	joined = string_format("%s=%s:%s", variable->name, value, strchr(*ours, '=') + 1);
	if (!joined) {
		environment->result = error_set_errno(
			environment->error, ENOMEM, "cannot make the task's environment");
		return;
	}
	free(*ours);
	*ours = joined;
}

int task_environment(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct task_paths *paths,
	char ***ret_environment, struct error *error)
{
	CLEANUP(command_release) struct command environment = {.error = error};
	const struct backend *backend = planned->backend;

	command_add(&environment, string_format("MEMCG_RUN_CHANNEL=%s", paths->channel));
	command_add(&environment, string_format("PYTHONPATH=%s", paths->python));
	command_add(&environment, string_format("MEMCG_RUN_PHENOMENA=%s", paths->phenomena));
	command_add(&environment, string_format("PATH=" ENVIRONMENT_PATH ":%s", paths->phenomena));
	/* The launcher is static: it passes LD_PRELOAD on and is not affected. */
	if (backend->preload) {
		command_add(&environment,
			string_format("LD_PRELOAD=%s/%s", paths->python, backend->preload));
		command_add(&environment,
			string_format("MEMCG_RUN_INTERVAL_NS=%" PRIu64, experiment->interval_ns));
	}
	/* A wrapping tool has the folder in its prefix instead. */
	if (backend->writes_files)
		command_add(&environment, string_format("MEMCG_RUN_PROFILER=%s", paths->profiler));
	for (size_t i = 0; i < planned->task->n_parameters; i++)
		command_add(&environment,
			string_format("MEMCG_RUN_PARAM_%s=%s", planned->task->parameters[i].name,
				plan_parameter(plan, planned->point, i)->text));
	for (size_t i = 0; i < planned->task->n_environment; i++)
		add_given(&environment, plan, planned->point, &planned->task->environment[i]);
	if (environment.result < 0)
		return environment.result;
	*ret_environment = TAKE_PTR(environment.words);
	return 0;
}
