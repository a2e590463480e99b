#include "util/text.h"

#include "util/array.h"

#include <stdint.h>
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

char *string_append(char *text, const char *between, const char *format, ...)
{
	char *added, *longer = NULL;
	va_list arguments;

	va_start(arguments, format);
	added = string_vformat(format, arguments);
	va_end(arguments);
	if (text && added)
		longer = string_format("%s%s%s", text, *text ? between : "", added);
	free(added);
	free(text);
	return longer;
}

bool text_has_word(const char *list, const char *word, const char *separators)
{
	size_t length = strlen(word);

	while (*list) {
		size_t n = strcspn(list, separators);

		if (n == length && memcmp(list, word, length) == 0)
			return true;
		list += n;
		list += strspn(list, separators);
	}
	return false;
}

bool path_is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/' || length == 1);
}

/* Number of bytes of the first character; 0 if it is not UTF-8 (RFC 3629). */
static size_t decode(const unsigned char *text, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = *text < 0x80   ? 0
		      : *text < 0xc0 ? SIZE_MAX
		      : *text < 0xe0 ? 1
		      : *text < 0xf0 ? 2
		      : *text < 0xf8 ? 3
				     : SIZE_MAX;
	uint32_t character;

	if (more == SIZE_MAX)
		return 0;
	character = more == 0 ? *text : *text & (0x3fU >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3f);
	}
	if (character < least[more] || character > 0x10ffff ||
		(character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return more + 1;
}

static bool is_control(uint32_t character)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} controls[] = {
		{0x00, 0x1f},
		{0x7f, 0x9f},
		{0x61c, 0x61c},
		{0x200e, 0x200f},
		{0x2028, 0x202e},
		{0x2066, 0x2069},
		{0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < LENGTH(controls); i++)
		if (character >= controls[i].first && character <= controls[i].last)
			return true;
	return false;
}

void text_blank_controls(char *text)
{
	char *end = text;

	while (*text) {
		uint32_t character = 0;
		size_t length = decode((const unsigned char *)text, &character);

		if (length == 0 || is_control(character)) {
			*end++ = length == 0 ? '?' : ' ';
			text += length == 0 ? 1 : length;
			continue;
		}
		memmove(end, text, length);
		end += length;
		text += length;
	}
	*end = '\0';
}

/* Length of a prefix of at most that many bytes that does not split a character (UTF-8). */
static size_t text_whole_characters(const char *text, size_t most)
{
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

char *text_title(const char *text, size_t most)
{
	static const char dots[] = "...";
	char *title = strdup(text);
	char *end = title;

	if (!title)
		return NULL;
	text_blank_controls(title);
	for (const char *from = title; *from; from++)
		if (*from != ' ' || (end > title && end[-1] != ' '))
			*end++ = *from;
	*end = '\0';
	if (strlen(title) > most)
		memcpy(title + text_whole_characters(title, most - strlen(dots)), dots,
			sizeof(dots));
	return title;
}

void text_print_lines(const char *text, FILE *stream)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = strndup(text, length);

		if (line)
			text_blank_controls(line);
		fputs(line ? line : "", stream);
		free(line);
		text += length;
		if (*text) {
			fputc('\n', stream);
			text++;
		}
	}
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

int string_compare_pointed(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
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
