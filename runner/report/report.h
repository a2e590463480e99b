#pragma once

/*
 * The report of a run, made from its results.h5 alone: the table for the terminal and the pictures.
 * The gnuplot scripts and their data stay in the run's folder plots/ for users to restyle: `cd
 * plots && gnuplot memory-usage-comparison.gp`.
 */

#include "runner/store/results.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

struct report_options {
	int run_fd;	      /* the run's folder, open: all output goes there */
	const char *run_path; /* its path, for messages */
	unsigned table_width; /* columns of the terminal; 0: unknown, do not truncate */
	bool color;
	const char *dygraphs; /* the folder of dygraphs; NULL: where Debian has it */
};

/*
 * Writes plots/ and the two pictures. memory-usage-comparison.png shows the point with the highest
 * reference peak; pictures of other points are plots/memory-usage-comparison-point-N.png
 * (picture_has_point). A run without trials gets no pictures.
 */
int report_pictures(
	struct results *results, const struct report_options *options, struct error *error);

/*
 * Writes report.html, one file that fetches nothing: traces to zoom into (page_data.h), the picture of times (call
 * report_pictures before), the table, the machine's facts and how to read them. Where dygraphs is not installed it has
 * the pictures of the traces too, and says so.
 */
int report_html(struct results *results, const struct report_options *options, struct error *error);

/*
 * Both. If drawing fails (no gnuplot), writes a report.html that says so, and returns the error of
 * the pictures.
 */
int report_write(
	struct results *results, const struct report_options *options, struct error *error);

/* Prints a table by point and backend: initial, peak, final, wall ratio, median and spread. */
int report_table(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error);
