#pragma once

/* Private to completion*.c: a script for each shell, and what all of them need. */

#include "runner/cli/command_line.h"

#include <stdio.h>

void completion_print_bash(FILE *stream);
void completion_print_fish(FILE *stream);
void completion_print_zsh(FILE *stream);

/*
 * The next row, from *i on, with a first word that the row before does not have; given `word`, the next that begins
 * with it. *i is moved behind it; NULL at the end.
 */
const struct command_row *completion_next_word(const char *word, size_t *i);

/* "list build": the words that may follow `word`; NULL: those that may begin a command line. */
void completion_print_words(const char *word, FILE *stream);

/* "-o|--output": the forms of an option. */
void completion_print_option_names(
	const struct option_row *row, const char *separator, FILE *stream);

/* "-o | --output | --truth": the options that take a value. */
void completion_print_options_with_values(const char *separator, FILE *stream);

/* Text for a shell's single quotes, in which an apostrophe is written as given. One line: a line break is a blank. */
void completion_print_quoted(const char *text, const char *apostrophe, FILE *stream);
