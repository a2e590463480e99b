/* fit.png: for each series its trials, the model, its interval, and predictions. */

#include "runner/analysis/units.h"
#include "runner/fit/fit_panel.h"
#include "runner/fit/fit_words.h"
#include "runner/host/run_files.h"
#include "runner/report/facts.h"
#include "runner/report/picture.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>

#define OUTPUT "../" RUN_FIT_PICTURE
#define HEADER 124.0
#define PANEL_TEXT 66.0
#define PANEL_PLOT 320.0
#define PANEL_GAP 22.0
#define PANEL_STRIP 150.0
#define PANEL_AXIS 76.0
#define PANEL_HEIGHT (PANEL_TEXT + PANEL_PLOT + PANEL_GAP + PANEL_STRIP + PANEL_AXIS)
#define PLOT_LEFT 110.0
/* From here on sizes are printed as 2.5 M. */
#define LARGE_N 1e6

#define BAND_COLOR "#cfe3f1"
#define MODEL_COLOR "#0072b2"
#define TRIAL_COLOR "#222222"
#define CHECK_COLOR "#d55e00"
#define PREDICTION_COLOR "#009e73"

static int draw_into(const struct picture *picture, const struct fit *fit, struct error *error);
static void draw_fit_legend(const struct script *script, bool predictions);
static int draw_fit_panel(const struct fit_panel *panel, const struct script *script, double top);

int fit_draw(struct results *results, const struct fit *fit, int run_fd, const char *run_path,
	struct error *error)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, run_path);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	struct plots plots = PLOTS_NONE;
	int r = name && machine ? 0 : error_set_errno(error, ENOMEM, "cannot draw the fit");

	if (r == 0)
		r = plots_open(run_fd, &plots, error);
	if (r == 0)
		r = draw_into(
			&(struct picture){
				.plots = &plots,
				.name = name,
				.machine = machine,
				.incomplete = facts_incomplete(results),
			},
			fit, error);
	plots_release(&plots);
	return r;
}

/* Series that were fitted, at most FIT_MAX_PANELS. */
static size_t n_panels(const struct fit *fit, size_t *ret_n_fitted)
{
	size_t n_fitted = 0;

	for (size_t i = 0; i < fit->n_series; i++)
		n_fitted += fit->series[i].refusal.number == 0;
	*ret_n_fitted = n_fitted;
	return n_fitted < FIT_MAX_PANELS ? n_fitted : FIT_MAX_PANELS;
}

static void draw_fit_header(const struct picture *picture, const struct fit *fit,
	const struct script *script, size_t n_shown, size_t n_fitted)
{
	CLEANUP(cleanup_free)
	char *title = string_format("%s: %s over n = %s", picture->name,
		fit->limits ? "minimal memory limit" : "peak", fit->x);
	CLEANUP(cleanup_free)
	char *more = n_shown < n_fitted
			     ? string_format("; %zu of %zu series are shown, fit.csv has "
					     "them all",
				       n_shown, n_fitted)
			     : string_format("%s", "");
	CLEANUP(cleanup_free)
	char *subtitle =
		string_format("%s in trials of %s%s", fit->metric, fit->backend, more ? more : "");

	picture_frame(picture, script, title ? title : "", subtitle ? subtitle : "");
	draw_fit_legend(script, fit->n_predictions > 0);
}

static int draw_panels(const struct picture *picture, const struct fit *fit,
	const struct script *script, size_t n_shown, struct error *error)
{
	double top = HEADER;
	size_t drawn = 0;
	int r = 0;

	for (size_t i = 0; i < fit->n_series && drawn < n_shown && r == 0; i++) {
		struct fit_panel panel;

		if (fit->series[i].refusal.number != 0)
			continue;
		r = fit_panel_init(&panel, fit, &fit->series[i], ++drawn);
		if (r == 0)
			r = draw_fit_panel(&panel, script, top);
		if (r < 0)
			r = error_set_errno(error, -r, "cannot draw the fit");
		else
			r = fit_panel_write(&panel, picture->plots, error);
		fit_panel_release(&panel);
		top += PANEL_HEIGHT;
	}
	return r;
}

static int draw_into(const struct picture *picture, const struct fit *fit, struct error *error)
{
	size_t n_fitted, n_shown = n_panels(fit, &n_fitted);
	struct script script = {.width = PICTURE_WIDTH,
		.height = HEADER + (double)n_shown * PANEL_HEIGHT + PICTURE_FOOTER};
	int r = script_open(&script, picture->plots, OUTPUT, error);

	if (r < 0)
		return r;
	draw_fit_header(picture, fit, &script, n_shown, n_fitted);
	r = draw_panels(picture, fit, &script, n_shown, error);
	return script_close(&script, r, error);
}

static void draw_fit_legend(const struct script *script, bool predictions)
{
	struct script_text text = {.x = PICTURE_MARGIN + 44.0, .y = 94.0};

	script_text(script, &text, "dot: one trial");
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN + 24.0,
			.y = 94.0,
			.align = SCRIPT_CENTER,
			.color = TRIAL_COLOR},
		"\u25cf");
	text.x += 170.0;
	script_line(script, text.x - 44.0, text.y, 34.0, MODEL_COLOR, 2.5, "solid");
	script_text(script, &text, "the model");
	text.x += 140.0;
	script_box(script, text.x - 44.0, text.y - 8.0, 34.0, 16.0, BAND_COLOR);
	script_text(script, &text, "95 %% of trials, if it holds");
	text.x += 270.0;
	script_line(script, text.x - 44.0, text.y, 34.0, CHECK_COLOR, 2.5, "solid");
	script_text(script, &text, "the largest size, predicted from the others alone");
	if (!predictions)
		return;
	text.x += 430.0;
	script_line(script, text.x - 44.0, text.y, 34.0, PREDICTION_COLOR, 2.5, "solid");
	script_text(script, &text, "predicted, not measured");
}

