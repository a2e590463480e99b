/*
 * The sheet as a picture: rows are the situations worth showing, columns the reporters, the color
 * is the verdict.
 */

#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"
#include "runner/report/picture.h"
#include "runner/report/script.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>
#include <string.h>

#define OUTPUT "../" DATASHEET_PICTURE

/* In pixels, like everything here. */
#define LEGEND_Y 94.0
#define HEADER 116.0 /* above the reporters' names */
#define PHENOMENA 166.0
#define MOMENTS 92.0
#define ROW 22.0
#define NOTE 18.0
#define NOTES (2.0 * NOTE + 10.0) /* below the cells */
#define PHENOMENON_GAP 6.0	  /* before each phenomenon */
#define TALLY_ROW 30.0
#define CELL_GAP 2.0
#define CELL_WIDEST 92.0
#define CELL_NARROWEST 66.0
#define HATCHED 10.0	   /* on either side of a number */
#define CELLS_WIDTH 1100.0 /* total, if the above allow it */
#define LETTER 7.6	   /* of a name, at its widest */
#define NAME_DEGREES 45
#define NARROWEST 1000.0 /* room for the legend and the machine's line */
#define TITLE_LETTER 13.0
#define TITLE ": which reporter to believe, and where"

/* Longer names are truncated; the CSV has them in full. */
#define MAX_PHENOMENON 20
#define MAX_MOMENT 12
#define MAX_REPORTER 30

/* Distinguishable with any color vision, and by brightness alone. */
static const struct look {
	const char *color;
	const char *ink;   /* of the number in it */
	const char *means; /* in the legend */
} looks[] = {
	[VERDICT_NONE] = {"#e6e6e6", "#666666", "nothing to judge"},
	[VERDICT_RIGHT] = {"#bfe3bf", "#222222", "right"},
	[VERDICT_HIGH] = {"#d7301f", "#ffffff", "high"},
	[VERDICT_LOW] = {"#5b9bd5", "#ffffff", "low"},
	[VERDICT_BLIND] = {"#1a1a1a", "#ffffff", "blind: shows less than a tenth"},
};

struct map {
	const struct datasheet *datasheet;
	struct script script;
	double left; /* left edge of the cells */
	double top;
	double cell_width;
};

static struct map layout(const struct datasheet *datasheet);
static void draw_map_header(const struct map *map, const struct datasheet_writing *writing);
static void draw_reporters(const struct map *map);
static void draw_situation(const struct map *map, size_t index);

int datasheet_draw(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error)
{
	struct map map = layout(datasheet);
	struct plots plots = PLOTS_NONE;
	int r = plots_open(writing->run_fd, &plots, error);

	if (r == 0)
		r = script_open(&map.script, &plots, OUTPUT, error);
	if (r == 0) {
		draw_map_header(&map, writing);
		draw_reporters(&map);
		for (size_t i = 0; i < datasheet->n_situations; i++)
			if (sheet_is_telling(datasheet, i))
				draw_situation(&map, i);
		/* Everything is text and boxes, around an empty plot. */
		fputs("unset border\nunset tics\nunset grid\nset xrange [0:1]\nset yrange "
		      "[0:1]\nplot NaN\n",
			map.script.stream);
		r = script_close(&map.script, 0, error);
	}
	plots_release(&plots);
	return r;
}

/* ---- layout */

static double names_height(const struct datasheet *datasheet)
{
	size_t longest = 0;

	for (size_t i = 0; i < datasheet->n_reporters; i++) {
		size_t length = strlen(sheet_reporter_name(&datasheet->reporters[i]).text);

		longest = length > longest ? length : longest;
	}
	if (longest > MAX_REPORTER)
		longest = MAX_REPORTER;
	return (double)longest * LETTER * sin(NAME_DEGREES * M_PI / 180.0) + 16.0;
}

