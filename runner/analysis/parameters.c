#include "runner/analysis/parameters.h"

#include "runner/experiment/toml.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <string.h>

/* A number as it was written; jansson writes 0.1 as 0.10000000000000001. */
static char *value_json(const json_t *value)
{
	if (json_is_real(value))
		return strdup(format_double(json_real_value(value)).text);
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

char *parameters_label(const char *json)
{
	json_t *object = json_loads(json, 0, NULL);
	char *label = string_format("%s", json_is_object(object) ? "" : json);
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		CLEANUP(cleanup_free)
		char *text = json_is_string(value) ? strdup(json_string_value(value))
						   : value_json(value);

		if (!text)
			free(TAKE_PTR(label));
		label = string_append(label, " ", "%s=%s", name, text ? text : "");
	}
	json_decref(object);
	if (label)
		text_blank_controls(label);
	return label;
}

char *parameters_json(const json_t *object)
{
	CLEANUP(cleanup_free) char *members = strdup("");
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)object, name, value)
	{
		CLEANUP(cleanup_free) char *shown = value_json(value);

		if (!shown)
			free(TAKE_PTR(members));
		members = string_append(members, ",", "\"%s\":%s", name, shown ? shown : "");
	}
	return members ? string_format("{%s}", members) : NULL;
}

/* For one sweep: {"slow": 0, "fast": 1}. */
static json_t *places_of(const struct toml_value *sweep)
{
	json_t *places = json_object();

	for (size_t i = 0; i < toml_size(sweep); i++) {
		const struct toml_value *value = toml_at(sweep, i);

		if (toml_value_kind(value) == TOML_STRING)
			json_object_set_new(
				places, toml_string(value), json_integer((json_int_t)i));
	}
	return places;
}

/* NULL if the text is no TOML. */
static struct toml_document *parse_experiment(const char *experiment)
{
	struct toml_document *document = NULL;
	struct toml_error ignored;

	return toml_parse(experiment, strlen(experiment), &document, &ignored) == 0 ? document
										    : NULL;
}

/* The sweeps of a task's table; those that another has too are where they stand first. */
static void add_places(json_t *places, const struct toml_value *task)
{
	const struct toml_value *table = task ? toml_get(task, "parameters") : NULL;

	for (size_t i = 0; table && i < toml_size(table); i++)
		if (toml_value_kind(toml_at(table, i)) == TOML_ARRAY &&
			!json_object_get(places, toml_key_at(table, i)))
			json_object_set_new(
				places, toml_key_at(table, i), places_of(toml_at(table, i)));
}

json_t *parameters_places(const char *experiment)
{
	struct toml_document *document = parse_experiment(experiment);
	const struct toml_value *tasks = document ? toml_get(toml_root(document), "tasks") : NULL;
	json_t *places = json_object();

	if (document)
		add_places(places, toml_get(toml_root(document), "task"));
	for (size_t i = 0; tasks && i < toml_size(tasks); i++)
		add_places(places, toml_at(tasks, i));
	toml_free(document);
	return places;
}

json_t *parameters_task_places(const char *experiment)
{
	struct toml_document *document = parse_experiment(experiment);
	const struct toml_value *tasks = document ? toml_get(toml_root(document), "tasks") : NULL;
	json_t *places = json_object();

	for (size_t i = 0; tasks && i < toml_size(tasks); i++)
		json_object_set_new(places, toml_key_at(tasks, i), json_integer((json_int_t)i));
	toml_free(document);
	return places;
}

static int compare_parameter_texts(const char *a, const char *b, const json_t *places)
{
	const json_t *a_place = json_object_get(places, a);
	const json_t *b_place = json_object_get(places, b);

	if (a_place && b_place)
		return (int)(json_integer_value(a_place) - json_integer_value(b_place));
	return strverscmp(a, b);
}

static int compare_parameter_values(const json_t *a, const json_t *b, const json_t *places)
{
	if (json_is_number(a) && json_is_number(b)) {
		double difference = json_number_value(a) - json_number_value(b);

		return (difference > 0.0) - (difference < 0.0);
	}
	if (json_is_string(a) && json_is_string(b))
		return compare_parameter_texts(json_string_value(a), json_string_value(b), places);
	return (int)json_typeof(a) - (int)json_typeof(b);
}

int parameters_compare(const char *a_json, const char *b_json, const json_t *places)
{
	json_t *a = json_loads(a_json, 0, NULL);
	json_t *b = json_loads(b_json, 0, NULL);
	int order = 0;
	const char *name;
	json_t *value;

	json_object_foreach(a, name, value)
	{
		const json_t *other = json_object_get(b, name);

		if (order == 0 && other)
			order = compare_parameter_values(
				value, other, json_object_get(places, name));
	}
	json_decref(a);
	json_decref(b);
	return order ? order : strcmp(a_json, b_json);
}
