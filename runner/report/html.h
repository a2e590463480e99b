#pragma once

/*
 * Helpers for report.html. Write text only with html_text: names and parameters may contain
 * anything.
 */

#include <stddef.h>
#include <stdio.h>

/* Escapes & < > " and '; writes control characters as blanks. */
void html_text(FILE *stream, const char *text);

/* A paragraph of such text; `class` may be NULL. */
void html_paragraph(FILE *stream, const char *class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Base64 (RFC 4648) with padding, on one line. */
void html_base64(FILE *stream, const void *data, size_t length);
