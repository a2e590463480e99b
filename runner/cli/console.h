#pragma once

/*
 * How the command line speaks to a person: errors, and what a stream can show.
 */

#include "runner/cli/options.h"

#include <stdbool.h>
#include <stdio.h>

/* "memcg-run: error: ..." on stderr, after what was printed on stdout before. */
void say_error(const char *sentence);

/* Flushes stdout. False, and says so, where not all that was printed could be written. */
bool output_is_written(void);

/* Columns of the terminal that the stream is, or 0. */
unsigned terminal_width(FILE *stream);

/* A terminal, and nobody has asked for no color. */
bool wants_color(const struct options *options, FILE *stream);

/* After an empty line, those of the names (NULL-terminated) that are in the folder, each with its path. */
void print_files(const char *folder, const char *const *names);
