#pragma once

/* Private to draft.c: TOML, line by line, each with the word of the command line that it comes from. */

#include "runner/cli/draft_tasks.h"
#include "runner/cli/options.h"

#include <stdio.h>

struct draft_writer {
	const struct options *options;
	const struct draft_task *tasks; /* of --command, n_tasks; 0: the words are the command */
	size_t n_tasks;
	FILE *stream;
	char **origins; /* of each line; on the heap, as they are */
	size_t n_lines;
	bool out_of_memory;  /* an origin is missing */
	bool literal_braces; /* there are no parameters */
};

/* Ends a line, which comes from `origin`; NULL: from no word. */
void draft_end_line(struct draft_writer *writer, const char *origin);

/* An empty line and "[section]". */
void draft_put_heading(struct draft_writer *writer, const char *section);

/* A string; as a template, its braces stand for themselves if literal_braces. */
void draft_put_string(const struct draft_writer *writer, const char *text, bool template);

/* An array of templates. */
void draft_put_words(const struct draft_writer *writer, const char *const *words, size_t n_words);

/* [limit], if the line chooses any of it; --quick is no key, and is written as what it stands for. */
void draft_put_limit(struct draft_writer *writer);

/* A number if the text is one; else a string, which the reader refuses or knows, such as "max". */
void draft_put_number(const struct draft_writer *writer, const char *text);

/*
 * An array: of integers, of floats or of booleans if all of the values are, and are written as the task will get them,
 * else of strings.
 */
void draft_put_values(const struct draft_writer *writer, char *const *values, size_t n);

/* The parts between commas, in place. The caller frees the list alone. NULL on ENOMEM. */
char **draft_split(char *text, size_t *ret_n);
