#pragma once

/*
 * A table of texts for the terminal: columns as wide as their widest text, numbers to the right, groups of
 * columns under a title.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid_column {
	const char
		*group; /* the title over it and its neighbours with the same pointer; "": none */
	const char *heading; /* borrowed, as is group */
	bool left;	     /* else its texts end at its right */
};

struct grid;

/* Borrows the columns. NULL on ENOMEM. */
struct grid *grid_new(const struct grid_column *columns, size_t n_columns, size_t n_rows);
void grid_free(struct grid *grid);

/* Copies the text; one that cannot be copied is shown as "". */
void grid_set(struct grid *grid, size_t row, size_t column, const char *text);

/* Leaves out columns in which every text is "" or "-". */
void grid_hide_empty(struct grid *grid);

void grid_print(const struct grid *grid, bool color, FILE *stream);
