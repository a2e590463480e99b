#include "util/error.h"

#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Every sentence is formatted into a local buffer first: the old sentence may be an argument, as in
 * `error_set(error, EIO, "trial 42: %s", error->text)`.
 */
static void error_store(struct error *error, int number, const char *text)
{
	error->number = number;
	snprintf(error->text, sizeof(error->text), "%s", text);
	text_blank_controls(error->text);
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

/*
 * Appends ": " and the rest to a sentence. If it is too long, cuts its middle: the beginning says
 * what was being done, the end is the cause.
 */
static void error_append(char text[ERROR_TEXT_SIZE], const char *rest)
{
	const size_t room = ERROR_TEXT_SIZE - 1 - strlen(": ");
	size_t length = strlen(text);
	size_t rest_length = strlen(rest);
	size_t rest_share = rest_length < room / 2 ? rest_length : room / 2;

	if (length > room - rest_share)
		length = room - rest_share;
	if (rest_length > room - length)
		rest += rest_length - (room - length);
	snprintf(text + length, ERROR_TEXT_SIZE - length, ": %s", rest);
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
	error_append(text, strerror_r(number, buffer, sizeof(buffer)));
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
	error_append(text, error->text);
	error_store(error, error->number, text);
	return error->number > 0 ? -error->number : -EIO;
}

bool error_is_out_of_room(const struct error *error)
{
	/* `ulimit -f` causes EFBIG. */
	return error->number == ENOSPC || error->number == EDQUOT || error->number == EFBIG;
}
