#pragma once

/*
 * The numbers of a point as a table of texts: one row per backend. Shared by the terminal and
 * report.html.
 */

#include "runner/analysis/comparison.h"
#include "runner/analysis/units.h"

#include <stdio.h>

enum table_column {
	TABLE_BACKEND,
	TABLE_TRIALS, /* ok/total */
	TABLE_INITIAL,
	TABLE_PEAK,
	TABLE_SPREAD, /* largest - smallest peak */
	TABLE_FINAL,
	TABLE_REFERENCE_INITIAL,
	TABLE_REFERENCE_PEAK,
	TABLE_REFERENCE_SPREAD, /* shown if no backend has a spread of its own */
	TABLE_REFERENCE_FINAL,
	TABLE_ORACLE_INITIAL,
	TABLE_ORACLE_LARGEST,
	TABLE_ORACLE_FINAL,
	TABLE_ERROR,
	TABLE_WALL,
	TABLE_RATIO,
	TABLE_RATIO_INTERVAL,
	TABLE_N_COLUMNS,
};

#define TABLE_CELL_SIZE 64

struct table_row {
	char cell[TABLE_N_COLUMNS][TABLE_CELL_SIZE];
	bool not_ok; /* some trial is not ok */
};

struct table {
	struct table_row *rows;
	size_t n_rows;
	bool hidden[TABLE_N_COLUMNS];
	struct unit bytes; /* of every memory column */
	struct unit time;  /* of the wall time */
};

/* "backend", "ok", "initial", ...: the short heading of a column. */
const char *table_heading(enum table_column column);

/*
 * The title over a group of adjacent columns, "kernel's account": the same pointer for each of
 * them; "" for none.
 */
const char *table_group_title(enum table_column column);

/* -ENOMEM. Columns without values are hidden: the truth's error, the ratio to `none`. */
int table_new(const struct comparison *comparison, size_t point, struct table *ret_table);
void table_release(struct table *table);

/* Hides the least important columns until a line fits; 0: hides none. */
void table_fit(struct table *table, unsigned width);

void table_print(const struct table *table, bool color, FILE *stream);
