#include "util/error.h"

#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/*
 * Every sentence is formatted into a local buffer first: the old sentence may be an argument, as in
 * `error_set(error, EIO, "trial 42: %s", error->text)`. `rest` may be NULL.
 */
static void __attribute__((format(printf, 3, 0))) error_store(
	struct error *error, int number, const char *format, va_list arguments, const char *rest)
{
	char text[ERROR_TEXT_SIZE];

	vsnprintf(text, sizeof(text), format, arguments);
	if (rest)
		error_append(text, rest);
	error->number = number;
	snprintf(error->text, sizeof(error->text), "%s", text);
	text_blank_controls(error->text);
}

int error_set(struct error *error, int number, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		error_store(error, number, format, arguments, NULL);
	va_end(arguments);
	return -number;
}

int error_set_errno(struct error *error, int number, const char *format, ...)
{
	char buffer[128];
	va_list arguments;

	va_start(arguments, format);
	if (error)
		error_store(error, number, format, arguments,
			strerror_r(number, buffer, sizeof(buffer)));
	va_end(arguments);
	return -number;
}

int error_prefix(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		error_store(error, error->number, format, arguments, error->text);
	va_end(arguments);
	return error && error->number > 0 ? -error->number : -EIO;
}

bool error_is_out_of_room(const struct error *error)
{
	/* `ulimit -f` causes EFBIG. */
	return error->number == ENOSPC || error->number == EDQUOT || error->number == EFBIG;
}
