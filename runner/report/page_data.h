#pragma once

/*
 * The traces in report.html, as JSON in a script element for page.js: one chart for each point and backend, of the
 * trial that its picture shows (comparison_shown_trial), with the kernel's account, the backend's own number and the
 * truth; and for each point what its memory was made of. Times are in nanoseconds since task_begin, memory in bytes.
 * Times and values are differences to the one before, which are short; the first are themselves.
 *
 *     {"backends": ["none"], "points": [{"label": "size=1", "largest": true, "charts": [{
 *         "backend": 0, "metric": null, "trial": 1, "color": "#0072b2", "summary": "+1.00 MiB",
 *         "unit": "MiB", "unit_bytes": 1048576, "end_ns": 1000, "limit": null, "gaps": [[BEGIN, END]],
 *         "traces": [{"kind": "reference", "total": 3, "times": [-5, 10, 10], "values": [0, 5, -5],
 *             "whole": [[-5, 15]]}],
 *         "parts": {"times": [0], "anonymous": [0], ...}}]}]}
 *
 * A page holds PAGE_MAX_SAMPLES at most. If a run has more, every trace longer than a common length is thinned: the
 * smallest and the largest of each stretch (runner/store/thinning.h) of the whole, and every sample around task_begin,
 * the largest and task_end. "whole" has the intervals in which no sample is missing, and "total" how many the trial
 * has: the page says where it does not show all.
 */

#include "runner/analysis/comparison.h"

#include <stdio.h>

/* At up to 17 bytes each, with everything else in the page, less than 5 MB. */
#define PAGE_MAX_SAMPLES 200000

/* Whether the page has the traces of a point: of the one with the highest peak, and those with a picture. */
bool page_has_point(const struct comparison *comparison, size_t point);

int page_data_write(FILE *stream, struct results *results, const struct comparison *comparison,
	struct error *error);
