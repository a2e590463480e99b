#include "runner/experiment/setting.h"

#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"
#include "util/parse.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define NAME_SIZE 256

/* For data read by the thread that watches the task: one read of memory.stat takes 7 us or more. */
#define RATE_MIN_HZ 0.001
#define RATE_MAX_HZ 100
/* 31 years. */
#define SECONDS_MAX 1e9

struct name {
	char text[NAME_SIZE];
};

static struct name name_of(const struct setting *setting)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%s%s%s", setting->section ? setting->section : "",
		setting->section ? "." : "", setting->key);
	return name;
}

bool setting_find(
	struct loader *loader, const char *section, const char *key, struct setting *ret_setting)
{
	const struct toml_value *table = loader->root;
	const struct toml_value *value;

	if (section)
		table = toml_get(table, section);
	if (!table || toml_value_kind(table) != TOML_TABLE)
		return false;
	value = toml_get(table, key);
	if (!value)
		return false;
	*ret_setting = (struct setting){loader, section, key, value};
	return true;
}

static bool is_task_kind(const char *key)
{
	return strcmp(key, "python") == 0 || strcmp(key, "module") == 0 ||
	       strcmp(key, "command") == 0;
}

bool setting_find_of_task(struct loader *loader, const char *key, struct setting *ret_setting)
{
	const struct toml_value *own = loader->task_table;
	const struct toml_value *value = own ? toml_get(own, key) : NULL;

	if (value) {
		*ret_setting = (struct setting){loader, loader->task_section, key, value};
		return true;
	}
	for (size_t i = 0; own && is_task_kind(key) && i < toml_size(own); i++)
		if (is_task_kind(toml_key_at(own, i)))
			return false;
	return setting_find(loader, "task", key, ret_setting);
}

struct setting setting_element(const struct setting *setting, size_t index)
{
	struct setting element = *setting;

	element.value = toml_at(setting->value, index);
	return element;
}

void setting_refuse(const struct setting *setting, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = string_vformat(format, arguments);
	va_end(arguments);
	if (text)
		diagnostics_add(setting->loader->diagnostics, toml_value_line(setting->value),
			toml_value_column(setting->value), "%s: %s", name_of(setting).text, text);
	else
		setting->loader->out_of_memory = true;
}

/* The value for a message: verbatim if it is short, else its kind. */
static struct quoted quoted_value(const struct toml_value *value)
{
	struct quoted result = {{0}};

	switch (toml_value_kind(value)) {
	case TOML_STRING:
		return quoted(toml_string(value));
	case TOML_INTEGER:
		snprintf(result.text, sizeof(result.text), "%" PRId64, toml_integer(value));
		break;
	case TOML_FLOAT:
		if (isfinite(toml_float(value)))
			snprintf(result.text, sizeof(result.text), "%s",
				format_double(toml_float(value)).text);
		else
			snprintf(result.text, sizeof(result.text), "%g", toml_float(value));
		break;
	case TOML_BOOLEAN:
		snprintf(result.text, sizeof(result.text), "%s",
			toml_boolean(value) ? "true" : "false");
		break;
	case TOML_ARRAY:
		snprintf(result.text, sizeof(result.text), "an%s array",
			toml_size(value) == 0 ? " empty" : "");
		break;
	case TOML_TABLE:
	case TOML_DATETIME:
		snprintf(result.text, sizeof(result.text), "a %s",
			toml_kind_name(toml_value_kind(value)));
		break;
	}
	return result;
}

void setting_expected(const struct setting *setting, const char *format, ...)
{
	CLEANUP(cleanup_free) char *expected = NULL;
	va_list arguments;

	va_start(arguments, format);
	expected = string_vformat(format, arguments);
	va_end(arguments);
	if (expected)
		setting_refuse(setting, "found %s; expected %s", quoted_value(setting->value).text,
			expected);
	else
		setting->loader->out_of_memory = true;
}

char *loader_copy(struct loader *loader, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		loader->out_of_memory = true;
	return copy;
}

bool setting_boolean(const struct setting *setting, bool *ret_value)
{
	if (toml_value_kind(setting->value) != TOML_BOOLEAN) {
		setting_expected(setting, "true or false");
		return false;
	}
	*ret_value = toml_boolean(setting->value);
	return true;
}

bool setting_integer(
	const struct setting *setting, uint64_t least, uint64_t most, uint64_t *ret_value)
{
	int64_t number;

	if (toml_value_kind(setting->value) == TOML_INTEGER) {
		number = toml_integer(setting->value);
		if (number >= 0 && (uint64_t)number >= least && (uint64_t)number <= most) {
			*ret_value = (uint64_t)number;
			return true;
		}
	}
	setting_expected(setting, "a whole number from %" PRIu64 " to %" PRIu64, least, most);
	return false;
}

double setting_number(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_INTEGER)
		return (double)toml_integer(setting->value);
	return toml_value_kind(setting->value) == TOML_FLOAT ? toml_float(setting->value) : NAN;
}

bool setting_rate(const struct setting *setting, const char *zero, double *ret_rate_hz)
{
	double rate_hz = setting_number(setting);

	if (rate_hz == 0 || (rate_hz >= RATE_MIN_HZ && rate_hz <= RATE_MAX_HZ)) {
		*ret_rate_hz = rate_hz;
		return true;
	}
	setting_expected(setting, "a number of hertz from %g to %d, or 0: %s", RATE_MIN_HZ,
		RATE_MAX_HZ, zero);
	return false;
}

