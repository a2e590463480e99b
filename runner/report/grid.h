#pragma once

/*
 * A text table for the terminal: columns as wide as their widest text, numbers right-aligned,
 * groups of columns under a title.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid_column {
	const char *group;   /* the title over adjacent columns with the same pointer; "": none */
	const char *heading; /* borrowed, like group */
	bool left;	     /* left-aligned; false: right-aligned */
};

struct grid;

/* Borrows the columns. NULL on ENOMEM. */
struct grid *grid_new(const struct grid_column *columns, size_t n_columns, size_t n_rows);
void grid_free(struct grid *grid);

/* Copies the text; shows "" if that fails. */
void grid_set(struct grid *grid, size_t row, size_t column, const char *text);

/* Hides columns in which every text is "" or "-". */
void grid_hide_empty(struct grid *grid);

void grid_print(const struct grid *grid, bool color, FILE *stream);
