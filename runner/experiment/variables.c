/* [task.environment]: variables that the task finds in its environment, with parameters in their values. */

#include "runner/experiment/sections.h"

#include <stdlib.h>
#include <string.h>

/* As many as nobody writes by hand; the kernel takes no more than its stack has room for (execve(2)). */
#define VARIABLES_MAX 1000

/* How the task finds memcg-run: the channel, its parameters. */
#define OWN_PREFIX "MEMCG_RUN_"

struct environment_section {
	char text[SECTION_SIZE + sizeof(".environment")];
};

/* "task.environment", as messages have it. */
static struct environment_section environment_section_of(const struct setting *table)
{
	struct environment_section section;

	snprintf(section.text, sizeof(section.text), "%s.environment", table->section);
	return section;
}

static bool variable_name_fits(const struct setting *setting, size_t index)
{
	const char *name = toml_key_at(setting->value, index);
	const char *problem = NULL;

	if (*name == '\0' || strchr(name, '='))
		problem = "a name that is not empty and without '='";
	else if (strncmp(name, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
		problem = "another name, because memcg-run itself sets those that begin "
			  "with " OWN_PREFIX;
	if (problem)
		diagnostics_add(setting->loader->diagnostics, toml_key_line(setting->value, index),
			toml_key_column(setting->value, index),
			"%s: found the name %s; expected %s", environment_section_of(setting).text,
			quoted(name).text, problem);
	return !problem;
}

static void read_variable(const struct setting *table, size_t index, struct variable *ret_variable)
{
	const char *name = toml_key_at(table->value, index);
	const struct environment_section section = environment_section_of(table);
	const struct setting setting = {
		table->loader, section.text, name, toml_at(table->value, index)};

	if (!variable_name_fits(table, index))
		return;
	if (toml_value_kind(setting.value) != TOML_STRING) {
		setting_expected(&setting, "a string such as \"4\" or \"{size}\"");
		return;
	}
	ret_variable->name = loader_copy(table->loader, name);
	ret_variable->value = loader_copy(table->loader, toml_string(setting.value));
}

void variables_read(const struct setting *setting)
{
	struct task *task = setting->loader->task;
	size_t n = toml_size(setting->value);

	if (toml_value_kind(setting->value) != TOML_TABLE) {
		setting_expected(setting, "a table such as { OMP_NUM_THREADS = \"4\" }");
		return;
	}
	if (n > VARIABLES_MAX) {
		setting_refuse(
			setting, "found %zu variables; expected at most %d", n, VARIABLES_MAX);
		return;
	}
	task->environment = calloc(n + 1, sizeof(*task->environment));
	if (!task->environment) {
		setting->loader->out_of_memory = true;
		return;
	}
	task->n_environment = n;
	for (size_t i = 0; i < n; i++)
		read_variable(setting, i, &task->environment[i]);
}

void variables_complete(struct loader *loader)
{
	struct environment_section section;
	struct setting table;

	if (!setting_find_of_task(loader, "environment", &table) ||
		toml_value_kind(table.value) != TOML_TABLE)
		return;
	section = environment_section_of(&table);
	for (size_t i = 0; i < toml_size(table.value); i++) {
		const struct setting value = {
			loader, section.text, toml_key_at(table.value, i), toml_at(table.value, i)};

		if (toml_value_kind(value.value) == TOML_STRING)
			parameters_check_template(&value);
	}
}

void variables_free(struct variable *variables, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(variables[i].name);
		free(variables[i].value);
	}
	free(variables);
}
