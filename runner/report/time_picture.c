#include "runner/report/picture.h"

#include "runner/analysis/units.h"
#include "runner/report/memory_rows.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>

#define HEADER 112.0
#define BLOCK_HEADER 46.0
#define ROW_HEIGHT 36.0
#define BLOCK_FOOTER 60.0
#define NAMES 140.0
#define NUMBERS 360.0
#define MEDIAN_RIGHT 90.0 /* from the axes' right end to the right end of the median's text */
#define RATIO_RIGHT 150.0
#define INTERVAL_LEFT 166.0
#define DATA_FILE "time.dat"

/*
 * If the slowest takes more than this many times the fastest, a linear axis would only show the
 * slowest.
 */
#define LINEAR_FACTOR 20.0
/* If the smallest is above this fraction of the largest, the axis may start there. */
#define NARROW 0.8

static int write_times(const struct picture *picture, struct error *error);
static void draw_time_header(const struct picture *picture, const struct script *script);
static int draw_block(
	const struct picture *picture, const struct script *script, size_t point, double top);
static double block_height(const struct comparison *comparison);
static size_t n_shown(const struct comparison *comparison);

int time_picture_draw(const struct picture *picture, const char *output, struct error *error)
{
	const struct comparison *comparison = picture->comparison;
	struct script script = {.width = PICTURE_WIDTH};
	int r = write_times(picture, error);

	script.height =
		HEADER + (double)n_shown(comparison) * block_height(comparison) + PICTURE_FOOTER;
	if (r == 0)
		r = script_open(&script, picture->plots, output, error);
	if (r < 0)
		return r;
	draw_time_header(picture, &script);
	for (size_t i = 0; i < n_shown(comparison) && r == 0; i++)
		r = draw_block(picture, &script, i, HEADER + (double)i * block_height(comparison));
	if (r < 0)
		error_set_errno(error, -r, "cannot draw the times");
	return script_close(&script, r, error);
}

static size_t n_shown(const struct comparison *comparison)
{
	return comparison->n_points < TIME_PICTURE_MAX_POINTS ? comparison->n_points
							      : TIME_PICTURE_MAX_POINTS;
}

static double block_height(const struct comparison *comparison)
{
	return BLOCK_HEADER + (double)comparison->n_backends * ROW_HEIGHT + BLOCK_FOOTER;
}

/*
 * Spreads the dots of a row so that equal times do not hide each other: multiples of the golden
 * ratio are evenly distributed for any count, and the same in every drawing.
 */
static double jitter_of(uint64_t repetition)
{
	double turn = (double)repetition * 0.6180339887498949;

	return 0.5 * (turn - floor(turn) - 0.5);
}

static int write_times(const struct picture *picture, struct error *error)
{
	const struct comparison *comparison = picture->comparison;
	FILE *stream;
	int r = plots_create_file(picture->plots, DATA_FILE, &stream, error);

	if (r < 0)
		return r;
	fputs("# point row repetition wall_ns jitter\n", stream);
	for (size_t i = 0; i < comparison->n_points; i++)
		for (size_t j = 0; j < comparison->n_backends; j++) {
			const struct comparison_cell *cell = comparison_cell(comparison, i, j);

			for (size_t k = 0; k < cell->n_trials; k++)
				if (cell->trials[k].ok)
					fprintf(stream, "%zu %zu %" PRIu64 " %.0f %.3f\n", i + 1,
						j + 1, cell->trials[k].repetition,
						cell->trials[k].value[COMPARISON_WALL_NS],
						jitter_of(cell->trials[k].repetition));
		}
	return plots_close_file(&stream, DATA_FILE, error);
}

