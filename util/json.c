#include "util/json.h"

#include "util/format.h"
#include "util/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT_COLUMNS 2

/* Above this not every whole number is a double, and 1e16 is shorter. */
#define LARGEST_WHOLE 9007199254740992.0

static int write_json(const json_t *value, unsigned depth, FILE *stream);

void json_append(json_t **array, json_t *item)
{
	if (json_array_append_new(*array, item) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

json_t *json_from_double(double number)
{
	if (!isfinite(number))
		return json_null();
	if (number == floor(number) && fabs(number) <= LARGEST_WHOLE)
		return json_integer((json_int_t)number);
	return json_real(number);
}

json_t *json_from_text(const char *text)
{
	CLEANUP(cleanup_free) char *shown = text ? strdup(text) : NULL;

	if (!text)
		return json_null();
	if (shown)
		text_blank_controls(shown);
	return json_string(shown);
}

json_t *json_from_lines(const char *text)
{
	json_t *lines = json_array();

	while (*text) {
		const size_t length = strcspn(text, "\n");
		CLEANUP(cleanup_free) char *line = strndup(text, length);

		json_append(&lines, line ? json_from_text(line) : NULL);
		text += length + (text[length] == '\n');
	}
	return lines;
}

/* ---- the text */

static int write_scalar(const json_t *value, FILE *stream)
{
	CLEANUP(cleanup_free) char *text = NULL;

	if (json_is_real(value)) {
		fputs(format_double(json_real_value(value)).text, stream);
		return 0;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	if (!text)
		return -1;
	fputs(text, stream);
	return 0;
}

static void write_line_end(unsigned depth, FILE *stream)
{
	fprintf(stream, "\n%*s", (int)(depth * INDENT_COLUMNS), "");
}

static int write_array(const json_t *array, unsigned depth, FILE *stream)
{
	fputc('[', stream);
	for (size_t i = 0; i < json_array_size(array); i++) {
		fputs(i > 0 ? "," : "", stream);
		write_line_end(depth + 1, stream);
		if (write_json(json_array_get(array, i), depth + 1, stream) < 0)
			return -1;
	}
	if (json_array_size(array) > 0)
		write_line_end(depth, stream);
	fputc(']', stream);
	return 0;
}

static int write_member(const char *name, const json_t *value, unsigned depth, FILE *stream)
{
	CLEANUP(cleanup_json) json_t *key = json_string(name);

	write_line_end(depth, stream);
	if (!key || write_scalar(key, stream) < 0)
		return -1;
	fputs(": ", stream);
	return write_json(value, depth, stream);
}

static int write_object(const json_t *object, unsigned depth, FILE *stream)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	fputc('{', stream);
	json_object_foreach((json_t *)object, name, value)
	{
		fputs(n++ > 0 ? "," : "", stream);
		if (write_member(name, value, depth + 1, stream) < 0)
			return -1;
	}
	if (n > 0)
		write_line_end(depth, stream);
	fputc('}', stream);
	return 0;
}

static int write_json(const json_t *value, unsigned depth, FILE *stream)
{
	if (json_is_array(value))
		return write_array(value, depth, stream);
	return json_is_object(value) ? write_object(value, depth, stream)
				     : write_scalar(value, stream);
}

char *json_document(const json_t *value)
{
	char *text = NULL;
	size_t length;
	FILE *stream = value ? open_memstream(&text, &length) : NULL;
	int r;

	if (!stream)
		return NULL;
	r = write_json(value, 0, stream);
	fputc('\n', stream);
	if (fclose(stream) == 0 && r == 0)
		return text;
	free(text);
	return NULL;
}
