/* fit.png: for each series its trials, the law, its interval, and what was foretold. */

#include "runner/fit/fit_words.h"
#include "runner/report/facts.h"
#include "runner/report/picture.h"
#include "runner/report/units.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>

#define SCRIPT "fit.gp"
#define OUTPUT "../fit.png"
#define HEADER 124.0
#define PANEL_TEXT 66.0
#define PANEL_PLOT 420.0
#define PANEL_AXIS 76.0
#define PLOT_LEFT 110.0
#define N_CURVE 200
/* From here on both axes are logarithmic: the small sizes would lie on top of each other. */
#define LOGARITHMIC_FROM 100.0

/* From here on sizes are written as 2.5 M. */
#define LARGE_N 1e6

#define BAND_COLOR "#cfe3f1"
#define LAW_COLOR "#0072b2"
#define TRIAL_COLOR "#222222"
#define CHECK_COLOR "#d55e00"
#define PREDICTION_COLOR "#009e73"

struct panel {
	const struct fit *fit;
	const struct fit_series *series;
	char *data_name;
	double low_n;
	double high_n;
	double low_bytes;
	double high_bytes;
	bool logarithmic;
};

static int draw_into(const struct picture *picture, const struct fit *fit, struct error *error);
static int panel_init(
	struct panel *panel, const struct fit *fit, const struct fit_series *series, size_t number);
static int write_data(const struct panel *panel, const struct plots *plots, struct error *error);
static void draw_legend(const struct script *script, bool predictions);
static int draw_panel(const struct panel *panel, const struct script *script, double top);

int fit_draw(
	struct results *results, const struct fit *fit, const char *run_path, struct error *error)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, run_path);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	struct plots plots = PLOTS_NONE;
	int r = name && machine ? 0 : error_set_errno(error, ENOMEM, "cannot draw the fit");

	if (r == 0)
		r = plots_open(run_path, &plots, error);
	if (r == 0)
		r = draw_into(
			&(struct picture){
				.plots = &plots,
				.name = name,
				.machine = machine,
				.incomplete = facts_incomplete(results),
			},
			fit, error);
	if (r == 0)
		r = plots_draw(&plots, SCRIPT, error);
	plots_release(&plots);
	return r;
}

/* Those that are fitted, and at most FIT_MAX_PANELS. */
static size_t n_panels(const struct fit *fit, size_t *ret_n_fitted)
{
	size_t n_fitted = 0;

	for (size_t i = 0; i < fit->n_series; i++)
		n_fitted += fit->series[i].refusal.number == 0;
	*ret_n_fitted = n_fitted;
	return n_fitted < FIT_MAX_PANELS ? n_fitted : FIT_MAX_PANELS;
}

static void draw_header(const struct picture *picture, const struct fit *fit,
	const struct script *script, size_t n_shown, size_t n_fitted)
{
	CLEANUP(cleanup_free)
	char *title = string_format("%s: peak over n = %s", picture->name, fit->x);
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
	draw_legend(script, fit->n_predictions > 0);
}

static int draw_panels(const struct picture *picture, const struct fit *fit,
	const struct script *script, size_t n_shown, struct error *error)
{
	double top = HEADER;
	size_t drawn = 0;
	int r = 0;

	for (size_t i = 0; i < fit->n_series && drawn < n_shown && r == 0; i++) {
		struct panel panel;

		if (fit->series[i].refusal.number != 0)
			continue;
		r = panel_init(&panel, fit, &fit->series[i], ++drawn);
		if (r == 0)
			r = draw_panel(&panel, script, top);
		if (r < 0)
			r = error_set_errno(error, -r, "cannot draw the fit");
		else
			r = write_data(&panel, picture->plots, error);
		free(panel.data_name);
		top += PANEL_TEXT + PANEL_PLOT + PANEL_AXIS;
	}
	return r;
}

static int draw_into(const struct picture *picture, const struct fit *fit, struct error *error)
{
	struct script script = {.width = PICTURE_WIDTH};
	size_t n_fitted, n_shown = n_panels(fit, &n_fitted);
	int r = plots_create_file(picture->plots, SCRIPT, &script.stream, error);

	if (r < 0)
		return r;
	script.height =
		HEADER + (double)n_shown * (PANEL_TEXT + PANEL_PLOT + PANEL_AXIS) + PICTURE_FOOTER;
	script_begin(&script, SCRIPT, OUTPUT);
	draw_header(picture, fit, &script, n_shown, n_fitted);
	r = draw_panels(picture, fit, &script, n_shown, error);
	script_end(&script);
	if (r < 0) {
		fclose(script.stream);
		return r;
	}
	return plots_close_file(&script.stream, SCRIPT, error);
}

