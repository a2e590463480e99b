#include "runner/experiment/diagnostics.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct diagnostic {
	unsigned line;
	unsigned column;
	size_t order; /* of insertion: qsort is not stable */
	char *text;
	char *detail; /* NULL: none */
	bool is_warning;
};

static struct diagnostic *diagnostics_append(struct diagnostics *diagnostics)
{
	const size_t n = diagnostics->n;

	if (!ARRAY_GROW(diagnostics->list, n))
		return NULL;
	diagnostics->list[n] = (struct diagnostic){.order = n};
	diagnostics->n++;
	return &diagnostics->list[n];
}

/* Of a key that several tasks share. */
static bool is_known_mistake(
	const struct diagnostics *diagnostics, unsigned line, unsigned column, const char *text)
{
	for (size_t i = 0; i < diagnostics->n; i++) {
		const struct diagnostic *known = &diagnostics->list[i];

		if (!known->is_warning && known->line == line && known->column == column &&
			strcmp(known->text, text) == 0)
			return true;
	}
	return false;
}

static void diagnostics_keep(struct diagnostics *diagnostics, unsigned line, unsigned column,
	bool is_warning, const char *format, va_list arguments)
{
	CLEANUP(cleanup_free) char *text = string_vformat(format, arguments);
	struct diagnostic *added;

	if (text && !is_warning && is_known_mistake(diagnostics, line, column, text))
		return;
	added = text ? diagnostics_append(diagnostics) : NULL;
	if (!added) {
		diagnostics->out_of_memory = true;
		return;
	}
	added->line = line;
	added->column = column;
	added->is_warning = is_warning;
	added->text = TAKE_PTR(text);
	diagnostics->n_warnings += is_warning ? 1 : 0;
}

void diagnostics_add(
	struct diagnostics *diagnostics, unsigned line, unsigned column, const char *format, ...)
{
	va_list arguments;

	if (diagnostics_n_mistakes(diagnostics) == DIAGNOSTICS_MAX) {
		diagnostics->more = true;
		return;
	}
	va_start(arguments, format);
	diagnostics_keep(diagnostics, line, column, false, format, arguments);
	va_end(arguments);
}

bool diagnostics_keeps_warnings(const struct diagnostics *diagnostics)
{
	return diagnostics->n_warnings < DIAGNOSTICS_WARNINGS_MAX;
}

void diagnostics_warn(
	struct diagnostics *diagnostics, unsigned line, unsigned column, const char *format, ...)
{
	va_list arguments;

	if (!diagnostics_keeps_warnings(diagnostics)) {
		diagnostics->n_unkept++;
		return;
	}
	va_start(arguments, format);
	diagnostics_keep(diagnostics, line, column, true, format, arguments);
	va_end(arguments);
}

size_t diagnostics_n_mistakes(const struct diagnostics *diagnostics)
{
	return diagnostics->n - diagnostics->n_warnings;
}

void diagnostics_add_detail(struct diagnostics *diagnostics, const char *lines)
{
	struct diagnostic *last;

	if (diagnostics->n == 0 || diagnostics->more)
		return;
	last = &diagnostics->list[diagnostics->n - 1];
	free(last->detail);
	last->detail = strdup(lines);
	if (!last->detail)
		diagnostics->out_of_memory = true;
}

