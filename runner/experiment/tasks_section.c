/* The tasks of an experiment: the one of [task], or those of [tasks.NAME]. */

#include "runner/experiment/sections.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

/* A table or picture has no room for more. */
#define TASKS_MAX 100

/* The loader's task, from here on. */
static void enter_task(struct loader *loader, struct task *task, const char *section,
	const struct toml_value *table)
{
	loader->task = task;
	loader->task_table = table;
	snprintf(loader->task_section, sizeof(loader->task_section), "%s%s%s", section,
		task->name ? "." : "", task->name ? task->name : "");
}

static bool task_entry_fits(const struct setting *tasks, size_t index)
{
	const char *name = toml_key_at(tasks->value, index);
	const struct setting entry = {tasks->loader, "tasks", name, toml_at(tasks->value, index)};

	if (!name_is_allowed(name)) {
		diagnostics_add(tasks->loader->diagnostics, toml_key_line(tasks->value, index),
			toml_key_column(tasks->value, index),
			"tasks: found the name %s; expected 1 to %d letters, digits, '-', '_' and "
			"'.'",
			quoted(name).text, NAME_MAX_LENGTH);
		return false;
	}
	if (toml_value_kind(entry.value) == TOML_TABLE)
		return true;
	setting_expected(
		&entry, "a table: [tasks.%s]; what all tasks have belongs in [task]", name);
	return false;
}

static void read_named_tasks(const struct setting *tasks)
{
	struct loader *loader = tasks->loader;
	struct experiment *experiment = loader->experiment;
	const size_t n = toml_size(tasks->value);

	if (toml_value_kind(tasks->value) != TOML_TABLE || n == 0) {
		setting_expected(tasks, "a table for each task, such as [tasks.before]");
		return;
	}
	if (n > TASKS_MAX) {
		setting_refuse(tasks, "found %zu tasks; expected at most %d", n, TASKS_MAX);
		return;
	}
	experiment->tasks = calloc(n, sizeof(*experiment->tasks));
	if (!experiment->tasks) {
		loader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct task *task = &experiment->tasks[experiment->n_tasks];

		if (!task_entry_fits(tasks, i))
			continue;
		task->name = loader_copy(loader, toml_key_at(tasks->value, i));
		if (!task->name)
			return;
		experiment->n_tasks++;
		enter_task(loader, task, "tasks", toml_at(tasks->value, i));
		task_read(loader);
	}
}

void tasks_read(struct loader *loader)
{
	struct experiment *experiment = loader->experiment;
	struct setting tasks;

	if (setting_find(loader, NULL, "tasks", &tasks)) {
		read_named_tasks(&tasks);
		return;
	}
	experiment->tasks = calloc(1, sizeof(*experiment->tasks));
	if (!experiment->tasks) {
		loader->out_of_memory = true;
		return;
	}
	experiment->n_tasks = 1;
	enter_task(loader, experiment->tasks, "task", toml_get(loader->root, "task"));
	task_read(loader);
}

void tasks_complete(struct loader *loader)
{
	const struct toml_value *named = toml_get(loader->root, "tasks");

	for (size_t i = 0; i < loader->experiment->n_tasks; i++) {
		struct task *task = &loader->experiment->tasks[i];

		enter_task(loader, task, task->name ? "tasks" : "task",
			task->name ? toml_get(named, task->name) : toml_get(loader->root, "task"));
		task_complete(loader);
	}
}

static void task_release(struct task *task)
{
	parameters_free(task->parameters, task->n_parameters);
	variables_free(task->environment, task->n_environment);
	string_list_free(task->arguments);
	string_list_free(task->command);
	free(task->function);
	free(task->interpreter);
	free(task->interpreter_prefix);
	free(task->module);
	string_list_free(task->prepare);
	string_list_free(task->check);
	string_list_free(task->cleanup);
	string_list_free(task->setup);
	string_list_free(task->teardown);
	free(task->stdin_file);
	free(task->user);
	free(task->python);
	free(task->name);
}

void tasks_free(struct task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		task_release(&tasks[i]);
	free(tasks);
}
