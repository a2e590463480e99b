#pragma once

/* Private to fit.c: builds the series of a run from its table. */

#include "runner/fit/fit.h"

/*
 * Fills x, metric, backend and the series with their sizes, sorted by n. Same errors as fit_make.
 */
int fit_collect(const struct results *results, const struct fit_options *options, struct fit *fit,
	struct error *error);