static void draw_time_header(const struct picture *picture, const struct script *script)
{
	const struct comparison *comparison = picture->comparison;
	CLEANUP(cleanup_free)
	char *title = string_format("%s: wall time from task_begin to task_end", picture->name);
	CLEANUP(cleanup_free) char *more = NULL;

	if (comparison->n_points > n_shown(comparison))
		more = string_format("%zu of %zu points are shown; results.h5 has them all",
			n_shown(comparison), comparison->n_points);
	else if (comparison_is_small(comparison))
		more = string_format("%s", COMPARISON_SMALL_REMARK);
	picture_frame(picture, script, title ? title : "", more ? more : "");
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = more ? 88.0 : 64.0, .color = "#444444"},
		"dot: one trial; bar: median; shaded: its 95 %% bootstrap interval; ratio: median "
		"of the "
		"ratios to `none` in the same repetition, with its 95 %% interval");
}

/* ---- a block: one point */

struct axis {
	struct unit unit;
	double low_ns;
	double high_ns;
	bool logarithmic;
};

static struct axis axis_of(const struct comparison *comparison, size_t point)
{
	struct axis axis = {.low_ns = INFINITY};
	double margin_ns;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		for (size_t j = 0; j < cell->n_trials; j++) {
			axis.low_ns = fmin(axis.low_ns, cell->trials[j].value[COMPARISON_WALL_NS]);
			axis.high_ns =
				fmax(axis.high_ns, cell->trials[j].value[COMPARISON_WALL_NS]);
		}
	}
	if (axis.high_ns <= 0.0)
		axis = (struct axis){.high_ns = 1e9};
	axis.unit = unit_of_time(axis.high_ns);
	axis.logarithmic = axis.low_ns > 0.0 && axis.high_ns > LINEAR_FACTOR * axis.low_ns;
	margin_ns = 0.06 * (axis.high_ns - axis.low_ns) + 0.001 * axis.high_ns;
	if (axis.logarithmic) {
		axis.low_ns /= 1.3;
		axis.high_ns *= 1.3;
	} else {
		axis.low_ns = axis.low_ns < NARROW * axis.high_ns ? 0.0 : axis.low_ns - margin_ns;
		axis.high_ns += margin_ns;
	}
	return axis;
}

static const char *axis_note(const struct axis *axis)
{
	if (axis->logarithmic)
		return "; logarithmic";
	return axis->low_ns > 0.0 ? "; the axis does not start at 0" : "";
}

static void draw_numbers(const struct script *script, const struct statistics *wall,
	const struct statistics *ratio, bool is_none, double x, double y)
{
	struct script_text text = {.x = x + MEDIAN_RIGHT, .y = y, .align = SCRIPT_RIGHT};

	if (wall->n == 0)
		return;
	script_text(script, &text, "%s", format_duration((uint64_t)wall->median).text);
	if (ratio->n == 0)
		return;
	text.x = x + RATIO_RIGHT;
	text.bold = true;
	script_text(script, &text, "%.2f", ratio->median);
	if (is_none || ratio->n < 2)
		return;
	text = (struct script_text){.x = x + INTERVAL_LEFT, .y = y, .color = "#444444"};
	script_text(script, &text, "%.2f to %.2f", ratio->median_ci95.low, ratio->median_ci95.high);
}

static int draw_row(const struct comparison *comparison, const struct script *script, size_t point,
	size_t backend, const struct axis *axis, double right, double y)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	const char *color = memory_rows_color(comparison, backend);
	const char *name = comparison->backends[backend].name;
	double row = (double)backend + 1.0;
	struct statistics wall;
	struct statistics ratio;
	int r = comparison_statistics(cell, COMPARISON_WALL_NS, &wall);

	if (r == 0)
		r = comparison_ratio(comparison, point, backend, &ratio);
	if (r < 0)
		return r;
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN + NAMES - 12.0,
			.y = y,
			.align = SCRIPT_RIGHT,
			.bold = true,
			.color = color},
		"%s", name);
	draw_numbers(script, &wall, &ratio, backend == comparison_none(comparison), right, y);
	if (wall.n == 0)
		return picture_no_trial(script, cell,
			&(struct script_text){.x = PICTURE_MARGIN + NAMES + 12.0, .y = y});
	if (wall.n > 1)
		fprintf(script->stream,
			"set object rectangle from %.9g, %.2f to %.9g, %.2f fc rgb '%s' fs "
			"transparent "
			"solid 0.25 noborder\n",
			wall.median_ci95.low / axis->unit.size, row - 0.36,
			wall.median_ci95.high / axis->unit.size, row + 0.36, color);
	fprintf(script->stream,
		"set arrow from %.9g, %.2f to %.9g, %.2f nohead lc rgb '%s' lw 3 front\n",
		wall.median / axis->unit.size, row - 0.36, wall.median / axis->unit.size,
		row + 0.36, color);
	return 0;
}

