/* memory-limit.png: what each limit did to the task, point by point; of several points first all limits in one plot. */

#include "runner/host/run_files.h"
#include "runner/limit/limit_panel.h"
#include "runner/limit/limit_words.h"
#include "runner/report/picture.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define OUTPUT "../" RUN_LIMIT_PICTURE
/* More do not fit a screen: limit.csv has them all. */
#define MAX_PANELS 6
#define MAX_OVERVIEW 40
#define LONGEST_LABEL 40

#define HEADER 128.0
#define OVERVIEW_ROW 28.0
#define OVERVIEW_AXIS 76.0
#define OVERVIEW_LABELS 330.0
#define OVERVIEW_DATA "memory-limit-points.dat"

static size_t n_limit_panels(const struct limit_answer *answer)
{
	return answer->n_points < MAX_PANELS ? answer->n_points : MAX_PANELS;
}

/* Points in the overview; 0 for a single one. */
static size_t n_limit_overview(const struct limit_answer *answer)
{
	if (answer->n_points < 2)
		return 0;
	return answer->n_points < MAX_OVERVIEW ? answer->n_points : MAX_OVERVIEW;
}

/* ---- data */

static int write_limit_panels(const struct limit_answer *answer, const struct plots *plots,
	struct limit_panel *panels, struct error *error)
{
	FILE *stream;
	int r = plots_create_file(plots, LIMIT_DATA_FILE, &stream, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n_limit_panels(answer); i++) {
		limit_panel_init(&panels[i], answer, i, i);
		limit_panel_write(&panels[i], stream);
	}
	return plots_close_file(&stream, LIMIT_DATA_FILE, error);
}

static void write_limit_or_nan(uint64_t bytes, FILE *stream)
{
	if (bytes > 0)
		fprintf(stream, " %.0f", (double)bytes);
	else
		fputs(" NaN", stream);
}

static int write_limit_overview(
	const struct limit_answer *answer, const struct plots *plots, struct error *error)
{
	FILE *stream;
	int r = plots_create_file(plots, OVERVIEW_DATA, &stream, error);

	if (r < 0)
		return r;
	fputs("# row floor minimal unharmed peak\n", stream);
	for (size_t i = 0; i < n_limit_overview(answer); i++) {
		const struct limit_answer_point *point = &answer->points[i];
		const bool found = point->finding.result == LIMIT_FOUND;

		fprintf(stream, "%zu %.0f", i, point->floor_bytes);
		write_limit_or_nan(found ? point->finding.upper_bytes : 0, stream);
		write_limit_or_nan(point->unharmed_bytes, stream);
		fprintf(stream, " %.0f\n", point->peak_bytes);
	}
	return plots_close_file(&stream, OVERVIEW_DATA, error);
}

/* ---- drawing */

static double limit_overview_height(const struct limit_answer *answer)
{
	const size_t n = n_limit_overview(answer);

	return n > 0 ? (double)n * OVERVIEW_ROW + OVERVIEW_AXIS : 0.0;
}

static double largest_limit(const struct limit_answer *answer)
{
	double largest = 0.0;

	for (size_t i = 0; i < n_limit_overview(answer); i++) {
		const struct limit_answer_point *point = &answer->points[i];

		largest = fmax(largest, point->peak_bytes);
		largest = fmax(largest, (double)point->unharmed_bytes);
		largest = fmax(largest, (double)point->finding.upper_bytes);
	}
	return largest;
}

static int draw_limit_overview(const struct limit_answer *answer, const struct script *script)
{
	const double left = PICTURE_MARGIN + OVERVIEW_LABELS;
	const size_t n = n_limit_overview(answer);
	const double largest = largest_limit(answer);
	const struct unit unit = unit_of_bytes(largest);

	for (size_t i = 0; i < n; i++) {
		CLEANUP(cleanup_free) char *title = limit_point_title(answer, i);
		CLEANUP(cleanup_free)
		char *label = title ? text_title(title, LONGEST_LABEL) : NULL;

		if (!label)
			return -ENOMEM;
		script_text(script,
			&(struct script_text){.x = left - 16.0,
				.y = HEADER + ((double)i + 0.5) * OVERVIEW_ROW,
				.align = SCRIPT_RIGHT},
			"%s", label);
	}
	script_place(script, left, HEADER, PICTURE_WIDTH - PICTURE_MARGIN - 10.0,
		HEADER + (double)n * OVERVIEW_ROW);
	fprintf(script->stream,
		"set ytics 1e6, 1e6; unset ylabel; set format x '%%.4g'; set xlabel 'memory, %s'\n"
		"set xrange [0:%.9g]; set yrange [%.6g:-0.5]; unit = %.0f\n"
		"plot '" OVERVIEW_DATA "' using ($2/unit):1:(($5-$2)/unit):(0) with vectors nohead "
		"lw 2 lc rgb '#cccccc', \\\n"
		"  '' using ($2/unit):1 with points pt 2 ps 1.2 lw 2 lc rgb '#777777', \\\n"
		"  '' using ($5/unit):1 with points pt 9 ps 1.6 lc rgb '" LIMIT_INK "', \\\n"
		"  '' using ($4/unit):1 with points pt 13 ps 1.8 lc rgb '" LIMIT_UNHARMED_COLOR
		"', \\\n"
		"  '' using ($3/unit):1 with points pt 7 ps 1.5 lc rgb '" LIMIT_ALL_COLOR "'\n",
		unit.name, fmax(1.0, 1.06 * largest / unit.size), (double)n - 0.5, unit.size);
	script_forget(script);
	return 0;
}