static int compare(const void *left, const void *right)
{
	const struct diagnostic *a = left, *b = right;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static const char *origin_of(const struct diagnostics *diagnostics, unsigned line)
{
	return line > 0 && line <= diagnostics->n_origins ? diagnostics->origins[line - 1] : NULL;
}

/* "limits.cpus: found ..." without its key, which nobody wrote. */
static const char *without_key(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_.");

	return length > 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

static void print_of_words(
	const struct diagnostics *diagnostics, const struct diagnostic *diagnostic, FILE *stream)
{
	const char *origin = origin_of(diagnostics, diagnostic->line);

	fprintf(stream, "memcg-run: %s: ", diagnostic->is_warning ? "warning" : "error");
	if (origin) {
		text_print_lines(origin, stream);
		fputs(": ", stream);
	}
	text_print_lines(without_key(diagnostic->text), stream);
}

static void print_of_file(
	const struct diagnostics *diagnostics, const struct diagnostic *diagnostic, FILE *stream)
{
	text_print_lines(diagnostics->path, stream);
	fprintf(stream, ":%u:%u: %s: ", diagnostic->line, diagnostic->column,
		diagnostic->is_warning ? "warning" : "error");
	text_print_lines(diagnostic->text, stream);
}

void diagnostics_print(struct diagnostics *diagnostics, FILE *stream)
{
	if (diagnostics->n > 0)
		qsort(diagnostics->list, diagnostics->n, sizeof(*diagnostics->list), compare);
	for (size_t i = 0; i < diagnostics->n; i++) {
		const struct diagnostic *diagnostic = &diagnostics->list[i];

		if (diagnostics->origins)
			print_of_words(diagnostics, diagnostic, stream);
		else
			print_of_file(diagnostics, diagnostic, stream);
		fputc('\n', stream);
		if (diagnostic->detail)
			text_print_lines(diagnostic->detail, stream);
	}
	if (diagnostics->n_unkept > 0) {
		text_print_lines(diagnostics->path, stream);
		fprintf(stream, ": warning: and %zu more warnings\n", diagnostics->n_unkept);
	}
}

void diagnostics_release(struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->n; i++) {
		free(diagnostics->list[i].text);
		free(diagnostics->list[i].detail);
	}
	free(diagnostics->list);
	*diagnostics = DIAGNOSTICS_INIT(diagnostics->path);
}

int diagnostics_finish(struct diagnostics *diagnostics, FILE *stream, struct error *error)
{
	const size_t n = diagnostics_n_mistakes(diagnostics);
	const bool more = diagnostics->more, all_kept = !diagnostics->out_of_memory;

	diagnostics_print(diagnostics, stream);
	diagnostics_release(diagnostics);
	if (!all_kept)
		return error_set_errno(error, ENOMEM, "cannot read %s", diagnostics->path);
	if (n > 0)
		return error_set(error, EINVAL, "%s has %s%zu mistake%s", diagnostics->path,
			more ? "more than " : "", n, n == 1 ? "" : "s");
	return 0;
}

/* C0 controls, DEL, and either byte of a C1 control (U+0080 to U+009F, on which xterm acts). */
static bool needs_escape(const char *text, const char *at)
{
	unsigned char byte = (unsigned char)*at;

	if (byte < 0x20 || byte == 0x7f)
		return true;
	if (byte == 0xc2)
		return ((unsigned char)at[1] & 0xe0) == 0x80;
	return at > text && (unsigned char)at[-1] == 0xc2 && (byte & 0xe0) == 0x80;
}

struct quoted quoted(const char *text)
{
	struct quoted result = {{'"'}};
	const size_t room = sizeof(result.text) - sizeof("...\"");
	const char *at = text;
	size_t n = 1;

	for (; *at; at++) {
		const char *format = *at == '"' || *at == '\\' ? "\\%c" : "%c";
		char shown[8];
		int length = snprintf(shown, sizeof(shown),
			needs_escape(text, at) ? "\\x%02x" : format, (unsigned char)*at);

		if (n + (size_t)length > room)
			break;
		memcpy(result.text + n, shown, (size_t)length);
		n += (size_t)length;
	}
	/*
	 * Truncates between characters: UTF-8 continuation bytes are 10xxxxxx, and were copied
	 * unchanged.
	 */
	while (((unsigned char)*at & 0xc0) == 0x80 && n > 1 && !needs_escape(text, at)) {
		at--;
		n--;
	}
	snprintf(result.text + n, sizeof(result.text) - n, "%s\"", *at ? "..." : "");
	return result;
}
