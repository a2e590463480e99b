#pragma once

/*
 * What `memcg-run show` prints, from results.h5 alone: a run, trial by trial, or one trial with everything about it.
 * What a task or a file says is safe for a terminal.
 */

#include "runner/report/report.h"

/* A line for each trial, then the table (report_table), then why trials failed. */
int show_run(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error);

/*
 * The trial's facts, its marks and the truth it declared over time, and what it printed. -ENOENT where the run has no
 * trial of that number.
 */
int show_trial(struct results *results, uint64_t trial, FILE *stream, struct error *error);