struct limit_legend_entry {
	const char *symbol;
	const char *color;
	const char *text;
	double width;
};

static void draw_limit_legend(const struct limit_answer *answer, const struct script *script)
{
	static const struct limit_legend_entry of_overview[] = {
		{"\u25cf", LIMIT_ALL_COLOR, "survives from", 170.0},
		{"\u25c6", LIMIT_UNHARMED_COLOR, "unharmed from", 180.0},
		{"\u25b2", LIMIT_INK, "peak without a limit", 210.0},
		{"\u00d7", "#777777", "floor: not reclaimable", 0.0},
	};
	static const struct limit_legend_entry of_outcomes[] = {
		{"\u25cf", LIMIT_ALL_COLOR, "all runs at this limit survived", 290.0},
		{"\u25cf", LIMIT_SOME_COLOR, "some", 100.0},
		{"\u25cf", LIMIT_NONE_COLOR, "none", 100.0},
		{"", LIMIT_INK, "(larger: more runs)      bar: interval of the slowdown", 0.0},
	};
	const struct limit_legend_entry *entries = answer->n_points > 1 ? of_overview : of_outcomes;
	double x = PICTURE_MARGIN + 10.0;

	for (size_t i = 0; i < LENGTH(of_overview); i++) {
		script_text(script,
			&(struct script_text){.x = x,
				.y = 94.0,
				.align = SCRIPT_CENTER,
				.color = entries[i].color},
			"%s", entries[i].symbol);
		script_text(script, &(struct script_text){.x = x + 16.0, .y = 94.0}, "%s",
			entries[i].text);
		x += entries[i].width;
	}
}

/* "numpy.py: how much memory it needs" */
static int draw_limit_header(const struct picture *picture, const struct limit_answer *answer,
	const struct script *script)
{
	const struct limit_settings *settings = &answer->run->settings;
	const size_t n_shown = n_limit_panels(answer);
	CLEANUP(cleanup_free)
	char *title = string_format("%s: how much memory it needs", picture->name);
	CLEANUP(cleanup_free)
	char *more = n_shown < answer->n_points
			     ? string_format("; %zu of %zu points in detail, limit.csv has all",
				       n_shown, answer->n_points)
			     : string_format("%s", "");
	CLEANUP(cleanup_free)
	char *subtitle = string_format(
		"survives: at least %s of runs at this %s, with %s confidence; unharmed: at most "
		"%.3g times the time%s",
		limit_share_text(settings->survival).text,
		settings->by == LIMIT_BY_HIGH ? "memory.high" : "limit",
		limit_share_text(settings->confidence).text, settings->slowdown, more ? more : "");

	if (!title || !more || !subtitle)
		return -ENOMEM;
	picture_frame(picture, script, title, subtitle);
	draw_limit_legend(answer, script);
	return 0;
}

static int draw_limit_into(const struct picture *picture, const struct limit_answer *answer,
	const struct limit_panel *panels, struct error *error)
{
	struct script script = {.width = PICTURE_WIDTH,
		.height = HEADER + limit_overview_height(answer) + PICTURE_FOOTER};
	double top = HEADER + limit_overview_height(answer);
	int r;

	for (size_t i = 0; i < n_limit_panels(answer); i++)
		script.height += limit_panel_height(&panels[i]);
	r = script_open(&script, picture->plots, OUTPUT, error);
	if (r < 0)
		return r;
	r = draw_limit_header(picture, answer, &script);
	if (r == 0 && n_limit_overview(answer) > 0)
		r = draw_limit_overview(answer, &script);
	for (size_t i = 0; i < n_limit_panels(answer) && r == 0; i++) {
		r = limit_panel_draw(&panels[i], &script, top);
		top += limit_panel_height(&panels[i]);
	}
	if (r < 0)
		r = error_set_errno(error, -r, "cannot draw the limits");
	return script_close(&script, r, error);
}

/* "AMD EPYC, Linux 6.12.1, cgroup v2, image host, 2026-11-22T17:53:21Z": what is known. */
static char *limit_machine(const struct limit_run *run)
{
	const char *facts[] = {
		run->cpu_model, run->kernel, run->hierarchy, run->image, run->created};
	char *machine = strdup("");

	for (size_t i = 0; i < LENGTH(facts); i++)
		if (facts[i] && *facts[i])
			machine = string_append(machine, ", ", "%s%s",
				facts[i] == run->hierarchy ? "cgroup "
				: facts[i] == run->image   ? "image "
							   : "",
				facts[i]);

	if (machine)
		text_blank_controls(machine);
	return machine;
}

int limit_answer_draw(const struct limit_answer *answer, int run_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *machine = limit_machine(answer->run);
	struct limit_panel panels[MAX_PANELS];
	struct plots plots = PLOTS_NONE;
	int r = machine ? plots_open(run_fd, &plots, error)
			: error_set_errno(error, ENOMEM, "cannot draw the limits");

	if (r == 0)
		r = write_limit_panels(answer, &plots, panels, error);
	if (r == 0 && n_limit_overview(answer) > 0)
		r = write_limit_overview(answer, &plots, error);
	if (r == 0)
		r = draw_limit_into(
			&(struct picture){
				.plots = &plots,
				.name = answer->run->title,
				.machine = machine,
			},
			answer, panels, error);
	plots_release(&plots);
	return r;
}
