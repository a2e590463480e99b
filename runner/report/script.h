#pragma once

/*
 * The folder plots/ of a run, and the gnuplot scripts in it. Scripts name their data relative to that
 * folder and write `../<picture>.png`, so that a user edits one and runs `cd plots && gnuplot <script>`.
 *
 * Pictures are laid out in pixels from the top left corner; gnuplot's screen coordinates go from 0 to 1
 * from the bottom. Text goes through script_quote alone: names and parameters may hold anything.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

struct plots {
	int run_fd; /* the run's folder, borrowed */
	int fd;	    /* plots/ in it */
};

#define PLOTS_NONE ((struct plots){.run_fd = -1, .fd = -1})

/*
 * Makes the folder below the run's where it is missing. -EPERM where it is another's, or others may write to it: what
 * gnuplot reads there could be theirs.
 */
int plots_open(int run_fd, struct plots *ret_plots, struct error *error);
void plots_release(struct plots *plots);

/* Makes a file of the folder anew, removing what has its name; plots_close_file tells what went wrong in writing it. */
int plots_create_file(
	const struct plots *plots, const char *name, FILE **ret_stream, struct error *error);
int plots_close_file(FILE **stream, const char *name, struct error *error);

/*
 * Runs gnuplot over a script of the folder, in the folder. gnuplot opens neither the script nor the picture: both are
 * its stdin and stdout. `output` is what script_begin was given, and appears when it is whole. -ENOENT: there is no
 * gnuplot.
 */
int plots_draw(const struct plots *plots, const char *script_name, const char *output,
	struct error *error);

/* Short enough that a step of a trace is not lost in a gap. */
#define SCRIPT_DASHED "(9,4)"

struct script {
	FILE *stream;
	double width; /* of the picture in pixels */
	double height;
};

enum script_align { SCRIPT_LEFT, SCRIPT_CENTER, SCRIPT_RIGHT };

struct script_text {
	double x;
	double y; /* of the middle of the line */
	enum script_align align;
	unsigned points; /* 0: 11 */
	int degrees;	 /* it rises by, around the point it is aligned to */
	bool bold;
	const char *color; /* "#rrggbb"; NULL: near black */
};

/* The terminal, the output file (relative to plots/) and the settings that all pictures share. */
void script_begin(const struct script *script, const char *script_name, const char *output);
void script_end(const struct script *script);

/* The place of the next plot: where its axes stand, not what is written around them. */
void script_place(
	const struct script *script, double left, double top, double right, double bottom);

/* A line of text. Shown with the next plot. */
void script_text(const struct script *script, const struct script_text *text, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* A straight line or a filled box, in pixels. `dash` is a gnuplot dash type: "solid",
 * SCRIPT_DASHED. Shown with the next plot. */
void script_line(const struct script *script, double x, double y, double length, const char *color,
	double width, const char *dash);
void script_box(const struct script *script, double x, double y, double width, double height,
	const char *color);
/* Slanted lines over a box. */
void script_hatch(const struct script *script, double x, double y, double width, double height,
	const char *color);

/* Forgets texts, lines and boxes: after each plot. */
void script_forget(const struct script *script);

/* A string of gnuplot: 'it''s', which nothing in it can leave. Control characters are blanks. */
void script_quote(FILE *stream, const char *text);

/* Twenty colours, more than there are backends; the first six, of Okabe and Ito, are told apart with any sight. */
const char *script_color(size_t index);
