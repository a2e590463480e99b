#pragma once

/*
 * Writers of the data sheet: a table for the terminal, Markdown, CSV and a picture. Each uses only
 * the sheet, so that all agree.
 */

#include "runner/datasheet/datasheet.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define DATASHEET_MARKDOWN "datasheet.md"
#define DATASHEET_CSV "datasheet.csv"
#define DATASHEET_REPORTERS_CSV "datasheet-reporters.csv"
#define DATASHEET_PICTURE "datasheet.png"

struct datasheet_writing {
	int run_fd;	       /* the run's folder, open */
	const char *machine;   /* one line of facts */
	const char *zero_page; /* how the kernel handles reads of untouched memory; NULL: unknown */
	bool incomplete;       /* the run ended before all planned trials had run */
	unsigned terminal_width; /* columns; 0: unknown, do not truncate */
	bool color;
};

/* Two tables of the reporters, then a letter for each verdict. -ENOMEM. */
int datasheet_print(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	FILE *stream, struct error *error);

/* The same in detail: each verdict with its error, and finally the trials that each rests on. */
void datasheet_markdown(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream);

/*
 * One line per cell and one per reporter. docs/datasheet.md describes the columns. Missing values
 * are empty.
 */
void datasheet_csv(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream);
void datasheet_reporters_csv(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream);

/* All of it for programs: docs/datasheet.md. NULL on ENOMEM; the caller releases it. */
#define DATASHEET_JSON_SCHEMA "memcg-run datasheet"
#define DATASHEET_JSON_VERSION 1
json_t *datasheet_json(const struct datasheet *datasheet, const struct datasheet_writing *writing);

/*
 * Draws DATASHEET_PICTURE: situations by reporters, colored by verdict. Leaves its script in
 * plots/, like the other pictures. -ENOENT: gnuplot is missing.
 */
int datasheet_draw(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error);

/*
 * Writes all four into the run's folder; each text is written completely or not at all. If drawing
 * fails, the texts are written anyway, and the picture's error is returned.
 */
int datasheet_write(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error);