static void draw_legend(const struct script *script, bool predictions)
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
	script_line(script, text.x - 44.0, text.y, 34.0, LAW_COLOR, 2.5, "solid");
	script_text(script, &text, "the law");
	text.x += 140.0;
	script_box(script, text.x - 44.0, text.y - 8.0, 34.0, 16.0, BAND_COLOR);
	script_text(script, &text, "95 %% of trials, if it holds");
	text.x += 270.0;
	script_line(script, text.x - 44.0, text.y, 34.0, CHECK_COLOR, 2.5, "solid");
	script_text(script, &text, "the largest size, foretold from the others alone");
	if (!predictions)
		return;
	text.x += 430.0;
	script_line(script, text.x - 44.0, text.y, 34.0, PREDICTION_COLOR, 2.5, "solid");
	script_text(script, &text, "foretold, not measured");
}

/* ---- a panel */

static void extend_by_prediction(struct panel *panel, const struct fit_prediction *prediction)
{
	panel->low_n = fmin(panel->low_n, prediction->n);
	panel->high_n = fmax(panel->high_n, prediction->n);
	panel->high_bytes = fmax(panel->high_bytes, prediction->bytes);
	if (prediction->bytes > 0.0)
		panel->low_bytes = fmin(panel->low_bytes, prediction->bytes);
}

/* An interval may be far wider than the law is high: it is cut at the frame, the points are not. */
static int panel_init(
	struct panel *panel, const struct fit *fit, const struct fit_series *series, size_t number)
{
	*panel = (struct panel){
		.fit = fit,
		.series = series,
		.low_n = series->sizes[0].n,
		.high_n = series->sizes[series->n_sizes - 1].n,
		.low_bytes = INFINITY,
		.data_name = string_format("fit-%zu.dat", number),
	};
	if (!panel->data_name)
		return -ENOMEM;
	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct law_size *size = &series->sizes[i];

		panel->low_bytes = fmin(panel->low_bytes, fmax(1.0, size->bytes[0]));
		panel->high_bytes = fmax(panel->high_bytes, size->bytes[size->n_trials - 1]);
	}
	extend_by_prediction(panel, &series->check.prediction);
	for (size_t i = 0; i < fit->n_predictions; i++)
		extend_by_prediction(panel, &series->predictions[i]);
	panel->logarithmic = panel->high_n > LOGARITHMIC_FROM * panel->low_n;
	if (panel->logarithmic) {
		panel->low_n /= 1.2;
		panel->high_n *= 1.2;
		panel->low_bytes /= 1.5;
		panel->high_bytes *= 1.5;
	} else {
		panel->low_n = 0.0;
		panel->high_n *= 1.04;
		panel->low_bytes = 0.0;
		panel->high_bytes = fmax(1.0, 1.2 * panel->high_bytes);
	}
	return 0;
}

/* From just above 0, where laws have no value. */
static double curve_at(const struct panel *panel, size_t i)
{
	double part = ((double)i + 1.0) / (double)N_CURVE;

	if (panel->logarithmic)
		return panel->low_n * pow(panel->high_n / panel->low_n, part);
	return panel->high_n * part;
}

/* On a logarithmic axis what is not above 0 would not be drawn: it is below the frame. */
static double shown(const struct panel *panel, double bytes)
{
	return panel->logarithmic ? fmax(bytes, panel->low_bytes / 10.0) : bytes;
}

static void write_prediction(
	const struct panel *panel, const struct fit_prediction *prediction, FILE *stream)
{
	fprintf(stream, "%.9g %.0f %.0f %.0f\n", prediction->n, shown(panel, prediction->bytes),
		shown(panel, prediction->interval.low), shown(panel, prediction->interval.high));
}

