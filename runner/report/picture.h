#pragma once

/* The three pictures. Each writes one script and its data files to plots/. `output`: script_open(). */

#include "runner/analysis/comparison.h"
#include "runner/report/script.h"

struct picture {
	struct results *results;
	const struct comparison *comparison;
	const struct plots *plots;
	const char *name;    /* the experiment's */
	const char *machine; /* one line of facts */
	bool incomplete;     /* the run ended before all planned trials had run */
};

/* For one point: traces over time by backend, with initial, peak and final below. */
int memory_picture_draw(
	const struct picture *picture, size_t point, const char *output, struct error *error);

/*
 * Whether a point other than the one with the highest peak gets a picture in plots/. results.h5 has
 * the data of all points.
 */
bool picture_has_point(const struct comparison *comparison, size_t point);

/* What the memory of one trial of each point was made of over time, for at most this many points. */
#define COMPOSITION_PICTURE_MAX_POINTS 12
int composition_picture_draw(
	const struct picture *picture, const char *output, struct error *error);

/* Wall times by backend, for at most this many points. */
#define TIME_PICTURE_MAX_POINTS 12
int time_picture_draw(const struct picture *picture, const char *output, struct error *error);

/* Common layout, in pixels. */
#define PICTURE_WIDTH 1600.0
#define PICTURE_MARGIN 30.0
#define PICTURE_FOOTER 44.0

/*
 * Title, subtitle, and the machine's facts at the bottom; uses only `machine` and `incomplete` of
 * the picture. Appears with the next plot.
 */
void picture_frame(const struct picture *picture, const struct script *script, const char *title,
	const char *subtitle);

/* Text for a cell without data: "no trial ended ok: 2 oom". -ENOMEM. */
int picture_no_trial(const struct script *script, const struct comparison_cell *cell,
	const struct script_text *place);
