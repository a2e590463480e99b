#pragma once

/*
 * What a person wants to read first of a command that was measured without a file: its peak and the
 * spread of it, what it was made of, the memory around it, time, and how it ended; a block for each
 * point, which from the second on is compared with the first; then what a reader must know of the run
 * (remarks.h). From `none`, or else the first backend; where there are several, the table that compares
 * them follows.
 */

#include "runner/report/report.h"

int answer_print(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error);