/* ---- a panel */

/* The strip shows what the main plot cannot: how far the trials are, and may be, from the model. */
static void draw_strip(const struct fit_panel *panel, FILE *stream)
{
	fputs("unset logscale y\n", stream);
	fprintf(stream, "set yrange [%.4g:%.4g]; set ylabel 'residual, %%'\n",
		-100.0 * panel->largest_part, 100.0 * panel->largest_part);
	fprintf(stream, "set format x '%s'\nset xlabel ",
		panel->high_n < LARGE_N ? "%.4g" : "%.1s %c");
	script_quote(stream, panel->fit->x);
	fputs("\nplot file index 1 using 1:(100*($3/$2-1)):(100*($4/$2-1)) with filledcurves "
	      "lc rgb '" BAND_COLOR "', \\\n"
	      "  0 with lines lw 2.5 lc rgb '" MODEL_COLOR "', \\\n"
	      "  file index 0 using 1:(100*($2/$3-1)) with points pt 7 ps 0.9 lc rgb '" TRIAL_COLOR
	      "'\n",
		stream);
}

static void draw_plot(const struct fit_panel *panel, FILE *stream, struct unit unit)
{
	fprintf(stream, "%s logscale xy\n", panel->logarithmic ? "set" : "unset");
	fprintf(stream, "set xrange [%.9g:%.9g]; set yrange [%.9g:%.9g]\n", panel->low_n,
		panel->high_n, panel->low_bytes / unit.size, panel->high_bytes / unit.size);
	fprintf(stream,
		"set format x ''; unset xlabel; set format y '%%.4g'; set ylabel '%s, %s%s'\n",
		panel->fit->limits ? "limit" : "peak", unit.name,
		panel->logarithmic ? "; both axes logarithmic" : "");
	fprintf(stream, "file = '%s'; unit = %.0f\n", panel->data_name, unit.size);
	fputs("plot file index 1 using 1:($3/unit):($4/unit) with filledcurves lc rgb '" BAND_COLOR
	      "', \\\n"
	      "  file index 1 using 1:($2/unit) with lines lw 2.5 lc rgb '" MODEL_COLOR "', \\\n",
		stream);
	if (panel->series->check.verdict != FIT_UNKNOWN)
		fputs("  file index 2 using 1:($2/unit):($3/unit):($4/unit) with yerrorbars pt 12 "
		      "ps 2 lw 2 lc rgb '" CHECK_COLOR "', \\\n",
			stream);
	else
		fputs("  file index 2 using 1:($2/unit) with points pt 12 ps 2 lw 2 lc rgb "
		      "'" CHECK_COLOR "', \\\n",
			stream);
	if (panel->fit->n_predictions > 0)
		fputs("  file index 3 using 1:($2/unit):($3/unit):($4/unit) with yerrorbars pt 4 "
		      "ps 2 lw 2 lc rgb '" PREDICTION_COLOR "', \\\n",
			stream);
	fputs("  file index 0 using 1:($2/unit) with points pt 7 ps 0.9 lc rgb '" TRIAL_COLOR "'\n",
		stream);
}

/* "the largest, predicted from the others: 230.1 MiB (229.5 MiB to 230.8 MiB), measured 230.2 MiB: within" */
static char *check_text(const struct fit *fit, const struct fit_series *series)
{
	const struct fit_check *check = &series->check;
	double measured = series->sizes[series->n_sizes - 1].median_bytes;

	if (check->verdict == FIT_UNKNOWN)
		return string_format("the largest, predicted from the others: %s, measured %s",
			fit_bytes(check->prediction.bytes).text, fit_bytes(measured).text);
	if (fit->limits)
		return string_format(
			"the largest, predicted from the others: at most %s, measured %s: %s",
			fit_bytes(check->prediction.bound).text, fit_bytes(measured).text,
			check->verdict == FIT_WITHIN ? "within" : "NOT within");
	return string_format(
		"the largest, predicted from the others: %s (%s to %s), measured %s: %s",
		fit_bytes(check->prediction.bytes).text,
		fit_bytes(check->prediction.interval.low).text,
		fit_bytes(check->prediction.interval.high).text, fit_bytes(measured).text,
		check->verdict == FIT_WITHIN ? "within" : "NOT within");
}

static int draw_fit_panel(const struct fit_panel *panel, const struct script *script, double top)
{
	const struct fit_series *series = panel->series;
	CLEANUP(cleanup_free) char *title = fit_series_title(series);
	CLEANUP(cleanup_free) char *model = fit_model_text(regression_fitted(series->regression));
	CLEANUP(cleanup_free) char *check = check_text(panel->fit, series);
	const double right = PICTURE_WIDTH - PICTURE_MARGIN - 10.0;
	const char *color = series->check.verdict == FIT_OUTSIDE ? "#b00000" : "#444444";

	if (!title || !model || !check)
		return -ENOMEM;
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = top + 14.0, .points = 13, .bold = true},
		"%s: %s", title, model);
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN, .y = top + 42.0, .color = color}, "%s",
		check);
	top += PANEL_TEXT;
	script_place(script, PLOT_LEFT, top, right, top + PANEL_PLOT);
	draw_plot(panel, script->stream, unit_of_bytes(panel->high_bytes));
	script_forget(script);
	top += PANEL_PLOT + PANEL_GAP;
	script_place(script, PLOT_LEFT, top, right, top + PANEL_STRIP);
	draw_strip(panel, script->stream);
	return 0;
}
