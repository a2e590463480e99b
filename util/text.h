#pragma once

/* Text helpers: formatting, making untrusted text safe to show, and lists of strings. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* asprintf with a defined result: NULL only on ENOMEM. The caller frees. */
char *string_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *string_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/*
 * Appends to a text on the heap, which it takes over: `between`, unless the text is empty, and what is formatted.
 * NULL on ENOMEM, and for a NULL, so that a chain of calls needs one check.
 */
char *string_append(char *text, const char *between, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether `word` is in `list`, a list of words separated by any of `separators`. */
bool text_has_word(const char *list, const char *word, const char *separators);

/* Whether an absolute path is that of the folder or of something below it; neither ends in '/', unless it is "/". */
bool path_is_below(const char *path, const char *folder);

/*
 * Makes one line of the text, safe for terminals, in place. Each of these becomes one blank:
 * control characters (including newlines and Unicode's from U+0080 on), characters that change the
 * direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), other line
 * separators (U+2028, U+2029) and invisible characters (U+E0000 to U+E007F). A byte that is not
 * UTF-8 becomes a '?'.
 */
void text_blank_controls(char *text);

/*
 * A title of at most `most` bytes (at least 4): one line with each run of blanks one blank, and "..." where it
 * was cut, between two characters. A task may be a whole shell script. NULL on ENOMEM; the caller frees.
 */
char *text_title(const char *text, size_t most);

/* Prints the lines of a text, each sanitised like this. */
void text_print_lines(const char *text, FILE *stream);

/* The last line that is not blank; cuts off the text after it, in place. "" if there is none. */
const char *text_last_line(char *text);

/* strcmp(3) of two strings, with the signature for tsearch(3). */
int string_compare(const void *left, const void *right);

/* The same of two elements of a list of strings, for qsort(3). */
int string_compare_pointed(const void *left, const void *right);

/* Number of strings in a NULL-terminated list; 0 for NULL. */
size_t string_list_length(const char *const *list);

/* Frees a NULL-terminated list and its strings. NULL is allowed. */
void string_list_free(char **list);
