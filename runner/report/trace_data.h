#pragma once

/*
 * The content of one panel of the memory picture: a backend's typical trial, its traces as data
 * files, and the ranges for the axes. Data are in seconds since task_begin and bytes.
 */

#include "runner/report/picture.h"

/* Traces are thinned to this many samples, for trials of any length. */
#define TRACE_MAX_SAMPLES 4000

/* A trace in a file of plots/. */
struct trace {
	char *file; /* NULL: there is no such trace */
	size_t n;
	double minimum_bytes;
	double maximum_bytes;
};

struct trace_panel {
	const struct comparison_trial *trial; /* NULL: no trial is ok */
	double duration_s;		      /* from task_begin to task_end */
	struct trace reference;
	struct trace metric;
	struct trace truth;
	/* Gaps of the reference between task_begin and task_end: its trace is interrupted there. */
	size_t n_gaps;
	uint64_t longest_gap_ns;
};

int trace_panel_write(const struct picture *picture, size_t point, size_t backend,
	struct trace_panel *ret_panel, struct error *error);
void trace_panel_release(struct trace_panel *panel);

/*
 * The start of the panel's line at task_begin: the metric's initial value, or the reference's if
 * the backend has no metric. The truth is drawn from there too. 0 if unknown.
 */
double trace_panel_initial(const struct trace_panel *panel);
