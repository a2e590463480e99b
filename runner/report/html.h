#pragma once

/*
 * Pieces of report.html. Text goes through html_text alone: names and parameters may hold anything.
 */

#include <stddef.h>
#include <stdio.h>

/* Escapes & < > " and '; control characters are blanks. */
void html_text(FILE *stream, const char *text);

/* Base64 (RFC 4648) with padding, on one line. */
void html_base64(FILE *stream, const void *data, size_t length);
