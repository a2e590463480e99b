#pragma once

/* Private to limit_picture.c: one point's part of the picture, outcomes, slowdown and refaults over the limit. */

#include "runner/analysis/units.h"
#include "runner/limit/answer.h"
#include "runner/report/script.h"

struct limit_panel {
	const struct limit_answer *answer;
	size_t point;
	size_t number; /* of the panel, from 0: the data's index */
	struct unit unit;
	double low; /* of the axis, in bytes */
	double high;
	bool has_curve;
};

#define LIMIT_DATA_FILE "memory-limit.dat"

void limit_panel_init(
	struct limit_panel *panel, const struct limit_answer *answer, size_t point, size_t number);

/* In pixels. */
double limit_panel_height(const struct limit_panel *panel);

/* Its two blocks of the data file: the limits, and those on the curve. */
void limit_panel_write(const struct limit_panel *panel, FILE *stream);

/* -ENOMEM. */
int limit_panel_draw(const struct limit_panel *panel, const struct script *script, double top);

/* The colors of outcomes and limits. */
#define LIMIT_ALL_COLOR "#0072b2"
#define LIMIT_SOME_COLOR "#e69f00"
#define LIMIT_NONE_COLOR "#d55e00"
#define LIMIT_UNHARMED_COLOR "#009e73"
#define LIMIT_INK "#222222"