/* The top of a situation's row; for n_situations, the end of the last row. */
static double row_top(const struct map *map, size_t situation)
{
	const struct datasheet *datasheet = map->datasheet;
	double y = map->top;

	for (size_t i = 0; i < situation; i++)
		y += sheet_is_telling(datasheet, i) ? ROW : 0.0;
	for (size_t i = 1; i <= situation && i < datasheet->n_situations; i++)
		y += sheet_begins_phenomenon(datasheet, i) ? PHENOMENON_GAP : 0.0;
	return y;
}

static double column_left(const struct map *map, size_t reporter)
{
	return map->left + (double)reporter * map->cell_width;
}

static struct map layout(const struct datasheet *datasheet)
{
	double n = (double)datasheet->n_reporters;
	double names = names_height(datasheet);
	struct map map = {
		.datasheet = datasheet,
		.left = PICTURE_MARGIN + PHENOMENA + MOMENTS,
		.top = HEADER + names + TALLY_ROW,
		.cell_width = fmin(CELL_WIDEST, fmax(CELL_NARROWEST, CELLS_WIDTH / fmax(n, 1.0))),
	};

	/* The last name is slanted and extends to the right by its height. */
	map.script.width = fmax(map.left + n * map.cell_width + names,
		PICTURE_MARGIN + TITLE_LETTER * (double)(strlen(datasheet->run) + strlen(TITLE)));
	map.script.width = fmax(map.script.width + PICTURE_MARGIN, NARROWEST);
	map.script.height = row_top(&map, datasheet->n_situations) + NOTES + PICTURE_FOOTER;
	return map;
}

/* ---- around the cells */

static void draw_map_legend(const struct map *map)
{
	static const enum datasheet_verdict order[] = {
		VERDICT_RIGHT, VERDICT_HIGH, VERDICT_LOW, VERDICT_BLIND, VERDICT_NONE};
	double x = PICTURE_MARGIN;

	for (size_t i = 0; i < LENGTH(order); i++) {
		const struct look *look = &looks[order[i]];

		script_box(&map->script, x, LEGEND_Y - 8.0, 22.0, 16.0, look->color);
		script_text(&map->script,
			&(struct script_text){.x = x + 29.0, .y = LEGEND_Y, .points = 10}, "%s",
			look->means);
		x += 29.0 + (double)strlen(look->means) * 7.0 + 26.0;
	}
	if (map->datasheet->repetitions < 2)
		return;
	script_box(&map->script, x, LEGEND_Y - 8.0, 22.0, 16.0, looks[VERDICT_HIGH].color);
	script_hatch(&map->script, x, LEGEND_Y - 8.0, 22.0, 16.0, "#ffffff");
	script_text(&map->script, &(struct script_text){.x = x + 29.0, .y = LEGEND_Y, .points = 10},
		"the interval is inconclusive");
}

static void draw_notes(const struct map *map)
{
	static const char *const notes[] = {
		"number: the median error relative to the most that the task held",
		"moments other than the peak are shown where a reporter is wrong in another way"};
	double y = row_top(map, map->datasheet->n_situations) + 20.0;

	for (size_t i = 0; i < LENGTH(notes); i++)
		script_text(&map->script,
			&(struct script_text){.x = PICTURE_MARGIN,
				.y = y + (double)i * NOTE,
				.points = 10,
				.color = "#444444"},
			"%s", notes[i]);
}

static void draw_map_header(const struct map *map, const struct datasheet_writing *writing)
{
	const struct datasheet *datasheet = map->datasheet;
	const struct picture frame = {
		.machine = writing->machine ? writing->machine : "",
		.incomplete = writing->incomplete,
	};
	CLEANUP(cleanup_free)
	char *title = string_format("%s" TITLE, datasheet->run);
	CLEANUP(cleanup_free)
	char *subtitle = string_format("Each compared with what was %s; %zu trials%s",
		truth_kind_name(datasheet->kind), datasheet->n_trials_ok,
		datasheet->repetitions < 2 ? ", one of each, so every verdict is uncertain" : "");

	picture_frame(&frame, &map->script, title ? title : "", subtitle ? subtitle : "");
	draw_map_legend(map);
	draw_notes(map);
}

