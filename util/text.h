#pragma once

/*
 * Texts: made from formats, those that come from outside made fit to be shown, and lists of them.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* asprintf that cannot return a half-made pointer; NULL on ENOMEM only. The caller frees. */
char *string_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *string_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/*
 * Makes one line of it, with nothing that a terminal would act on, in place. Each of these becomes one blank: control
 * characters (newlines too, and those that Unicode has from U+0080 on), what turns the direction of writing
 * (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), other ends of lines (U+2028, U+2029) and the letters
 * that are not seen (U+E0000 to U+E007F). A byte that is not UTF-8 becomes a '?'.
 */
void text_blank_controls(char *text);

/* Prints lines of it so, each as it would be by itself. */
void text_print_lines(const char *text, FILE *stream);

/* The last line that holds anything; what comes after it is cut off in place. "" where none does. */
const char *text_last_line(char *text);

/* strcmp(3) of two texts, in the form that tsearch(3) takes. */
int string_compare(const void *left, const void *right);

/* How many strings a NULL-terminated list has. A list that is NULL has none. */
size_t string_list_length(const char *const *list);

/* Frees a NULL-terminated list and its strings. NULL is fine. */
void string_list_free(char **list);
