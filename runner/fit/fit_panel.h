#pragma once

/* Private to fit_picture.c: the content of a series' panel, and its data for gnuplot. */

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
	/* range of the lower strip, as a fraction of the model: 0.02 is 2 % on either side */
	double largest_part;
};

/* `number` is the panel's, from 1. -ENOMEM; call fit_panel_release in any case. */
int fit_panel_init(struct fit_panel *panel, const struct fit *fit, const struct fit_series *series,
	size_t number);
void fit_panel_release(struct fit_panel *panel);

/* Writes plots/fit-1.dat: blocks for the trials, the model, the check and the predictions. */
int fit_panel_write(const struct fit_panel *panel, const struct plots *plots, struct error *error);
