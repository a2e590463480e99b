#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Every sentence is made in a local buffer first: an argument may be the old sentence itself, as in
 * `error_set(error, EIO, "trial 42: %s", error->text)`.
 */
static void error_store(struct error *error, int number, const char *text)
{
	error->number = number;
	snprintf(error->text, sizeof(error->text), "%s", text);
}

int error_set(struct error *error, int number, const char *format, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list arguments;

	if (!error)
		return -number;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_store(error, number, text);
	return -number;
}

/* A sentence too long for the buffer loses its middle, not its cause. */
static void append_cause(char *text, size_t size, const char *cause)
{
	size_t cause_length = strlen(cause) + strlen(": ");
	size_t length = strlen(text);

	if (length + cause_length >= size)
		length = size - 1 - cause_length;
	snprintf(text + length, size - length, ": %s", cause);
}

int error_set_errno(struct error *error, int number, const char *format, ...)
{
	char text[ERROR_TEXT_SIZE];
	char buffer[128];
	va_list arguments;

	if (!error)
		return -number;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	append_cause(text, sizeof(text), strerror_r(number, buffer, sizeof(buffer)));
	error_store(error, number, text);
	return -number;
}

int error_prefix(struct error *error, const char *format, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list arguments;

	if (!error)
		return -EIO;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	append_cause(text, sizeof(text), error->text);
	snprintf(error->text, sizeof(error->text), "%s", text);
	return error->number > 0 ? -error->number : -EIO;
}