bool setting_seconds(const struct setting *setting, double least_s, uint64_t *ret_ns)
{
	double seconds = setting_number(setting);

	/* in this form NaN is rejected */
	if (!(seconds >= least_s && seconds <= SECONDS_MAX)) {
		setting_expected(
			setting, "a number of seconds from %g to %.0f", least_s, SECONDS_MAX);
		return false;
	}
	*ret_ns = (uint64_t)llround(seconds * (double)NS_PER_S);
	return true;
}

bool setting_string(const struct setting *setting, char **text)
{
	char *copy;

	if (toml_value_kind(setting->value) != TOML_STRING ||
		*toml_string(setting->value) == '\0') {
		setting_expected(setting, "a string that is not empty");
		return false;
	}
	copy = loader_copy(setting->loader, toml_string(setting->value));
	if (!copy)
		return false;
	free(*text);
	*text = copy;
	return true;
}

/* "\"sleep\", \"spin\" or \"auto\"" */
static char *list_choices(const char *const *choices)
{
	char *list = NULL;

	for (size_t i = 0; choices[i]; i++) {
		const char *between = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
		char *longer = string_format("%s%s\"%s\"", list ? list : "", between, choices[i]);

		free(list);
		list = longer;
		if (!list)
			break;
	}
	return list;
}

bool setting_choice(const struct setting *setting, const char *const *choices, unsigned *ret_index)
{
	CLEANUP(cleanup_free) char *list = NULL;
	const char *text = NULL, *suggestion = NULL;

	if (toml_value_kind(setting->value) == TOML_STRING)
		text = toml_string(setting->value);
	for (unsigned i = 0; text && choices[i]; i++)
		if (strcmp(text, choices[i]) == 0) {
			*ret_index = i;
			return true;
		}
	list = list_choices(choices);
	if (!list) {
		setting->loader->out_of_memory = true;
		return false;
	}
	if (text)
		suggestion = suggestion_find(text, choices);
	if (suggestion)
		setting_expected(setting, "%s; did you mean \"%s\"?", list, suggestion);
	else
		setting_expected(setting, "%s", list);
	return false;
}

bool setting_size(const struct setting *setting, uint64_t least_bytes, struct amount *ret_amount)
{
	struct amount amount = {.kind = AMOUNT_NUMBER};
	int r = -EINVAL;

	if (toml_value_kind(setting->value) == TOML_STRING) {
		const char *text = toml_string(setting->value);

		if (strcmp(text, "max") == 0) {
			*ret_amount = (struct amount){.kind = AMOUNT_MAX};
			return true;
		}
		r = parse_size(text, &amount.number);
	} else if (toml_value_kind(setting->value) == TOML_INTEGER &&
		   toml_integer(setting->value) >= 0) {
		amount.number = (uint64_t)toml_integer(setting->value);
		r = 0;
	}
	/* the kernel's counters are signed */
	if (r == -ERANGE || (r == 0 && amount.number > INT64_MAX))
		setting_expected(setting, "less than 8 EiB, or \"max\"");
	else if (r < 0)
		setting_expected(
			setting, "a size such as \"512MiB\", a number of bytes, or \"max\"");
	else if (amount.number < least_bytes)
		setting_expected(setting, "at least %" PRIu64 " bytes", least_bytes);
	else {
		*ret_amount = amount;
		return true;
	}
	return false;
}

bool setting_array(const struct setting *setting, const char *of)
{
	if (toml_value_kind(setting->value) == TOML_ARRAY && toml_size(setting->value) > 0)
		return true;
	setting_expected(setting, "an array of %s", of);
	return false;
}

bool setting_strings(const struct setting *setting, const char *of, char ***strings)
{
	size_t n = toml_size(setting->value);
	bool complete = true;
	char **copies;

	if (toml_value_kind(setting->value) != TOML_ARRAY) {
		setting_expected(setting, "an array of %s", of);
		return false;
	}
	copies = calloc(n + 1, sizeof(*copies));
	if (!copies) {
		setting->loader->out_of_memory = true;
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct setting element = setting_element(setting, i);

		if (toml_value_kind(element.value) == TOML_STRING) {
			copies[i] = loader_copy(setting->loader, toml_string(element.value));
		} else {
			setting_expected(&element, "a string");
		}
		complete &= copies[i] != NULL;
	}
	if (!complete) {
		/* Not string_list_free: there may be a NULL before the end. */
		for (size_t i = 0; i < n; i++)
			free(copies[i]);
		free(copies);
		return false;
	}
	string_list_free(*strings);
	*strings = copies;
	return true;
}

void setting_read(const struct setting *setting, const struct field *field, void *owner)
{
	void *value = (char *)owner + field->offset;

	switch (field->kind) {
	case FIELD_OWN:
		field->read(setting);
		break;
	case FIELD_BOOLEAN:
		setting_boolean(setting, value);
		break;
	case FIELD_CHOICE:
		setting_choice(setting, field->choices, value);
		break;
	case FIELD_INTEGER:
		setting_integer(setting, field->least, field->most, value);
		break;
	case FIELD_RATE:
		setting_rate(setting, field->text, value);
		break;
	case FIELD_SECONDS:
		setting_seconds(setting, field->least_s, value);
		break;
	case FIELD_SIZE:
		setting_size(setting, field->least * (uint64_t)sysconf(_SC_PAGESIZE), value);
		break;
	case FIELD_STRING:
		setting_string(setting, value);
		break;
	case FIELD_STRINGS:
		if (field->least == 0 || setting_array(setting, field->text))
			setting_strings(setting, field->text, value);
		break;
	}
}
