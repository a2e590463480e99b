#pragma once

/* Output to the terminal: errors, and what a stream can display. */

#include "runner/cli/exit_code.h"
#include "runner/cli/options.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints lines that may come from a file or a task: text_print_lines (util/text.h). */
void print_lines(const char *before, const char *text, FILE *stream);

/* Quoted for a shell if necessary, and safe for terminals. */
void print_shell_word(FILE *stream, const char *word);

/* Prints "memcg-run: error: ..." to stderr, after flushing stdout. */
void say_error(const char *sentence);

/*
 * Flushes stdout. Returns OK; PIPE, silently, if the reader has closed it; else SYSTEM, with an
 * error.
 */
enum exit_code output_end(void);

/*
 * True if stdout is a pipe or socket whose reader has closed it: a write error is then not
 * reported.
 */
bool output_is_closed(void);

/*
 * Messages during a measurement: stderr, but output that would block is dropped. If this cannot be
 * set up, `fd` is -1 and `stream` is stderr itself.
 */
struct messages {
	int fd;
	FILE *stream;
};

struct messages messages_open(void);
void messages_close(struct messages *messages);

/* Columns of the terminal; 0 if the stream is not a terminal. */
unsigned terminal_width(FILE *stream);

/* True if the stream is a terminal and color was not disabled. */
bool wants_color(const struct options *options, FILE *stream);

/*
 * Prints an empty line, then the path of each of the names (NULL-terminated) that exists in the
 * folder.
 */
void print_files(int folder_fd, const char *folder, const char *const *names);

/* Prints a JSON document to stdout and releases it; NULL is ENOMEM. */
int print_json(json_t *document, struct error *error);
