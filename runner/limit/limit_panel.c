#include "runner/limit/limit_panel.h"

#include "runner/limit/limit_words.h"
#include "runner/report/picture.h"
#include "util/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PANEL_TITLE 40.0
#define PANEL_MARKS_GAP 8.0
#define PANEL_MARK 21.0 /* a line of the names above the plots */
#define PANEL_OUTCOMES 120.0
#define PANEL_SLOWDOWN 230.0
#define PANEL_REFAULTS 110.0
#define PANEL_GAP 20.0
#define PANEL_AXIS 76.0
#define PLOT_LEFT 110.0
#define PLOT_RIGHT (PICTURE_WIDTH - PICTURE_MARGIN - 10.0)
/* On either side, of the axis, and of the largest limit: where all are close together, a zone beside them is seen. */
#define AXIS_ROOM 0.04
#define LEAST_ROOM 0.02
/* A zone that is narrower has no room for its name: of the axis, for each letter. */
#define LETTER_SHARE 0.0055
/* From this slowdown on its axis is logarithmic. */
#define LOGARITHMIC_FROM 5.0

enum limit_mark { MARK_FLOOR, MARK_MINIMAL, MARK_KNEE, MARK_UNHARMED, MARK_PEAK, N_MARKS };

struct limit_mark_style {
	const char *name;
	const char *color;
	const char *dash;
};

static const struct limit_mark_style mark_styles[N_MARKS] = {
	[MARK_FLOOR] = {"floor, not reclaimable:", "#777777", SCRIPT_DASHED},
	[MARK_MINIMAL] = {"survives from", LIMIT_ALL_COLOR, "solid"},
	[MARK_KNEE] = {"knee", "#7f3c8d", SCRIPT_DASHED},
	[MARK_UNHARMED] = {"unharmed from", LIMIT_UNHARMED_COLOR, "solid"},
	[MARK_PEAK] = {"peak without a limit", LIMIT_INK, SCRIPT_DASHED},
};

static const struct limit_answer_point *panel_point(const struct limit_panel *panel)
{
	return &panel->answer->points[panel->point];
}

/* NaN: there is none. */
static double mark_bytes(const struct limit_answer_point *point, enum limit_mark mark)
{
	const uint64_t minimal =
		point->finding.result == LIMIT_FOUND ? point->finding.upper_bytes : 0;

	switch (mark) {
	case MARK_FLOOR:
		return point->floor_bytes;
	case MARK_PEAK:
		return point->peak_bytes;
	case MARK_MINIMAL:
		return minimal > 0 ? (double)minimal : NAN;
	case MARK_KNEE:
		return point->knee_bytes > 0 ? (double)point->knee_bytes : NAN;
	case MARK_UNHARMED:
	default:
		return point->unharmed_bytes > 0 ? (double)point->unharmed_bytes : NAN;
	}
}

static size_t n_marks(const struct limit_answer_point *point)
{
	size_t n = 0;

	for (enum limit_mark mark = 0; mark < N_MARKS; mark++)
		n += !isnan(mark_bytes(point, mark));
	return n;
}

void limit_panel_init(
	struct limit_panel *panel, const struct limit_answer *answer, size_t point, size_t number)
{
	const struct limit_answer_point *shown = &answer->points[point];
	double low = INFINITY, high = 0.0, room;

	*panel = (struct limit_panel){.answer = answer, .point = point, .number = number};
	for (enum limit_mark mark = 0; mark < N_MARKS; mark++) {
		/* fmin and fmax pass over NaN. */
		low = fmin(low, mark_bytes(shown, mark));
		high = fmax(high, mark_bytes(shown, mark));
	}
	for (size_t i = 0; i < shown->n_rows; i++) {
		const struct limit_row *row = &shown->rows[i];

		panel->has_curve |= !isnan(row->slowdown);
		if (row->limit_bytes == 0)
			continue;
		low = fmin(low, (double)row->limit_bytes);
		high = fmax(high, (double)row->limit_bytes);
	}
	if (!isfinite(low))
		low = 0.0;
	room = fmax(fmax(AXIS_ROOM * (high - low), LEAST_ROOM * high), 1.0);
	panel->low = fmax(0.0, low - room);
	panel->high = high + room;
	panel->unit = unit_of_bytes(high);
}