static void draw_block_header(const struct comparison *comparison, const struct script *script,
	size_t point, double right, double top)
{
	struct script_text text = {
		.x = PICTURE_MARGIN + NAMES, .y = top + 26.0, .points = 13, .bold = true};

	script_text(script, &text, "%s", comparison->points[point].label);
	text = (struct script_text){.x = right + MEDIAN_RIGHT,
		.y = top + 26.0,
		.align = SCRIPT_RIGHT,
		.points = 10,
		.color = "#666666"};
	script_text(script, &text, "median");
	if (comparison_none(comparison) == comparison->n_backends)
		return;
	text.x = right + RATIO_RIGHT;
	script_text(script, &text, "ratio");
	text.x = right + INTERVAL_LEFT;
	text.align = SCRIPT_LEFT;
	script_text(script, &text, "to `none`, 95 %%");
}

static void plot_block(
	const struct comparison *comparison, const struct script *script, size_t point)
{
	fputs("plot NaN", script->stream);
	for (size_t i = 0; i < comparison->n_backends; i++) {
		/* gnuplot warns about files without data. */
		if (!comparison_has(comparison_cell(comparison, point, i), COMPARISON_WALL_NS))
			continue;
		fprintf(script->stream,
			", \\\n     '" DATA_FILE "' using ($1 == %zu && $2 == %zu ? $4 / unit : "
			"NaN):($2 + $5) with points pt 7 "
			"ps 0.9 lc rgb '%s'",
			point + 1, i + 1, memory_rows_color(comparison, i));
	}
	fputc('\n', script->stream);
}

static int draw_block(
	const struct picture *picture, const struct script *script, size_t point, double top)
{
	const struct comparison *comparison = picture->comparison;
	const struct axis axis = axis_of(comparison, point);
	double n = (double)comparison->n_backends;
	double left = PICTURE_MARGIN + NAMES;
	double right = PICTURE_WIDTH - PICTURE_MARGIN - NUMBERS;
	int r = 0;

	script_place(script, left, top + BLOCK_HEADER, right, top + BLOCK_HEADER + n * ROW_HEIGHT);
	fprintf(script->stream,
		"unit = %.0f.0 # nanoseconds in %s\n%s logscale x\nset xrange [%.9g:%.9g]\n"
		"set yrange [%.1f:0.5]\nset format x '%%g'\nset format y ''\nunset ytics\n"
		"set border 1\nset xlabel 'wall time in %s%s' offset 0,0.3\n",
		axis.unit.size, axis.unit.name, axis.logarithmic ? "set" : "unset",
		axis.low_ns / axis.unit.size, axis.high_ns / axis.unit.size, n + 0.5,
		axis.unit.name, axis_note(&axis));
	draw_block_header(comparison, script, point, right, top);
	for (size_t i = 0; i < comparison->n_backends && r == 0; i++) {
		if (i % 2 == 0)
			fprintf(script->stream,
				"set object rectangle from graph 0, first %zu.5 to graph 1, first "
				"%zu.5 "
				"fc rgb '#f6f6f6' fs solid noborder behind\n",
				i, i + 1);
		r = draw_row(comparison, script, point, i, &axis, right,
			top + BLOCK_HEADER + ((double)i + 0.5) * ROW_HEIGHT);
	}
	plot_block(comparison, script, point);
	script_forget(script);
	return r;
}