static int write_data(const struct panel *panel, const struct plots *plots, struct error *error)
{
	const struct fit_series *series = panel->series;
	FILE *stream;
	int r = plots_create_file(plots, panel->data_name, &stream, error);

	if (r < 0)
		return r;
	fputs("# trials: n bytes\n", stream);
	for (size_t i = 0; i < series->n_sizes; i++)
		for (size_t j = 0; j < series->sizes[i].n_trials; j++)
			fprintf(stream, "%.9g %.0f\n", series->sizes[i].n,
				series->sizes[i].bytes[j]);
	fputs("\n\n# the law: n bytes low high\n", stream);
	for (size_t i = 0; i < N_CURVE; i++) {
		double n = curve_at(panel, i);

		write_prediction(panel,
			&(struct fit_prediction){.n = n,
				.bytes = law_at(law_model_fitted(series->model), n),
				.interval = law_model_prediction(series->model, n)},
			stream);
	}
	fputs("\n\n# the largest size from the others: n bytes low high\n", stream);
	write_prediction(panel, &series->check.prediction, stream);
	fputs("\n\n# foretold: n bytes low high\n", stream);
	for (size_t i = 0; i < panel->fit->n_predictions; i++)
		write_prediction(panel, &series->predictions[i], stream);
	return plots_close_file(&stream, panel->data_name, error);
}

static void draw_axes(const struct panel *panel, const struct script *script, struct unit unit)
{
	FILE *stream = script->stream;

	fprintf(stream, "%s logscale xy\n", panel->logarithmic ? "set" : "unset");
	fprintf(stream, "set xrange [%.9g:%.9g]; set yrange [%.9g:%.9g]\n", panel->low_n,
		panel->high_n, panel->low_bytes / unit.size, panel->high_bytes / unit.size);
	fprintf(stream, "set format x '%s'; set format y '%%.4g'\nset xlabel ",
		panel->high_n < LARGE_N ? "%.4g" : "%.1s %c");
	script_quote(stream, panel->fit->x);
	fprintf(stream, "\nset ylabel 'peak, %s%s'\n", unit.name,
		panel->logarithmic ? "; both axes logarithmic" : "");
}

static void draw_plot(const struct panel *panel, const struct script *script, struct unit unit)
{
	FILE *stream = script->stream;

	draw_axes(panel, script, unit);
	fprintf(stream, "file = '%s'; unit = %.0f\n", panel->data_name, unit.size);
	fputs("plot file index 1 using 1:($3/unit):($4/unit) with filledcurves lc rgb '" BAND_COLOR
	      "', \\\n"
	      "  file index 1 using 1:($2/unit) with lines lw 2.5 lc rgb '" LAW_COLOR "', \\\n",
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

/* "the largest, foretold from the others: 230.1 MiB (229.5 MiB to 230.8 MiB), measured 230.2 MiB: within" */
static char *check_text(const struct fit_series *series)
{
	const struct fit_check *check = &series->check;
	double measured = series->sizes[series->n_sizes - 1].median_bytes;

	if (check->verdict == FIT_UNKNOWN)
		return string_format("the largest, foretold from the others: %s, measured %s",
			fit_bytes(check->prediction.bytes).text, fit_bytes(measured).text);
	return string_format(
		"the largest, foretold from the others: %s (%s to %s), measured %s: %s",
		fit_bytes(check->prediction.bytes).text,
		fit_bytes(check->prediction.interval.low).text,
		fit_bytes(check->prediction.interval.high).text, fit_bytes(measured).text,
		check->verdict == FIT_WITHIN ? "within" : "NOT within");
}

static int draw_panel(const struct panel *panel, const struct script *script, double top)
{
	const struct fit_series *series = panel->series;
	CLEANUP(cleanup_free) char *title = fit_series_title(series);
	CLEANUP(cleanup_free) char *law = fit_law_text(law_model_fitted(series->model));
	CLEANUP(cleanup_free) char *check = check_text(series);
	const char *color = series->check.verdict == FIT_OUTSIDE ? "#b00000" : "#444444";

	if (!title || !law || !check)
		return -ENOMEM;
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = top + 14.0, .points = 13, .bold = true},
		"%s: %s", title, law);
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN, .y = top + 42.0, .color = color}, "%s",
		check);
	script_place(script, PLOT_LEFT, top + PANEL_TEXT, PICTURE_WIDTH - PICTURE_MARGIN - 10.0,
		top + PANEL_TEXT + PANEL_PLOT);
	draw_plot(panel, script, unit_of_bytes(panel->high_bytes));
	script_forget(script);
	return 0;
}
