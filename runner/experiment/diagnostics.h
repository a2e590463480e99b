#pragma once

/*
 * The mistakes in one file, each with its place. They are collected, then printed in file order:
 * "ramp.toml:12:7: error: trials.order: found \"randm\"; expected ...". In a text that was made from
 * a command line, each line comes from a word of it, which stands for place and key:
 * "memcg-run: error: --cpus: found \"x\"; expected ...".
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diagnostic;

/* Nobody reads more, and finding the place of each takes time. Further mistakes are dropped. */
#define DIAGNOSTICS_MAX 100
#define DIAGNOSTICS_WARNINGS_MAX 20

struct diagnostics {
	const char *path;	    /* as printed. Borrowed. */
	const char *const *origins; /* by line; NULL in it: from no word. Borrowed; NULL: a file */
	size_t n_origins;
	struct diagnostic *list;
	size_t n;
	size_t n_warnings;  /* included in the above */
	size_t n_unkept;    /* warnings above DIAGNOSTICS_WARNINGS_MAX */
	bool more;	    /* more than DIAGNOSTICS_MAX were found: a reader may stop */
	bool out_of_memory; /* a mistake is missing from the list */
};

#define DIAGNOSTICS_INIT(file_path) ((struct diagnostics){.path = (file_path)})

/* Line and column count from 1. The sentence has no full stop and no newline. The same at the same place is kept once. */
void diagnostics_add(struct diagnostics *diagnostics, unsigned line, unsigned column,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A warning. A file with warnings only is accepted. */
void diagnostics_warn(struct diagnostics *diagnostics, unsigned line, unsigned column,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the next warning will be kept: if not, its place need not be found. */
bool diagnostics_keeps_warnings(const struct diagnostics *diagnostics);

size_t diagnostics_n_mistakes(const struct diagnostics *diagnostics);

/* Complete lines that explain the last diagnostic, printed verbatim below it. Copied. */
void diagnostics_add_detail(struct diagnostics *diagnostics, const char *lines);

/* In file order; diagnostics of the same place in the order in which they were added. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream);

void diagnostics_release(struct diagnostics *diagnostics);

/*
 * Prints and releases the diagnostics. Returns 0; -EINVAL with "ramp.toml has 2 mistakes" ("more
 * than 100" if not all were kept); -ENOMEM if one is missing from the list.
 */
int diagnostics_finish(struct diagnostics *diagnostics, FILE *stream, struct error *error);

#define QUOTED_SIZE 88

struct quoted {
	char text[QUOTED_SIZE];
};

/*
 * Quotes a text of the user's for a message. Control characters are escaped, so that the terminal
 * does not interpret them, and long texts are truncated with "...".
 */
struct quoted quoted(const char *text);
