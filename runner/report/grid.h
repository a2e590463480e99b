#pragma once

/*
 * A text table for the terminal: columns as wide as their widest text, numbers right-aligned,
 * groups of columns under a title. A marked row is red.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid_column {
	/* The title over adjacent columns with the same pointer. "": a group without one; NULL: no group. */
	const char *group;
	const char *heading; /* borrowed, like group */
	bool left;	     /* left-aligned; false: right-aligned */
	unsigned hide_first; /* if a line is too long: 1 is hidden first, 0 never */
};

struct grid;

/* Borrows the columns. NULL on ENOMEM. */
struct grid *grid_new(const struct grid_column *columns, size_t n_columns, size_t n_rows);
void grid_free(struct grid *grid);

/* Shows "" if the text cannot be allocated. */
void grid_set(struct grid *grid, size_t row, size_t column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void grid_mark(struct grid *grid, size_t row);
void grid_hide(struct grid *grid, size_t column);

/* "" if nothing was set. */
const char *grid_text(const struct grid *grid, size_t row, size_t column);
size_t grid_n_rows(const struct grid *grid);
bool grid_is_marked(const struct grid *grid, size_t row);
bool grid_is_hidden(const struct grid *grid, size_t column);

/* Hides columns in which every text is "" or "-". */
void grid_hide_empty(struct grid *grid);

/* Hides the least important columns until a line fits; 0: hides nothing. */
void grid_fit(struct grid *grid, unsigned width);

/* -ENOMEM. */
int grid_print(const struct grid *grid, bool color, FILE *stream);
