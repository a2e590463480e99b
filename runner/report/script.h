#pragma once

/*
 * The folder plots/ of a run, and its gnuplot scripts. A script's paths are relative to that folder
 * and it writes `../<picture>.png`: users can edit it and run `cd plots && gnuplot <script>`.
 *
 * The layout is in pixels from the top left corner; gnuplot's screen coordinates go from 0 to 1
 * from the bottom. Write text only with script_quote: names and parameters may contain anything.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

struct plots {
	int run_fd; /* the run's folder; borrowed */
	int fd;	    /* its plots/ */
};

#define PLOTS_NONE ((struct plots){.run_fd = -1, .fd = -1})

/*
 * Creates the folder if missing. -EPERM if it belongs to another user or others may write to it:
 * gnuplot could then read their files.
 */
int plots_open(int run_fd, struct plots *ret_plots, struct error *error);
void plots_release(struct plots *plots);

/*
 * Creates a new file in the folder, replacing an old one; plots_close_file reports its write
 * errors.
 */
int plots_create_file(
	const struct plots *plots, const char *name, FILE **ret_stream, struct error *error);
int plots_close_file(FILE **stream, const char *name, struct error *error);

/* Short enough that no step of a trace is hidden in a gap. */
#define SCRIPT_DASHED "(9,4)"

struct script {
	double width; /* of the picture in pixels */
	double height;
	FILE *stream;
	/* Private. */
	const struct plots *plots;
	const char *output;
	char *name;
};

enum script_align { SCRIPT_LEFT, SCRIPT_CENTER, SCRIPT_RIGHT };

struct script_text {
	double x;
	double y; /* of the middle of the line */
	enum script_align align;
	unsigned points; /* font size; 0: 11 */
	int degrees;	 /* counter-clockwise rotation around the alignment point */
	bool bold;
	const char *color; /* "#rrggbb"; NULL: near black */
};

/*
 * Begins the script of a picture, whose width and height are set: the terminal, the output file and the
 * settings common to all pictures. `output` is "NAME.png", relative to plots/, and outlives the script, which
 * is NAME.gp.
 */
int script_open(
	struct script *script, const struct plots *plots, const char *output, struct error *error);

/*
 * Ends it and runs gnuplot on it, unless what wrote into it failed with `r`, which is then returned. gnuplot
 * opens neither the script nor the picture: both are its stdin and stdout. The picture appears only when
 * complete. -ENOENT: gnuplot is missing.
 */
int script_close(struct script *script, int r, struct error *error);

/* The place of the next plot: its axes, without the labels around them. */
void script_place(
	const struct script *script, double left, double top, double right, double bottom);

/* A line of text. Appears with the next plot. */
void script_text(const struct script *script, const struct script_text *text, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/*
 * A straight line or a filled box, in pixels. `dash` is a gnuplot dash type: "solid",
 * SCRIPT_DASHED. Appears with the next plot.
 */
void script_line(const struct script *script, double x, double y, double length, const char *color,
	double width, const char *dash);
void script_box(const struct script *script, double x, double y, double width, double height,
	const char *color);
/* Hatches a box with slanted lines. */
void script_hatch(const struct script *script, double x, double y, double width, double height,
	const char *color);

/* Removes texts, lines and boxes: call it after each plot. */
void script_forget(const struct script *script);

/*
 * Writes a gnuplot string, 'it''s', which its content cannot end. Control characters become blanks.
 */
void script_quote(FILE *stream, const char *text);

/*
 * Twenty colors, more than there are backends. The first six, by Okabe and Ito, are safe for color
 * blindness.
 */
const char *script_color(size_t index);