double limit_panel_height(const struct limit_panel *panel)
{
	const double curve =
		panel->has_curve ? 2.0 * PANEL_GAP + PANEL_SLOWDOWN + PANEL_REFAULTS : 0.0;

	return PANEL_TITLE + PANEL_MARK * (double)n_marks(panel_point(panel)) + PANEL_MARKS_GAP +
	       PANEL_OUTCOMES + curve + PANEL_AXIS;
}

/* ---- data */

void limit_panel_write(const struct limit_panel *panel, FILE *stream)
{
	const struct limit_answer_point *point = panel_point(panel);
	const double page_bytes = (double)panel->answer->run->page_bytes;

	fputs("# limit_bytes survived_percent trials\n", stream);
	for (size_t i = 0; i < point->n_rows; i++) {
		const struct limit_row *row = &point->rows[i];

		if (row->limit_bytes > 0 && row->n > 0)
			fprintf(stream, "%" PRIu64 " %.4g %" PRIu64 "\n", row->limit_bytes,
				100.0 * (double)row->n_survived / (double)row->n, row->n);
	}
	fputs("\n\n# limit_bytes slowdown low high refault_bytes\n", stream);
	for (size_t i = 0; i < point->n_rows; i++) {
		const struct limit_row *row = &point->rows[i];

		if (!isnan(row->slowdown))
			fprintf(stream, "%" PRIu64 " %.6g %.6g %.6g %.0f\n", row->limit_bytes,
				row->slowdown, row->slowdown_interval.low,
				row->slowdown_interval.high, row->refaults * page_bytes);
	}
	fputs("\n\n", stream);
}

/* ---- drawing */

/* What happens between two limits, as a background; its name in the first plot if there is room. */
static void draw_zone(const struct limit_panel *panel, FILE *stream, double low, double high,
	const char *color, const char *name)
{
	const double unit = panel->unit.size;
	const double room = (double)strlen(name) * LETTER_SHARE * (panel->high - panel->low);

	if (isnan(low) || isnan(high))
		return;
	low = fmax(low, panel->low);
	high = fmin(high, panel->high);
	if (low >= high)
		return;
	fprintf(stream,
		"set object rectangle from first %.9g, graph 0 to first %.9g, graph 1 fc rgb '%s' "
		"fs solid noborder behind\n",
		low / unit, high / unit, color);
	if (*name && high - low >= room)
		fprintf(stream,
			"set label '%s' at first %.9g, graph 0.31 center font ',12' tc rgb "
			"'#555555' front\n",
			name, 0.5 * (low + high) / unit);
}

static void draw_zones(const struct limit_panel *panel, FILE *stream, bool named)
{
	const struct limit_answer_point *point = panel_point(panel);
	const double dies = (double)point->dies_bytes;
	const double minimal = mark_bytes(point, MARK_MINIMAL);
	const double unharmed = mark_bytes(point, MARK_UNHARMED);
	const double slow_until = isnan(unharmed) ? INFINITY : unharmed;

	if (dies > 0.0)
		draw_zone(panel, stream, 0.0, dies, "#f9dfd3", named ? "dies" : "");
	draw_zone(panel, stream, dies, minimal, "#fcf1d4", named ? "may die" : "");
	draw_zone(panel, stream, minimal, slow_until, "#e3eff8",
		!named		   ? ""
		: panel->has_curve ? "survives, slower"
				   : "survives");
	draw_zone(panel, stream, unharmed, INFINITY, "#d9efe4", named ? "unharmed" : "");
}

