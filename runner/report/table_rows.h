#pragma once

/*
 * The numbers of a point as a table of texts: one row per backend. Shared by the terminal and
 * report.html.
 */

#include "runner/analysis/comparison.h"
#include "runner/analysis/units.h"
#include "runner/report/grid.h"

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

struct table {
	struct grid *grid; /* one row per backend; marked if some trial of it is not ok */
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
