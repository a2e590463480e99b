#include "runner/cli/draft_text.h"

#include "util/array.h"
#include "util/format.h"
#include "util/parse.h"

#include <stdlib.h>
#include <string.h>

/* TOML keeps integers in 64 bits: any of this many digits fits. */
#define MAX_DIGITS 18

/* ---- lines and strings */

/* Ends a line, which comes from `origin`; NULL: from no word. */
void draft_end_line(struct draft_writer *writer, const char *origin)
{
	char *copy = origin ? strdup(origin) : NULL;

	fputc('\n', writer->stream);
	if ((origin && !copy) || !ARRAY_GROW(writer->origins, writer->n_lines)) {
		writer->out_of_memory = true;
		free(copy);
		return;
	}
	writer->origins[writer->n_lines++] = copy;
}

/* A basic string; with `template`, its braces stand for themselves unless there are parameters. */
void draft_put_string(const struct draft_writer *writer, const char *text, bool template)
{
	FILE *stream = writer->stream;

	fputc('"', stream);
	for (; *text; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (template && writer->literal_braces && (byte == '{' || byte == '}'))
			fputc(byte, stream);
		if (byte == '"' || byte == '\\')
			fprintf(stream, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f)
			fprintf(stream, "\\u%04x", byte);
		else
			fputc(byte, stream);
	}
	fputc('"', stream);
}

void draft_put_words(const struct draft_writer *writer, const char *const *words, size_t n_words)
{
	fputc('[', writer->stream);
	for (size_t i = 0; i < n_words; i++) {
		fputs(i > 0 ? ", " : "", writer->stream);
		draft_put_string(writer, words[i], true);
	}
	fputc(']', writer->stream);
}

void draft_put_heading(struct draft_writer *writer, const char *section)
{
	draft_end_line(writer, NULL);
	fprintf(writer->stream, "[%s]", section);
	draft_end_line(writer, NULL);
}

/* ---- values */

/* Digits that TOML accepts as an integer. */
static bool is_draft_integer(const char *text)
{
	const char *digits = text + (*text == '-');
	size_t length = strspn(digits, "0123456789");

	return length > 0 && length <= MAX_DIGITS && digits[length] == '\0' &&
	       (*digits != '0' || (length == 1 && digits == text));
}

static bool is_draft_number(const char *text)
{
	const char *digits = text + (*text == '-');
	double value;

	if (is_draft_integer(text))
		return true;
	return parse_decimal(digits, &value) == 0 && strpbrk(digits, ".eE") &&
	       (digits[0] != '0' || digits[1] == '.' || digits[1] == 'e' || digits[1] == 'E');
}

/* A number that the task gets as it is written: not 3.10, which would be printed as 3.1. */
static bool is_draft_float(const char *text)
{
	const char *digits = text + (*text == '-');
	double value;

	return parse_decimal(digits, &value) == 0 && strcmp(format_double(value).text, digits) == 0;
}

static bool is_draft_boolean(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

/* As a number if it is one; anything else is a string, which the reader refuses or knows, such as "max". */
void draft_put_number(const struct draft_writer *writer, const char *text)
{
	if (is_draft_number(text))
		fputs(text, writer->stream);
	else
		draft_put_string(writer, text, false);
}

/* The parts between commas, in place. The caller frees the list alone. NULL on ENOMEM. */
char **draft_split(char *text, size_t *ret_n)
{
	char **parts = NULL;
	size_t n = 0;

	for (char *part; (part = strsep(&text, ","));) {
		if (!ARRAY_GROW(parts, n)) {
			free(parts);
			return NULL;
		}
		parts[n++] = part;
	}
	*ret_n = n;
	return parts;
}

static bool all_are(char *const *values, size_t n, bool (*is)(const char *text))
{
	for (size_t i = 0; i < n; i++)
		if (!is(values[i]))
			return false;
	return true;
}

void draft_put_values(const struct draft_writer *writer, char *const *values, size_t n)
{
	/* The values of a sweep are of one kind. */
	const bool plain = all_are(values, n, is_draft_integer) ||
			   all_are(values, n, is_draft_float) ||
			   all_are(values, n, is_draft_boolean);

	fputc('[', writer->stream);
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ", " : "", writer->stream);
		if (plain)
			fputs(values[i], writer->stream);
		else
			draft_put_string(writer, values[i], false);
	}
	fputc(']', writer->stream);
}
