#pragma once

/*
 * The lower part of the memory picture: initial, peak and final by backend. One row per backend, a
 * dot for every repetition, next to the reference of the same trials.
 */

#include "runner/report/picture.h"

double memory_rows_height(const struct picture *picture);

int memory_rows_draw(const struct picture *picture, const struct script *script, size_t point,
	double top, struct error *error);

/* A backend's color: grey for one without a metric, which only has the reference to show. */
const char *memory_rows_color(const struct comparison *comparison, size_t backend);
