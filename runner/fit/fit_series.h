#pragma once

/*
 * Private to fit.c: the series of a run, from its table.
 */

#include "runner/fit/fit.h"

/* Fills x, metric, backend and the series with their sizes, in order of n. Errors are fit_make's. */
int fit_collect(const struct results *results, const struct fit_options *options, struct fit *fit,
	struct error *error);
