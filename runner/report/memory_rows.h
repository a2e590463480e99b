#pragma once

/*
 * The lower part of the memory picture: initial, peak and final by backend, one row a backend, every
 * repetition a dot, beside the reference of the same trials.
 */

#include "runner/report/picture.h"

double memory_rows_height(const struct picture *picture);

int memory_rows_draw(const struct picture *picture, const struct script *script, size_t point,
	double top, struct error *error);

/* A backend's colour: grey for one without a metric, which has nothing but the reference to show. */
const char *memory_rows_color(const struct comparison *comparison, size_t backend);
