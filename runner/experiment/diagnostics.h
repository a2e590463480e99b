#pragma once

/*
 * The mistakes of one file, each with its place, collected and then printed in the order of the file:
 * "ramp.toml:12:7: error: trials.order: found \"randm\"; expected ...".
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diagnostic;

/* Nobody reads more, and finding the place of each takes time: what comes after is not kept. */
#define DIAGNOSTICS_MAX 100
#define DIAGNOSTICS_WARNINGS_MAX 20

struct diagnostics {
	const char *path; /* as it is printed. Borrowed. */
	struct diagnostic *list;
	size_t n;
	size_t n_warnings;  /* of them */
	size_t n_unkept;    /* warnings above DIAGNOSTICS_WARNINGS_MAX */
	bool more;	    /* than DIAGNOSTICS_MAX were found: a reader may stop looking */
	bool out_of_memory; /* a mistake is missing from the list */
};

#define DIAGNOSTICS_INIT(file_path) ((struct diagnostics){.path = (file_path)})

/* Line and column are counted from 1. The sentence has no full stop and no newline. */
void diagnostics_add(struct diagnostics *diagnostics, unsigned line, unsigned column,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What is no mistake, and yet to be known: a file that has nothing else is taken. */
void diagnostics_warn(struct diagnostics *diagnostics, unsigned line, unsigned column,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Whether the next warning is kept: one that is not needs no place. */
bool diagnostics_keeps_warnings(const struct diagnostics *diagnostics);

size_t diagnostics_n_mistakes(const struct diagnostics *diagnostics);

/* Whole lines that explain the last one added, printed below it as they are. Copied. */
void diagnostics_add_detail(struct diagnostics *diagnostics, const char *lines);

/* In the order of the file; those of one place in the order in which they were added. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *stream);

void diagnostics_release(struct diagnostics *diagnostics);

/*
 * Ends the reading of the file: prints and releases them. Returns 0; -EINVAL with "ramp.toml has 2 mistakes"
 * where there are any ("more than 100" where not all were kept); -ENOMEM where one is missing from the list.
 */
int diagnostics_finish(struct diagnostics *diagnostics, FILE *stream, struct error *error);

#define QUOTED_SIZE 88

struct quoted {
	char text[QUOTED_SIZE];
};

/*
 * A text of the user's in quotation marks, for a message: control characters are escaped, so that
 * nothing reaches the terminal that could act on it, and a long text is cut short with "...".
 */
struct quoted quoted(const char *text);
