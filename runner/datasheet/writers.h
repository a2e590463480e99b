#pragma once

/*
 * The data sheet on paper: a table for the terminal, Markdown, CSV and a picture. Each is made of the sheet
 * alone, so that all say the same.
 */

#include "runner/datasheet/datasheet.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

#define DATASHEET_MARKDOWN "datasheet.md"
#define DATASHEET_CSV "datasheet.csv"
#define DATASHEET_REPORTERS_CSV "datasheet-reporters.csv"
#define DATASHEET_PICTURE "datasheet.png"

struct datasheet_writing {
	int run_fd;	       /* the run's folder, held */
	const char *machine;   /* one line of facts */
	const char *zero_page; /* what the kernel does on reading untouched memory; NULL: unknown */
	bool incomplete;       /* the run was ended before every planned trial had run */
	unsigned terminal_width; /* columns; 0: unknown, do not shorten */
	bool color;
};

/* Two tables of the reporters, and below them a letter for each verdict. -ENOMEM. */
int datasheet_print(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	FILE *stream, struct error *error);

/* The same at length, each verdict with its error, and at the end the trials that each rests on. */
void datasheet_markdown(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream);

/* A line a cell, and a line a reporter. docs/datasheet.md has the columns. Missing is empty. */
void datasheet_csv(const struct datasheet *datasheet, FILE *stream);
void datasheet_reporters_csv(const struct datasheet *datasheet, FILE *stream);

/*
 * Draws DATASHEET_PICTURE: situations by reporters, the color is the verdict. Its script stays in plots/, as
 * those of the other pictures. -ENOENT: there is no gnuplot.
 */
int datasheet_draw(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error);

/*
 * All four into the run's folder; each text appears whole or not at all. Where the picture cannot be drawn, the
 * texts are written all the same, and the error is the picture's.
 */
int datasheet_write(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error);
