#pragma once

/*
 * The points of a run that are phenomena: those whose parameter `phenomenon` names one. In the
 * order of the experiment's file.
 */

#include "runner/analysis/comparison.h"

struct point {
	size_t index;	  /* in the comparison */
	char *phenomenon; /* "ramp" */
	/*
	 * The same; followed by the other parameters if the run has it several times: "ramp,
	 * size_mib=16".
	 */
	char *label;
	size_t place; /* in the experiment's text */
};

struct points {
	struct point *points;
	size_t n;
};

/* -ENODATA, with a sentence, if there are none. Call points_release in any case. */
int points_init(struct points *points, struct results *results, const struct comparison *comparison,
	struct error *error);
void points_release(struct points *points);
