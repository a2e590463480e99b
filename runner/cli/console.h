#pragma once

/*
 * How the command line speaks to a person: errors, and what a stream can show.
 */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"

#include <stdbool.h>
#include <stdio.h>

/* A line of what may have been said by a file or a task: text_print_lines (util/text.h). */
void print_lines(const char *before, const char *text, FILE *stream);

/* "memcg-run: error: ..." on stderr, after what was printed on stdout before. */
void say_error(const char *sentence);

/* Flushes stdout. OK; PIPE, without a word, if its reader has closed it; else SYSTEM, with an error. */
enum exit_code output_end(void);

/* Whether stdout is a pipe or socket that its reader has closed: an error of printing is then none to report. */
bool output_is_closed(void);

/*
 * Where messages go while a run measures: stderr, but what nobody takes at once is dropped. `fd` is -1, and `stream`
 * stderr itself, where that cannot be had.
 */
struct messages {
	int fd;
	FILE *stream;
};

struct messages messages_open(void);
void messages_close(struct messages *messages);

/* Columns of the terminal that the stream is, or 0. */
unsigned terminal_width(FILE *stream);

/* A terminal, and nobody has asked for no color. */
bool wants_color(const struct options *options, FILE *stream);

/* After an empty line, those of the names (NULL-terminated) that are in a folder, each with its path. */
void print_files(int folder_fd, const char *folder, const char *const *names);
