#include "runner/analysis/parameters.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <jansson.h>
#include <string.h>

static char *append_value(char *label, const char *name, const json_t *value)
{
	CLEANUP(cleanup_free) char *before = label;
	CLEANUP(cleanup_free)
	char *text = json_is_string(value) ? strdup(json_string_value(value))
					   : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	if (!before || !text)
		return NULL;
	return string_format("%s%s%s=%s", before, before[0] ? " " : "", name, text);
}

char *parameters_label(const char *json)
{
	json_t *object = json_loads(json, 0, NULL);
	char *label = string_format("%s", json_is_object(object) ? "" : json);
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		label = append_value(label, name, value);
	}
	json_decref(object);
	if (label)
		text_blank_controls(label);
	return label;
}

static int compare_parameter_values(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b)) {
		double difference = json_number_value(a) - json_number_value(b);

		return (difference > 0.0) - (difference < 0.0);
	}
	if (json_is_string(a) && json_is_string(b))
		return strverscmp(json_string_value(a), json_string_value(b));
	return (int)json_typeof(a) - (int)json_typeof(b);
}

int parameters_compare(const char *a_json, const char *b_json)
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
			order = compare_parameter_values(value, other);
	}
	json_decref(a);
	json_decref(b);
	return order ? order : strcmp(a_json, b_json);
}
