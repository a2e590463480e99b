#pragma once

/*
 * What the sheet says of each reporter, as texts: one row a reporter, a column a question. Shared by the
 * terminal and Markdown.
 */

#include "runner/datasheet/datasheet.h"

enum sheet_column {
	SHEET_REPORTER,
	SHEET_COUNTS,	    /* "charged" */
	SHEET_COUNTS_RIGHT, /* "33/35" */
	SHEET_PEAK_RIGHT,   /* how many phenomena have the verdict at their peak */
	SHEET_PEAK_HIGH,
	SHEET_PEAK_LOW,
	SHEET_PEAK_BLIND,
	SHEET_STAGES_RIGHT, /* "12/14": of those judged */
	SHEET_FINAL_RIGHT,
	SHEET_CHILDREN,
	SHEET_NATIVE,
	SHEET_PAGE_CACHE,
	SHEET_SHARED, /* "once", "8.0 times" */
	SHEET_RESOLUTION,
	SHEET_SPIKE,
	SHEET_RMSE,
	SHEET_DELAY,
	SHEET_READING,
	SHEET_SLOWDOWN,
	SHEET_SLOWDOWN_INTERVAL,
	SHEET_SLOWDOWN_MOST,
	SHEET_SLOWDOWN_IN,
	SHEET_ADDED,
	SHEET_DISTURBS,
	SHEET_DISTURBS_IN,
	SHEET_N_COLUMNS,
};

#define SHEET_TEXT_SIZE 64

struct sheet_text {
	char text[SHEET_TEXT_SIZE];
};

/* "high", as short as the column; and what it is about, for a table that is not narrow: "high at the peak". */
const char *sheet_heading(enum sheet_column column);
const char *sheet_long_heading(enum sheet_column column);

/* "-" where it was not measured. */
struct sheet_text sheet_cell(
	const struct datasheet *datasheet, size_t reporter, enum sheet_column column);

/* NaN where there are no values: a cell that was not measured has none, and zeros for the rest. */
double sheet_median(const struct statistics *statistics);

/* A name as a terminal may see it: one line, cut where it is longer than a text. */
struct sheet_text sheet_name(const char *name);

/* "psutil.rss": its metric, which is in bytes as all are; cut where it is longer than a text. */
struct sheet_text sheet_reporter_name(const struct reporter *reporter);

/* Moments of one sort. */
enum sheet_moment { MOMENT_PEAK, MOMENT_STAGE, MOMENT_FINAL };

enum sheet_moment sheet_moment(const struct situation *situation);

/* Situations of a phenomenon follow each other: whether it is the first of its own. */
bool sheet_begins_phenomenon(const struct datasheet *datasheet, size_t situation);

/*
 * Whether it tells a reader something new: the first of each phenomenon, its peak, does, and another where a
 * reporter is wrong in a way that it is not there. Who is right at the peak is so when all is given back.
 */
bool sheet_is_telling(const struct datasheet *datasheet, size_t situation);

/* Whether its interval leaves the verdict open. With one repetition there is none, and nothing is said of it. */
bool sheet_is_open(const struct datasheet *datasheet, const struct cell *cell);

/* How many situations of that sort a reporter has each verdict in. */
struct sheet_tally {
	size_t n[VERDICT_BLIND + 1];
	size_t n_judged;
};

struct sheet_tally sheet_tally(
	const struct datasheet *datasheet, size_t reporter, enum sheet_moment moment);

/* The median error as a part of what is at stake: 1 is all of it. NaN where there is none. */
double sheet_error_part(const struct situation *situation, const struct cell *cell);

/* "+700 %", "0 %": no decimals from 10 % on, and one below. "-" for NaN. */
struct sheet_text sheet_percent(double part);