static void draw_tally(const struct map *map, size_t reporter)
{
	struct sheet_tally tally = sheet_tally(map->datasheet, reporter, MOMENT_PEAK);

	script_text(&map->script,
		&(struct script_text){.x = column_left(map, reporter) + map->cell_width / 2.0,
			.y = map->top - TALLY_ROW / 2.0 - 2.0,
			.align = SCRIPT_CENTER,
			.points = 10,
			.bold = true},
		"%zu/%zu", tally.n[VERDICT_RIGHT], tally.n_judged);
}

static void draw_reporters(const struct map *map)
{
	script_text(&map->script,
		&(struct script_text){.x = map->left - 10.0,
			.y = map->top - TALLY_ROW / 2.0 - 2.0,
			.align = SCRIPT_RIGHT,
			.points = 10,
			.bold = true},
		"peaks right");
	for (size_t i = 0; i < map->datasheet->n_reporters; i++) {
		const struct reporter *reporter = &map->datasheet->reporters[i];

		script_text(&map->script,
			&(struct script_text){
				.x = column_left(map, i) + map->cell_width / 2.0 - 4.0,
				.y = map->top - TALLY_ROW - 4.0,
				.bold = reporter->headline,
				.degrees = NAME_DEGREES},
			"%.*s", MAX_REPORTER, sheet_reporter_name(reporter).text);
		draw_tally(map, i);
	}
}

/* ---- the cells */

/* The whole cell if it has no number, else the space next to it. */
static void hatch(const struct map *map, enum datasheet_verdict verdict, double x, double y)
{
	double width = map->cell_width - CELL_GAP;
	double height = ROW - CELL_GAP;

	if (verdict == VERDICT_RIGHT) {
		script_hatch(&map->script, x, y, width, height, "#5aa05a");
		return;
	}
	script_hatch(&map->script, x, y, HATCHED, height, "#ffffff");
	script_hatch(&map->script, x + width - HATCHED, y, HATCHED, height, "#ffffff");
}

static void draw_cell(const struct map *map, size_t reporter, size_t index, double y)
{
	const struct situation *situation = &map->datasheet->situations[index];
	const struct cell *cell = datasheet_cell(map->datasheet, reporter, index);
	const struct look *look = &looks[cell->verdict];
	double x = column_left(map, reporter);
	double width = map->cell_width - CELL_GAP;
	double height = ROW - CELL_GAP;

	script_box(&map->script, x, y, width, height, look->color);
	if (cell->verdict == VERDICT_NONE)
		return;
	if (sheet_is_open(map->datasheet, cell))
		hatch(map, cell->verdict, x, y);
	if (cell->verdict == VERDICT_RIGHT)
		return;
	script_text(&map->script,
		&(struct script_text){.x = x + width / 2.0,
			.y = y + height / 2.0,
			.align = SCRIPT_CENTER,
			.points = 9,
			.color = look->ink},
		"%s", sheet_percent(sheet_error_part(situation, cell)).text);
}

static void draw_situation(const struct map *map, size_t index)
{
	const struct situation *situation = &map->datasheet->situations[index];
	double y = row_top(map, index);
	struct script_text text = {
		.x = PICTURE_MARGIN, .y = y + ROW / 2.0 - 1.0, .points = 10, .bold = true};

	if (sheet_begins_phenomenon(map->datasheet, index)) {
		script_text(&map->script, &text, "%.*s", MAX_PHENOMENON, situation->phenomenon);
		if (index > 0)
			script_line(&map->script, PICTURE_MARGIN, y - PHENOMENON_GAP / 2.0 - 1.0,
				column_left(map, map->datasheet->n_reporters) - PICTURE_MARGIN,
				"#cccccc", 1.0, "solid");
	}
	text = (struct script_text){.x = PICTURE_MARGIN + PHENOMENA,
		.y = y + ROW / 2.0 - 1.0,
		.points = 10,
		.color = "#444444"};
	script_text(&map->script, &text, "%.*s", MAX_MOMENT, situation->moment);
	for (size_t i = 0; i < map->datasheet->n_reporters; i++)
		draw_cell(map, i, index, y);
}
