#pragma once

/*
 * The answer of a run, made from its results.h5 alone: the table for the terminal and the pictures.
 * The gnuplot scripts and their data stay in the run's folder plots/, so that a user can restyle
 * them: `cd plots && gnuplot memory-usage-comparison.gp`.
 */

#include "runner/store/results.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

struct report_options {
	int run_fd;	      /* the run's folder, held: all that is written stands beneath it */
	const char *run_path; /* its path, which names it to people */
	unsigned table_width; /* columns of the terminal; 0: unknown, do not shorten */
	bool color;
};

/*
 * Writes plots/ and the two pictures. memory-usage-comparison.png shows the point whose reference peaks
 * highest; others have theirs in plots/,
 * memory-usage-comparison-point-N.png (picture_has_point). A run without a
 * single trial has no pictures.
 */
int report_pictures(
	struct results *results, const struct report_options *options, struct error *error);

/*
 * Writes report.html: the pictures (embedded; call report_pictures before), the table, the machine's
 * facts and how to read them, in one file.
 */
int report_html(struct results *results, const struct report_options *options, struct error *error);

/*
 * Both. Where the pictures cannot be drawn (no gnuplot), report.html is written without them and says
 * so, and the error is theirs.
 */
int report_write(
	struct results *results, const struct report_options *options, struct error *error);

/* Prints the table by point and backend: initial, peak, final, wall ratio, median and spread. */
int report_table(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error);
