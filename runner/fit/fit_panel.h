#pragma once

/*
 * Private to fit_picture.c: what the panel of a series shows, and its data for gnuplot.
 */

#include "runner/fit/fit.h"
#include "runner/report/script.h"

struct fit_panel {
	const struct fit *fit;
	const struct fit_series *series;
	char *data_name; /* "fit-1.dat" */
	double low_n;
	double high_n;
	double low_bytes;
	double high_bytes;
	bool logarithmic;
	double largest_part; /* of the model, that the strip below shows: 0.02 is 2 % on either side */
};

/* `number` is the panel's, from 1. -ENOMEM; the panel is to be released in any case. */
int fit_panel_init(struct fit_panel *panel, const struct fit *fit, const struct fit_series *series,
	size_t number);
void fit_panel_release(struct fit_panel *panel);

/* plots/fit-1.dat: blocks of the trials, the model, the check and the predictions. */
int fit_panel_write(const struct fit_panel *panel, const struct plots *plots, struct error *error);
