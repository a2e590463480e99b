#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *string_vformat(const char *format, va_list arguments)
{
	char *text;

	/* After a failure the pointer is undefined. */
	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

char *string_format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = string_vformat(format, arguments);
	va_end(arguments);
	return text;
}

void text_blank_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

const char *text_last_line(char *text)
{
	size_t length = strlen(text);
	char *newline;

	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		text[--length] = '\0';
	newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

int string_compare(const void *left, const void *right)
{
	return strcmp(left, right);
}

size_t string_list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

void string_list_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}
