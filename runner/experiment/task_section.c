/* A task, of [task] or [tasks.NAME]: what to run, and whether that is possible. */

#include "runner/experiment/sections.h"
#include "runner/experiment/template.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELPER_WORDS "strings such as [\"./generate\", \"{size}\"]"

/* "package.module" */
static bool is_dotted_name(const char *name)
{
	for (;;) {
		size_t length = strcspn(name, ".");

		if (!template_is_name(name, length))
			return false;
		if (name[length] == '\0')
			return true;
		name += length + 1;
	}
}

static void read_function(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_STRING &&
		template_is_name(toml_string(setting->value), strlen(toml_string(setting->value))))
		setting_string(setting, &setting->loader->task->function);
	else
		setting_expected(setting, "the name of a function of the script");
}

static void read_module(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_STRING &&
		is_dotted_name(toml_string(setting->value)))
		setting_string(setting, &setting->loader->task->module);
	else
		setting_expected(setting, "the name of a module such as \"package.module\"");
}

static void read_interpreter(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_STRING &&
		strchr(toml_string(setting->value), '/'))
		setting_string(setting, &setting->loader->task->interpreter);
	else
		setting_expected(setting, "a path of Python such as \".venv/bin/python\"");
}

static void read_user(const struct setting *setting)
{
	const char *text =
		toml_value_kind(setting->value) == TOML_STRING ? toml_string(setting->value) : "";
	const char *colon = strchr(text, ':');

	if (*text && *text != ':' && (!colon || (colon[1] && !strchr(colon + 1, ':'))))
		setting_string(setting, &setting->loader->task->user);
	else
		setting_expected(setting, "a user such as \"1000:1000\" or \"nobody\"");
}

/* What it is without the key depends on the runtime, and has no name. */
static const char *const working_directories[] = {
	[WORKING_DIRECTORY_AS_IS] = "read-only", [WORKING_DIRECTORY_WRITABLE] = "writable", NULL};

const struct field task_fields[] = {
	TASK_STRING("python", python),
	READ_OWN("module", read_module),
	TASK_STRINGS("command", command, 1, "strings such as [\"./prog\", \"{size}\"]"),
	READ_OWN("function", read_function),
	READ_OWN("interpreter", read_interpreter),
	TASK_STRINGS("arguments", arguments, 0, "strings such as [\"--size\", \"{size}\"]"),
	TASK_STRING("stdin", stdin_file),
	READ_OWN("user", read_user),
	TASK_CHOICE("working_directory", working_directory, working_directories),
	TASK_BOOLEAN("keep_written", keep_written),
	READ_OWN("environment", variables_read),
	TASK_STRINGS("prepare", prepare, 1, HELPER_WORDS),
	TASK_STRINGS("check", check, 1, HELPER_WORDS),
	TASK_STRINGS("cleanup", cleanup, 1, HELPER_WORDS),
	TASK_STRINGS("setup", setup, 1, HELPER_WORDS),
	TASK_STRINGS("teardown", teardown, 1, HELPER_WORDS),
	READ_OWN("parameters", parameters_read),
	{.key = NULL},
};

/* Exactly one of python, module and command, and nothing of Python's beside a command. */
static void check_one_task(struct loader *loader)
{
	static const char *const kinds[] = {"python", "module", "command", NULL};
	static const char *const python_only[] = {"function", "interpreter", "arguments", NULL};
	const char *first = NULL;
	struct setting setting;

	for (size_t i = 0; kinds[i]; i++) {
		if (!setting_find_of_task(loader, kinds[i], &setting))
			continue;
		if (first)
			setting_refuse(&setting,
				"found together with %s.%s; expected one of the two",
				setting.section, first);
		first = first ? first : kinds[i];
	}
	if (!first) {
		const struct toml_value *table = loader->task_table;

		diagnostics_add(loader->diagnostics, table ? toml_value_line(table) : 1,
			table ? toml_value_column(table) : 1,
			"%s: found no task; expected python = \"script.py\", module = "
			"\"package.module\" or command = [\"./prog\"] in [%s]",
			loader->task_section, loader->task_section);
	}
	for (size_t i = 0; first && strcmp(first, "command") == 0 && python_only[i]; i++)
		if (setting_find_of_task(loader, python_only[i], &setting))
			setting_refuse(&setting,
				"found together with %s.command; expected only with %s.python or "
				"%s.module",
				loader->task_section, loader->task_section, loader->task_section);
}

static void check_templates(struct loader *loader, const char *key)
{
	struct setting setting;

	if (!setting_find_of_task(loader, key, &setting))
		return;
	for (size_t i = 0; i < toml_size(setting.value); i++) {
		struct setting word = setting_element(&setting, i);

		if (toml_value_kind(word.value) == TOML_STRING)
			parameters_check_template(&word);
	}
}

/* A file that is not there yet, where task.setup may make it: whether it does, the first trial says. */
static bool may_be_made(const struct setting *setting)
{
	const struct loader *loader = setting->loader;
	const char *given = toml_string(setting->value);
	CLEANUP(cleanup_free) char *path = NULL;

	if (!loader->task->setup || strcmp(setting->key, "setup") == 0)
		return false;
	path = string_format("%s/%s", *given == '/' ? "" : loader->experiment->directory, given);
	return path && access(path, F_OK) < 0;
}

/* The file that starts the task, if visible from the host. */
static void check_file(const struct setting *setting, const char *what, bool executable)
{
	const char *problem = NULL;
	CLEANUP(cleanup_free)
	char *path = container_find_file(setting->loader, toml_string(setting->value), &problem);
	struct stat status;

	if (!path && may_be_made(setting))
		return;
	if (path) {
		if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
			problem = "is not a file";
		else if (executable && !(status.st_mode & 0111))
			problem = "is not executable; chmod +x would make it so";
	}
	if (problem)
		setting_refuse(setting, "found %s, which %s; expected %s",
			quoted(toml_string(setting->value)).text, problem, what);
}

