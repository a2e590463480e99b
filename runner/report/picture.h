#pragma once

/*
 * The two pictures. Each draws one script and its data files below plots/; `output` is the PNG, relative
 * to plots/.
 */

#include "runner/analysis/comparison.h"
#include "runner/report/script.h"

struct picture {
	struct results *results;
	const struct comparison *comparison;
	const struct plots *plots;
	const char *name;    /* the experiment's */
	const char *machine; /* one line of facts */
	bool incomplete;     /* the run was ended before every planned trial had run */
};

/* Traces over time by backend, and initial, peak and final below, for one point. */
int memory_picture_draw(const struct picture *picture, size_t point, const char *script_name,
	const char *output, struct error *error);

/* Whether a point beside the one with the highest peak has a picture in plots/; results.h5 has them all. */
bool picture_has_point(const struct comparison *comparison, size_t point);

/* Wall times by backend, for every point up to this many. */
#define TIME_PICTURE_MAX_POINTS 12
int time_picture_draw(const struct picture *picture, const char *script_name, const char *output,
	struct error *error);

/* Layout that both share, in pixels. */
#define PICTURE_WIDTH 1600.0
#define PICTURE_MARGIN 30.0
#define PICTURE_FOOTER 44.0

/* Title, one line below it, and the machine's facts at the bottom; of the picture `machine` and `incomplete`
 * are needed. Shown with the next plot. */
void picture_frame(const struct picture *picture, const struct script *script, const char *title,
	const char *subtitle);

/* Where a cell has nothing to show: "no trial ended ok: 2 oom". -ENOMEM. */
int picture_no_trial(const struct script *script, const struct comparison_cell *cell,
	const struct script_text *place);