static void draw_mark_lines(const struct limit_panel *panel, FILE *stream)
{
	for (enum limit_mark mark = 0; mark < N_MARKS; mark++) {
		const double bytes = mark_bytes(panel_point(panel), mark);

		if (!isnan(bytes))
			fprintf(stream,
				"set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead "
				"lw 2 lc rgb '%s' dt %s back\n",
				bytes / panel->unit.size, bytes / panel->unit.size,
				mark_styles[mark].color, mark_styles[mark].dash);
	}
}

/* "survives from 120.00 MiB": each in a line of its own, since limits may be close together. */
static void draw_mark_names(
	const struct limit_panel *panel, const struct script *script, double top)
{
	FILE *stream = script->stream;
	double y = top;

	for (enum limit_mark mark = 0; mark < N_MARKS; mark++) {
		const double bytes = mark_bytes(panel_point(panel), mark);
		const double x = bytes / panel->unit.size;
		const double screen_y = 1.0 - (y + 0.5 * PANEL_MARK) / script->height;
		const bool right = bytes > 0.6 * panel->high + 0.4 * panel->low;

		if (isnan(bytes))
			continue;
		fprintf(stream,
			"set arrow from first %.9g, graph 1 to first %.9g, screen %.6f nohead lw 2 "
			"lc rgb '%s' dt %s back\n"
			"set label '%s %s' at first %.9g, screen %.6f %s offset character %s, 0 "
			"font ',11' tc rgb '%s' front\n",
			x, x, screen_y, mark_styles[mark].color, mark_styles[mark].dash,
			mark_styles[mark].name, limit_bytes_text(bytes).text, x, screen_y,
			right ? "right" : "left", right ? "-0.6" : "0.6", mark_styles[mark].color);
		y += PANEL_MARK;
	}
}

static void begin_plot(const struct limit_panel *panel, const struct script *script, double top,
	double height, bool last)
{
	FILE *stream = script->stream;

	script_place(script, PLOT_LEFT, top, PLOT_RIGHT, top + height);
	fprintf(stream, "set xrange [%.9g:%.9g]; unset logscale y; set ytics autofreq\n",
		panel->low / panel->unit.size, panel->high / panel->unit.size);
	if (last)
		fprintf(stream, "set format x '%%.5g'; set xlabel 'memory limit, %s'\n",
			panel->unit.name);
	else
		fputs("set format x ''; unset xlabel\n", stream);
	fprintf(stream, "unit = %.0f\n", panel->unit.size);
}

static void draw_outcomes(
	const struct limit_panel *panel, const struct script *script, double top, double marks_top)
{
	FILE *stream = script->stream;

	begin_plot(panel, script, top, PANEL_OUTCOMES, !panel->has_curve);
	draw_zones(panel, stream, true);
	draw_mark_lines(panel, stream);
	draw_mark_names(panel, script, marks_top);
	fprintf(stream,
		"set yrange [-14:114]; set ytics 0, 50, 100; set format y '%%.0f %%%%'\n"
		"set ylabel 'survived'\n"
		"size(n) = 1.0 + log10(n)\n"
		"plot '" LIMIT_DATA_FILE "' index %zu using ($1/unit):2:(size($3)):($2 >= 100 ? "
		"0x0072b2 : $2 > 0 ? 0xe69f00 : 0xd55e00) with points pt 7 ps variable lc rgb "
		"variable\n",
		2 * panel->number);
	script_forget(script);
}

static double largest_slowdown(const struct limit_panel *panel)
{
	double largest = panel->answer->run->settings.slowdown;

	for (size_t i = 0; i < panel_point(panel)->n_rows; i++)
		largest = fmax(largest, panel_point(panel)->rows[i].slowdown_interval.high);
	return largest;
}

static double smallest_slowdown(const struct limit_panel *panel)
{
	double smallest = 1.0;

	for (size_t i = 0; i < panel_point(panel)->n_rows; i++)
		smallest = fmin(smallest, panel_point(panel)->rows[i].slowdown_interval.low);
	return smallest;
}

