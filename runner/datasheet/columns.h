#pragma once

/*
 * The data sheet's findings about each reporter as texts: one row per reporter, one column per
 * question. Shared by the terminal and Markdown writers.
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
	SHEET_STAGES_RIGHT, /* "12/14": of the judged ones */
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

/* "high", as short as the column; and the long form for wide tables, "high at the peak". */
const char *sheet_heading(enum sheet_column column);
const char *sheet_long_heading(enum sheet_column column);

/* "-" if not measured. */
struct sheet_text sheet_cell(
	const struct datasheet *datasheet, size_t reporter, enum sheet_column column);

/* NaN if there are no values: an unmeasured cell has no values and zeros for the rest. */
double sheet_median(const struct statistics *statistics);

/* A name for the terminal: one line, truncated if too long. */
struct sheet_text sheet_name(const char *name);

/* "psutil.rss": the metric without its unit, which is always bytes; truncated if too long. */
struct sheet_text sheet_reporter_name(const struct reporter *reporter);

/* The kinds of moments. */
enum sheet_moment { MOMENT_PEAK, MOMENT_STAGE, MOMENT_FINAL };

enum sheet_moment sheet_moment(const struct situation *situation);

/* True for the first situation of a phenomenon; its situations are adjacent. */
bool sheet_begins_phenomenon(const struct datasheet *datasheet, size_t situation);

/*
 * Whether a situation is worth showing: the first of a phenomenon, its peak, always is; another
 * only if a reporter is wrong there in a way in which it is not wrong at the peak. A reporter that
 * is right at the peak is expected to be right at the end.
 */
bool sheet_is_telling(const struct datasheet *datasheet, size_t situation);

/* True if the interval leaves the verdict open. With one repetition there is no interval: false. */
bool sheet_is_open(const struct datasheet *datasheet, const struct cell *cell);

/* Number of situations of that kind in which a reporter has each verdict. */
struct sheet_tally {
	size_t n[VERDICT_BLIND + 1];
	size_t n_judged;
};

struct sheet_tally sheet_tally(
	const struct datasheet *datasheet, size_t reporter, enum sheet_moment moment);

/* The median error as a fraction of what is at stake: 1 is all of it. NaN if there is none. */
double sheet_error_part(const struct situation *situation, const struct cell *cell);

/* "+700 %", "0 %": no decimals from 10 % on, one below. "-" for NaN. */
struct sheet_text sheet_percent(double part);
