#pragma once

/*
 * Helpers for report.html. Names and parameters may contain anything, so that text gets into the page through these
 * alone, each for one kind of place: html_text between tags and in quoted attributes, html_json_text in JSON within a
 * script element, html_raw for what is part of memcg-run.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdio.h>

/* Escapes & < > " and '; writes control characters as blanks. */
void html_text(FILE *stream, const char *text);

/* A paragraph of such text; `class` may be NULL. */
void html_paragraph(FILE *stream, const char *class, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Base64 (RFC 4648) with padding, on one line. */
void html_base64(FILE *stream, const void *data, size_t length);

/*
 * A JSON string with its quotes, within a script element of type application/json: < > & and control characters are
 * escaped as \u00XX, so that no text ends the element or begins a comment. NULL is written as null.
 */
void html_json_text(FILE *stream, const char *text);

/* A number in JSON; null for NaN and infinities, which JSON does not have. */
void html_json_number(FILE *stream, double number);

/*
 * A program or a style sheet as the element "script" or "style". -EINVAL, with nothing written, for a text that could
 * end the element.
 */
int html_raw(FILE *stream, const char *element, const char *text, struct error *error);

/*
 * A program's source expression in a Content-Security-Policy: 'sha256-...', with its quotes. The page then runs nothing
 * else, whatever a name contains.
 */
void html_script_source(FILE *stream, const char *program);