static void draw_slowdown(const struct limit_panel *panel, const struct script *script, double top)
{
	const double allowed = panel->answer->run->settings.slowdown;
	const double largest = largest_slowdown(panel), smallest = smallest_slowdown(panel);
	const double room = 0.08 * (largest - smallest);
	const bool logarithmic = largest >= LOGARITHMIC_FROM * smallest;
	FILE *stream = script->stream;

	begin_plot(panel, script, top, PANEL_SLOWDOWN, false);
	draw_zones(panel, stream, false);
	draw_mark_lines(panel, stream);
	if (logarithmic)
		fprintf(stream,
			"set logscale y; set yrange [%.6g:%.6g]; set ytics (0.5, 1, 2, 5, 10, 20, "
			"50, 100, 200, 500, 1000)\n",
			0.9 * smallest, 1.2 * largest);
	else
		fprintf(stream, "set yrange [%.6g:%.6g]\n", smallest - room, largest + room);
	fprintf(stream,
		"set format y '%%.4g'; set ylabel 'slowdown%s'\n"
		"set arrow from graph 0, first %.6g to graph 1, first %.6g nohead lw 1.5 lc rgb "
		"'#777777' dt (4,4) back\n"
		"set label 'unharmed: at most %.3g' at graph 1, first %.6g right offset "
		"character -0.6, 0.6 tc rgb '#555555' front\n"
		"plot '" LIMIT_DATA_FILE "' index %zu using ($1/unit):2 with lines lw 1.5 lc rgb "
		"'" LIMIT_INK "', \\\n"
		"  '' index %zu using ($1/unit):2:3:4 with yerrorbars pt 7 ps 1 lw 2 lc rgb "
		"'" LIMIT_INK "'\n",
		logarithmic ? ", logarithmic" : "", allowed, allowed, allowed, allowed,
		2 * panel->number + 1, 2 * panel->number + 1);
	script_forget(script);
}

static void draw_refaults(const struct limit_panel *panel, const struct script *script, double top)
{
	const struct limit_answer_point *point = panel_point(panel);
	double largest = 0.0;
	struct unit unit;

	for (size_t i = 0; i < point->n_rows; i++)
		if (!isnan(point->rows[i].slowdown))
			largest = fmax(largest,
				point->rows[i].refaults * (double)panel->answer->run->page_bytes);
	unit = unit_of_bytes(largest);
	begin_plot(panel, script, top, PANEL_REFAULTS, true);
	draw_zones(panel, script->stream, false);
	draw_mark_lines(panel, script->stream);
	fprintf(script->stream,
		"set yrange [0:%.6g]; set ytics (0, %.4g); set format y '%%.4g'\n"
		"set ylabel 'read again, %s'\n"
		"plot '" LIMIT_DATA_FILE "' index %zu using ($1/unit):($5/%.0f) with linespoints "
		"pt 7 ps 1 lw 1.5 lc rgb '" LIMIT_INK "'\n",
		largest > 0.0 ? 1.15 * largest / unit.size : 1.0, largest / unit.size, unit.name,
		2 * panel->number + 1, unit.size);
	script_forget(script);
}

int limit_panel_draw(const struct limit_panel *panel, const struct script *script, double top)
{
	const struct limit_answer_point *point = panel_point(panel);
	CLEANUP(cleanup_free) char *title = limit_point_title(panel->answer, panel->point);
	CLEANUP(cleanup_free) char *sentence = limit_result_sentence(panel->answer, point);
	const double marks_top = top + PANEL_TITLE;

	if (!title || !sentence)
		return -ENOMEM;
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = top + 14.0, .points = 13, .bold = true},
		"%s: %s", title, sentence);
	top = marks_top + PANEL_MARK * (double)n_marks(point) + PANEL_MARKS_GAP;
	draw_outcomes(panel, script, top, marks_top);
	if (!panel->has_curve)
		return 0;
	top += PANEL_OUTCOMES + PANEL_GAP;
	draw_slowdown(panel, script, top);
	draw_refaults(panel, script, top + PANEL_SLOWDOWN + PANEL_GAP);
	return 0;
}
