#pragma once

/*
 * What one panel of the memory picture shows: a backend's typical trial, its traces written to data
 * files, and the ranges that the axes need. Data are in seconds since task_begin and bytes.
 */

#include "runner/report/picture.h"

/* Trials of any length are read thinned to this many samples. */
#define TRACE_MAX_SAMPLES 4000

/* A trace in a file of plots/. */
struct trace {
	char *file; /* NULL: there is no such trace */
	size_t n;
	double minimum_bytes;
	double maximum_bytes;
};

struct trace_panel {
	const struct comparison_trial *trial; /* NULL: no trial of it ended ok */
	double duration_s;		      /* from task_begin to task_end */
	struct trace reference;
	struct trace metric;
	struct trace truth;
	/* Of the reference between task_begin and task_end: its trace breaks there. */
	size_t n_gaps;
	uint64_t longest_gap_ns;
};

int trace_panel_write(const struct picture *picture, size_t point, size_t backend,
	struct trace_panel *ret_panel, struct error *error);
void trace_panel_release(struct trace_panel *panel);

/* What the panel's line starts from, at task_begin: the metric's initial value, or the reference's
 * where the backend has no metric. The truth is drawn from there. 0 where it is not known. */
double trace_panel_initial(const struct trace_panel *panel);
