/* [task.parameters]: a scalar is one value, an array is a sweep. */

#include "runner/experiment/sections.h"
#include "runner/experiment/suggestion.h"
#include "runner/experiment/template.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <string.h>

/*
 * Each has its own sweep; a task's command line has no room for more that a person could
 * distinguish.
 */
#define PARAMETERS_MAX 100

/* Reports an invalid value and returns false. */
static bool read_value(const struct setting *setting, struct parameter_value *ret_value)
{
	switch (toml_value_kind(setting->value)) {
	case TOML_INTEGER:
		ret_value->kind = PARAMETER_INTEGER;
		ret_value->text = string_format("%" PRId64, toml_integer(setting->value));
		break;
	case TOML_FLOAT:
		if (!isfinite(toml_float(setting->value))) {
			setting_expected(setting, "a finite number");
			return false;
		}
		ret_value->kind = PARAMETER_FLOAT;
		ret_value->text = strdup(format_double(toml_float(setting->value)).text);
		break;
	case TOML_STRING:
		ret_value->kind = PARAMETER_STRING;
		ret_value->text = strdup(toml_string(setting->value));
		break;
	case TOML_BOOLEAN:
		ret_value->kind = PARAMETER_BOOLEAN;
		ret_value->text = strdup(toml_boolean(setting->value) ? "true" : "false");
		break;
	case TOML_TABLE:
	case TOML_ARRAY:
	case TOML_DATETIME:
		setting_expected(setting,
			"an integer, a float, a string or a boolean, or an array of one of them");
		return false;
	}
	if (!ret_value->text)
		setting->loader->out_of_memory = true;
	return ret_value->text != NULL;
}

static const char *kind_name(enum parameter_kind kind)
{
	static const char *const names[] = {[PARAMETER_INTEGER] = "an integer",
		[PARAMETER_FLOAT] = "a float",
		[PARAMETER_STRING] = "a string",
		[PARAMETER_BOOLEAN] = "a boolean"};

	return names[kind];
}

/* The parameter owns the strings. */
static void keep_parameter_text(void *text)
{
	(void)text;
}

static void release_seen(void **seen)
{
	tdestroy(*seen, keep_parameter_text);
}

/*
 * The values of a sweep have one kind and are distinct, so that points can be distinguished. `seen`
 * is a tree of the earlier values, since a sweep may have some hundred thousand.
 */
static bool value_fits(const struct setting *element, const struct parameter *parameter,
	const struct parameter_value *value, void **seen)
{
	char **known;

	if (parameter->n_values > 0 && parameter->values[0].kind != value->kind) {
		setting_expected(element, "%s, like the sweep's first value",
			kind_name(parameter->values[0].kind));
		return false;
	}
	known = tsearch(value->text, seen, string_compare);
	if (!known)
		element->loader->out_of_memory = true;
	else if (*known != value->text)
		setting_expected(element, "each value of a sweep once");
	return known && *known == value->text;
}

static void read_values(const struct setting *setting, struct parameter *parameter)
{
	CLEANUP(release_seen) void *seen = NULL;
	bool sweep = toml_value_kind(setting->value) == TOML_ARRAY;
	size_t n = sweep ? toml_size(setting->value) : 1;

	if (n == 0) {
		setting_expected(setting, "a value, or an array of at least one");
		return;
	}
	parameter->values = calloc(n, sizeof(*parameter->values));
	if (!parameter->values) {
		setting->loader->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct setting element = sweep ? setting_element(setting, i) : *setting;
		struct parameter_value value = {.text = NULL};

		if (!read_value(&element, &value))
			continue;
		if (value_fits(&element, parameter, &value, &seen))
			parameter->values[parameter->n_values++] = value;
		else
			free(value.text);
	}
}

void parameters_read(const struct setting *setting)
{
	struct task *task = setting->loader->task;
	size_t n = toml_size(setting->value);
	char section[SECTION_SIZE + sizeof(".parameters")];

	if (toml_value_kind(setting->value) != TOML_TABLE) {
		setting_expected(setting, "a table");
		return;
	}
	if (n > PARAMETERS_MAX) {
		setting_refuse(
			setting, "found %zu parameters; expected at most %d", n, PARAMETERS_MAX);
		return;
	}
	task->parameters = calloc(n + 1, sizeof(*task->parameters));
	if (!task->parameters) {
		setting->loader->out_of_memory = true;
		return;
	}
	snprintf(section, sizeof(section), "%s.parameters", setting->section);
	for (size_t i = 0; i < n; i++) {
		const char *key = toml_key_at(setting->value, i);
		struct parameter *parameter = &task->parameters[i];
		struct setting value = {setting->loader, section, key, toml_at(setting->value, i)};

		parameter->name = loader_copy(setting->loader, key);
		if (!parameter->name)
			return;
		task->n_parameters++;
		if (!template_is_name(key, strlen(key)))
			diagnostics_add(setting->loader->diagnostics,
				toml_key_line(setting->value, i),
				toml_key_column(setting->value, i),
				"%s: found the name %s; expected letters, digits and "
				"'_', with no digit first",
				section, quoted(key).text);
		read_values(&value, parameter);
	}
}

static bool has_parameter(const struct task *task, const char *name, size_t length)
{
	for (size_t i = 0; i < task->n_parameters; i++) {
		const char *parameter = task->parameters[i].name;

		if (strlen(parameter) == length && memcmp(parameter, name, length) == 0)
			return true;
	}
	return false;
}

static void refuse_unknown_parameter(const struct setting *word, const struct template_piece *piece)
{
	const struct task *task = word->loader->task;
	CLEANUP(cleanup_free) char *name = strndup(piece->start, piece->length);
	const char **names = calloc(task->n_parameters + 1, sizeof(*names));
	const char *suggestion = NULL;

	if (!name || !names) {
		word->loader->out_of_memory = true;
	} else {
		for (size_t i = 0; i < task->n_parameters; i++)
			names[i] = task->parameters[i].name;
		suggestion = suggestion_find(name, names);
		if (suggestion)
			setting_expected(word,
				"a parameter in braces, and there is no "
				"%s; did you mean \"%s\"?",
				quoted(name).text, suggestion);
		else
			setting_expected(word, "a parameter in braces, and there is no %s",
				quoted(name).text);
	}
	free(names);
}

void parameters_check_template(const struct setting *word)
{
	const char *cursor = toml_string(word->value);
	struct template_piece piece;
	struct error error = ERROR_INIT;

	for (;;) {
		if (template_next(&cursor, &piece, &error) < 0) {
			setting_refuse(word, "found %s: %s", quoted(toml_string(word->value)).text,
				error.text);
			return;
		}
		if (piece.kind == TEMPLATE_END)
			return;
		if (piece.kind == TEMPLATE_NAME &&
			!has_parameter(word->loader->task, piece.start, piece.length))
			refuse_unknown_parameter(word, &piece);
	}
}

void parameters_free(struct parameter *parameters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < parameters[i].n_values; j++)
			free(parameters[i].values[j].text);
		free(parameters[i].values);
		free(parameters[i].name);
	}
	free(parameters);
}
