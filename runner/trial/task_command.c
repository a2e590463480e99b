#include "runner/trial/task_command.h"

#include "runner/container/environment.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

/* Limit of a backend tool's command prefix. */
#define MAX_WRAP_WORDS 32

struct string_list {
	char **strings; /* NULL-terminated after the first addition */
	size_t n;
};

static void string_list_release(struct string_list *list)
{
	string_list_free(list->strings);
}

/* Takes ownership of the string; NULL is a failed allocation of the caller's. */
static int command_add(struct string_list *list, char *string, struct error *error)
{
	char **grown = string ? realloc(list->strings, (list->n + 2) * sizeof(char *)) : NULL;

	if (!grown) {
		free(string);
		return error_set_errno(error, ENOMEM, "cannot make the task's command");
	}
	list->strings = grown;
	list->strings[list->n++] = string;
	list->strings[list->n] = NULL;
	return 0;
}

static int add_copy(struct string_list *list, const char *string, struct error *error)
{
	return command_add(list, strdup(string), error);
}

static int add_expanded(struct string_list *list, const struct plan *plan, size_t point,
	const char *template, struct error *error)
{
	char *text;
	int r = plan_expand(plan, point, template, &text, error);

	return r < 0 ? r : command_add(list, text, error);
}

static int add_all_expanded(struct string_list *list, const struct plan *plan, size_t point,
	char *const *templates, struct error *error)
{
	int r = 0;

	for (size_t i = 0; templates && templates[i] && r == 0; i++)
		r = add_expanded(list, plan, point, templates[i], error);
	return r;
}

static int add_fd(struct string_list *list, const char *option, int fd, struct error *error)
{
	int r;

	if (fd < 0)
		return 0;
	r = add_copy(list, option, error);
	return r == 0 ? command_add(list, string_format("%d", fd), error) : r;
}

static int add_host(struct string_list *list, const struct task_paths *paths, struct error *error)
{
	int r;

	if (!paths->leaf)
		return 0;
	r = add_copy(list, "--host", error);
	if (r == 0)
		r = add_copy(list, paths->leaf, error);
	return r == 0 ? add_copy(list, paths->leaf_place, error) : r;
}

/* NULL adds nothing. */
static int add_option(
	struct string_list *list, const char *option, const char *value, struct error *error)
{
	int r;

	if (!value)
		return 0;
	r = add_copy(list, option, error);
	return r == 0 ? add_copy(list, value, error) : r;
}

static int add_folder(struct string_list *list, const struct task_paths *paths, struct error *error)
{
	int r;

	if (!paths->profiler_identity)
		return 0;
	r = add_copy(list, "--folder", error);
	if (r == 0)
		r = add_copy(list,
			paths->profiler_source ? paths->profiler_source : paths->profiler, error);
	if (r == 0)
		r = add_copy(list, paths->profiler_identity, error);
	if (r < 0 || !paths->profiler_source)
		return r;
	r = add_copy(list, "--folder-place", error);
	return r == 0 ? add_copy(list, paths->profiler, error) : r;
}

/* OPTION COUNT WORD...: their words may be any, "--" too. */
static int add_helper(struct string_list *list, const struct plan *plan, size_t point,
	const char *option, char *const *words, struct error *error)
{
	int r;

	if (!words)
		return 0;
	r = add_copy(list, option, error);
	if (r == 0)
		r = command_add(list,
			string_format("%zu", string_list_length((const char *const *)words)),
			error);
	return r == 0 ? add_all_expanded(list, plan, point, words, error) : r;
}

static int add_launcher(struct string_list *list, const struct task_paths *paths,
	struct launcher_fds fds, struct error *error)
{
	int r = add_copy(list, paths->launcher, error);

	if (r == 0)
		r = add_host(list, paths, error);
	if (r == 0)
		r = add_option(list, "--channel-folder", paths->channel_folder, error);
	if (r == 0)
		r = add_folder(list, paths, error);
	if (r == 0)
		r = add_option(list, "--cpus", paths->cpus, error);
	if (r == 0)
		r = add_option(list, "--user", paths->user, error);
	if (r == 0)
		r = add_option(list, "--stdin", paths->stdin_file, error);
	if (r == 0)
		r = add_fd(list, "--leaf-fd", fds.leaf_fd, error);
	if (r == 0)
		r = add_fd(list, "--tasks-fd", fds.tasks_fd, error);
	if (r == 0)
		r = add_fd(list, "--filter-fd", fds.filter_fd, error);
	return r;
}

static const char *task_interpreter(const struct task *task, const struct image *image)
{
	return task->interpreter ? task->interpreter : image->interpreter;
}

/* A tool that is beside the task is the image's; one that runs the script itself does so in the task's interpreter. */
static int add_wrapper(struct string_list *list, const struct experiment *experiment,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct error *error)
{
	const struct backend *backend = planned->backend;
	const struct backend_task task = {
		.interval_s = (double)experiment->interval_ns / 1e9,
		.profiler_directory = paths->profiler,
		.interpreter = backend->wraps_script ? task_interpreter(planned->task, image)
						     : image->interpreter,
	};
	char *words[MAX_WRAP_WORDS] = {NULL};
	int r;

	if (!backend->wrap)
		return 0;
	r = backend->wrap(&task, words, MAX_WRAP_WORDS, error);
	for (size_t i = 0; i < MAX_WRAP_WORDS && words[i]; i++) {
		if (r == 0)
			r = command_add(list, words[i], error);
		else
			free(words[i]);
	}
	return r;
}

/* The harness takes a name or a path; for an external backend it has no reporter. */
static const char *reporter_word(const struct backend *backend, const struct task_paths *paths)
{
	if (backend_is_outside(backend))
		return "none";
	return backend->reporter ? paths->reporter : backend->name;
}

/* harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...] */
static int add_harness(struct string_list *list, const struct experiment *experiment,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct error *error)
{
	const char *module = planned->task->module;
	const char *function = planned->task->function ? planned->task->function
			       : module		       ? ""
						       : "-";
	int r = 0;

	if (!planned->backend->wraps_script)
		r = add_copy(list, task_interpreter(planned->task, image), error);
	if (r == 0)
		r = command_add(list, string_format("%s/harness.py", paths->python), error);
	if (r == 0)
		r = add_copy(list, reporter_word(planned->backend, paths), error);
	if (r == 0)
		r = command_add(
			list, string_format("%.6f", (double)experiment->interval_ns / 1e9), error);
	if (r == 0)
		r = command_add(list, string_format("%s%s", module ? "-m" : "", function), error);
	return r == 0 ? add_copy(list, module ? module : planned->task->python, error) : r;
}

int task_command(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct image *image,
	const struct task_paths *paths, struct launcher_fds fds, char ***ret_argv,
	const char **ret_program, struct error *error)
{
	CLEANUP(string_list_release) struct string_list list = {NULL, 0};
	size_t n_launcher;
	int r = add_launcher(&list, paths, fds, error);

	if (r == 0)
		r = add_helper(
			&list, plan, planned->point, "--prepare", planned->task->prepare, error);
	if (r == 0)
		r = add_helper(
			&list, plan, planned->point, "--cleanup", planned->task->cleanup, error);
	if (r == 0)
		r = add_copy(&list, "--", error);
	n_launcher = list.n;
	if (r == 0)
		r = add_wrapper(&list, experiment, planned, image, paths, error);
	if (r < 0)
		return r;
	if (planned->task->command) {
		r = add_all_expanded(&list, plan, planned->point, planned->task->command, error);
	} else {
		r = add_harness(&list, experiment, planned, image, paths, error);
		if (r == 0)
			r = add_all_expanded(
				&list, plan, planned->point, planned->task->arguments, error);
	}
	if (r < 0)
		return r;
	*ret_program = list.strings[n_launcher];
	*ret_argv = TAKE_PTR(list.strings);
	return 0;
}

/* The launcher is static: it passes LD_PRELOAD on and is not affected. */
static int add_preload(struct string_list *list, const struct experiment *experiment,
	const struct backend *backend, const struct task_paths *paths, struct error *error)
{
	int r;

	if (!backend->preload)
		return 0;
	r = command_add(
		list, string_format("LD_PRELOAD=%s/%s", paths->python, backend->preload), error);
	return r == 0 ? command_add(list,
				string_format(
					"MEMCG_RUN_INTERVAL_NS=%" PRIu64, experiment->interval_ns),
				error)
		      : r;
}

/* A wrapping tool has the folder in its prefix instead. */
static int add_profiler(struct string_list *list, const struct backend *backend,
	const struct task_paths *paths, struct error *error)
{
	if (!backend->writes_files)
		return 0;
	return command_add(list, string_format("MEMCG_RUN_PROFILER=%s", paths->profiler), error);
}

static char **find_variable(const struct string_list *list, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->strings[i], name, length) == 0 && list->strings[i][length] == '=')
			return &list->strings[i];
	return NULL;
}

/*
 * What the experiment sets itself. It can name no variable of ours but those that list folders or libraries (PATH,
 * PYTHONPATH, LD_PRELOAD): its own then come before ours, without which the task would find neither harness nor reporter.
 */
static int add_given(struct string_list *list, const struct plan *plan, size_t point,
	const struct variable *variable, struct error *error)
{
	char **ours = find_variable(list, variable->name);
	CLEANUP(cleanup_free) char *value = NULL;
	char *joined;
	int r = plan_expand(plan, point, variable->value, &value, error);

	if (r < 0)
		return r;
	if (!ours)
		return command_add(list, string_format("%s=%s", variable->name, value), error);
	if (!*value)
		return 0;
	joined = string_format("%s=%s:%s", variable->name, value, strchr(*ours, '=') + 1);
	if (!joined)
		return error_set_errno(error, ENOMEM, "cannot make the task's environment");
	free(*ours);
	*ours = joined;
	return 0;
}

int task_environment(const struct experiment *experiment, const struct plan *plan,
	const struct planned_trial *planned, const struct task_paths *paths,
	char ***ret_environment, struct error *error)
{
	CLEANUP(string_list_release) struct string_list list = {NULL, 0};
	int r = command_add(&list, string_format("MEMCG_RUN_CHANNEL=%s", paths->channel), error);

	if (r == 0)
		r = command_add(&list, string_format("PYTHONPATH=%s", paths->python), error);
	if (r == 0)
		r = command_add(
			&list, string_format("MEMCG_RUN_PHENOMENA=%s", paths->phenomena), error);
	if (r == 0)
		r = command_add(&list,
			string_format("PATH=" ENVIRONMENT_PATH ":%s", paths->phenomena), error);
	if (r == 0)
		r = add_preload(&list, experiment, planned->backend, paths, error);
	if (r == 0)
		r = add_profiler(&list, planned->backend, paths, error);
	for (size_t i = 0; i < planned->task->n_parameters && r == 0; i++)
		r = command_add(&list,
			string_format("MEMCG_RUN_PARAM_%s=%s", planned->task->parameters[i].name,
				plan_parameter(plan, planned->point, i)->text),
			error);
	for (size_t i = 0; i < planned->task->n_environment && r == 0; i++)
		r = add_given(&list, plan, planned->point, &planned->task->environment[i], error);
	if (r < 0)
		return r;
	*ret_environment = TAKE_PTR(list.strings);
	return 0;
}