/*
 * A program without '/' is searched in the container's PATH, one with a parameter for each point.
 */
static void check_program(struct loader *loader, const char *key)
{
	struct setting command, word;
	const char *program;

	if (!setting_find_of_task(loader, key, &command))
		return;
	word = setting_element(&command, 0);
	program = toml_string(word.value);
	if (*program == '\0')
		setting_expected(&word, "a program");
	else if (strchr(program, '/') && !strpbrk(program, "{}"))
		check_file(&word, "a program", true);
}

/* Wherever it is on the host: it is mounted by itself. One with a parameter is looked up at each trial. */
static void check_stdin(struct loader *loader)
{
	const char *given = loader->task->stdin_file;
	CLEANUP(cleanup_free) char *path = NULL;
	struct setting setting;
	struct stat status;

	if (!given || !setting_find_of_task(loader, "stdin", &setting))
		return;
	parameters_check_template(&setting);
	if (strpbrk(given, "{}"))
		return;
	path = *given == '/' ? loader_copy(loader, given)
			     : string_format("%s/%s", loader->experiment->directory, given);
	if (!path)
		loader->out_of_memory = true;
	else if (!may_be_made(&setting) && (stat(path, &status) < 0 || !S_ISREG(status.st_mode)))
		setting_expected(&setting, "a file that the task reads, and there is no such file");
}

/* "/srv/.venv" of "/srv/.venv/bin". NULL on ENOMEM, which the loader reports. */
static char *copy_parent(struct loader *loader, const char *path)
{
	char *parent = loader_copy(loader, path);

	if (parent)
		*strrchr(parent, '/') = '\0';
	return parent;
}

/*
 * The interpreter, absolute, and where it stands on the host: its folder too has to be seen, and not only what a
 * virtual environment's link leads to.
 */
static void complete_interpreter(struct loader *loader)
{
	struct task *task = loader->task;
	const char *given = task->interpreter;
	const char *problem = NULL;
	CLEANUP(cleanup_free) char *folder = NULL;
	CLEANUP(cleanup_free) char *host_folder = NULL;
	struct setting setting;
	char *whole;

	if (!given || !setting_find_of_task(loader, "interpreter", &setting))
		return;
	folder = loader_copy(loader, given);
	if (!folder)
		return;
	strrchr(folder, '/')[1] = '\0';
	host_folder = container_find_file(loader, folder, &problem);
	if (problem) {
		setting_refuse(&setting, "found %s, whose folder %s; expected a path of Python",
			quoted(given).text, problem);
		return;
	}
	check_file(&setting, "a path of Python", true);
	if (host_folder && strrchr(host_folder, '/') > host_folder)
		task->interpreter_prefix = copy_parent(loader, host_folder);
	if (*given == '/')
		return;
	whole = string_format("%s/%s", loader->experiment->directory, given);
	if (whole) {
		free(task->interpreter);
		task->interpreter = whole;
	} else {
		loader->out_of_memory = true;
	}
}

/* An overlay shows nothing that is mounted below it. */
static void check_working_directory(struct loader *loader)
{
	const struct experiment *experiment = loader->experiment;
	struct setting setting;

	if (loader->task->keep_written &&
		loader->task->working_directory != WORKING_DIRECTORY_WRITABLE &&
		setting_find_of_task(loader, "keep_written", &setting))
		setting_refuse(&setting, "found true, but nothing can be written; expected it with "
					 "working_directory = \"writable\"");
	if (!setting_find_of_task(loader, "working_directory", &setting))
		return;
	if (loader->task->working_directory == WORKING_DIRECTORY_AS_IS &&
		experiment->container.runtime == RUNTIME_NONE)
		setting_refuse(&setting, "found \"read-only\" with container.runtime = \"none\", "
					 "where the folder is "
					 "the host's own; expected \"writable\", or a container");
	if (loader->task->working_directory != WORKING_DIRECTORY_WRITABLE)
		return;
	for (size_t i = 0; i < experiment->container.n_mounts; i++)
		if (path_is_below(
			    experiment->container.mounts[i].destination, experiment->directory))
			setting_refuse(&setting,
				"found with container.mounts at %s, which it would hide; expected "
				"a destination outside the experiment's folder",
				experiment->container.mounts[i].destination);
}

void task_read(struct loader *loader)
{
	struct setting setting;

	for (const struct field *field = task_fields; field->key; field++)
		if (setting_find_of_task(loader, field->key, &setting))
			setting_read(&setting, field, loader->task);
}

void task_complete(struct loader *loader)
{
	struct task *task = loader->task;
	struct setting python;

	check_one_task(loader);
	check_templates(loader, "command");
	check_templates(loader, "arguments");
	check_templates(loader, "prepare");
	check_templates(loader, "check");
	check_templates(loader, "cleanup");
	check_templates(loader, "setup");
	check_templates(loader, "teardown");
	variables_complete(loader);
	if (task->python && setting_find_of_task(loader, "python", &python))
		check_file(&python, "a Python script", false);
	if (task->command)
		check_program(loader, "command");
	if (task->prepare)
		check_program(loader, "prepare");
	if (task->check)
		check_program(loader, "check");
	if (task->cleanup)
		check_program(loader, "cleanup");
	if (task->setup)
		check_program(loader, "setup");
	if (task->teardown)
		check_program(loader, "teardown");
	complete_interpreter(loader);
	check_working_directory(loader);
	check_stdin(loader);
	if (!task->arguments)
		task->arguments = calloc(1, sizeof(*task->arguments));
	if (!task->arguments)
		loader->out_of_memory = true;
}
