#include "runner/report/memory_rows.h"

#include "runner/analysis/units.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>
#include <string.h>

#define ROW_HEIGHT 38.0
#define ROWS_HEADER 76.0
#define ROWS_FOOTER 50.0
#define NAMES 140.0  /* left of the first column */
#define NUMBERS 84.0 /* right of each column */
#define N_COLUMNS 3
/* Rows are 1 apart: the backend is above the middle of its row, the reference below. */
#define ABOVE 0.2
#define BELOW 0.22

/* Columns of the picture: a field of the backend, and the reference's. */
static const struct {
	const char *title;
	enum comparison_field field;
	enum comparison_field reference_field;
} columns[N_COLUMNS] = {
	{"initial: at task_begin", COMPARISON_INITIAL, COMPARISON_REFERENCE_INITIAL},
	{"peak: the largest in between", COMPARISON_PEAK, COMPARISON_REFERENCE_PEAK},
	{"final: at task_end", COMPARISON_FINAL, COMPARISON_REFERENCE_FINAL},
};

static int write_dots(
	const struct picture *picture, size_t point, const char *file, struct error *error);
static int draw_column(const struct picture *picture, const struct script *script, size_t point,
	size_t column, double top, const char *file);

double memory_rows_height(const struct picture *picture)
{
	return ROWS_HEADER + (double)picture->comparison->n_backends * ROW_HEIGHT + ROWS_FOOTER;
}

const char *memory_rows_color(const struct comparison *comparison, size_t backend)
{
	size_t place = 0;

	if (!comparison->backends[backend].headline_metric)
		return "#666666";
	for (size_t i = 0; i < backend; i++)
		if (comparison->backends[i].headline_metric)
			place++;
	return script_color(place);
}

int memory_rows_draw(const struct picture *picture, const struct script *script, size_t point,
	double top, struct error *error)
{
	CLEANUP(cleanup_free) char *file = string_format("memory-%zu.dat", point + 1);
	int r = file ? 0 : error_set_errno(error, ENOMEM, "cannot draw the peaks");

	if (r == 0)
		r = write_dots(picture, point, file, error);
	if (r < 0)
		return r;
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = top + 24.0, .points = 13, .bold = true},
		"initial, peak and final in all repetitions");
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN + 440.0, .y = top + 24.0, .points = 10},
		"dot: one trial; bar: median, printed on the right; line: smallest to largest; "
		"colour: "
		"the backend; grey: the reference of the same trials; black: initial + truth");
	for (size_t i = 0; i < N_COLUMNS; i++) {
		r = draw_column(picture, script, point, i, top + ROWS_HEADER, file);
		if (r < 0)
			return error_set_errno(error, -r, "cannot draw the peaks");
	}
	return 0;
}

static void write_value(FILE *stream, double value)
{
	if (isnan(value))
		fputs(" NaN", stream);
	else
		fprintf(stream, " %.0f", value);
}

static int write_dots(
	const struct picture *picture, size_t point, const char *file, struct error *error)
{
	const struct comparison *comparison = picture->comparison;
	FILE *stream;
	int r = plots_create_file(picture->plots, file, &stream, error);

	if (r < 0)
		return r;
	fputs("# row repetition initial peak final reference_initial reference_peak "
	      "reference_final, in bytes\n",
		stream);
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		for (size_t j = 0; j < cell->n_trials; j++) {
			if (!cell->trials[j].ok)
				continue;
			fprintf(stream, "%zu %zu", i + 1, (size_t)cell->trials[j].repetition);
			for (size_t k = 0; k < N_COLUMNS; k++)
				write_value(stream, cell->trials[j].value[columns[k].field]);
			for (size_t k = 0; k < N_COLUMNS; k++)
				write_value(
					stream, cell->trials[j].value[columns[k].reference_field]);
			fputc('\n', stream);
		}
	}
	return plots_close_file(&stream, file, error);
}

/* The spread as a line, the median as a bar across it, and its value at the right edge. */
static int draw_spread(const struct script *script, const struct comparison_cell *cell,
	enum comparison_field field, double y, const char *color, struct unit unit)
{
	struct statistics statistics;
	int r = comparison_statistics(cell, field, &statistics);

	if (r < 0 || statistics.n == 0)
		return r;
	fprintf(script->stream,
		"set arrow from %.9g, %.2f to %.9g, %.2f nohead lc rgb '%s' lw 1.5 back\n"
		"set arrow from %.9g, %.2f to %.9g, %.2f nohead lc rgb '%s' lw 3 front\n",
		statistics.minimum / unit.size, y, statistics.maximum / unit.size, y, color,
		statistics.median / unit.size, y - 0.17, statistics.median / unit.size, y + 0.17,
		color);
	fprintf(script->stream,
		"set label '%s' at graph 1.02, first %.2f left font 'DejaVu Sans,10' tc rgb '%s'\n",
		format_number(statistics.median / unit.size).text, y, color);
	return 0;
}

static int draw_truth(const struct script *script, const struct comparison_cell *cell, double row,
	struct unit unit)
{
	struct statistics truth;
	struct statistics initial;
	struct statistics reference;
	int r = comparison_statistics(cell, COMPARISON_TRUTH_PEAK, &truth);

	if (r == 0)
		r = comparison_statistics(cell, COMPARISON_INITIAL, &initial);
	if (r == 0)
		r = comparison_statistics(cell, COMPARISON_REFERENCE_INITIAL, &reference);
	if (r < 0 || truth.n == 0)
		return r;
	if (initial.n > 0)
		fprintf(script->stream,
			"set arrow from %.9g, %.2f to %.9g, %.2f nohead lc rgb '#000000' lw 1.4 "
			"front\n",
			(initial.median + truth.median) / unit.size, row - 0.46,
			(initial.median + truth.median) / unit.size, row);
	if (reference.n > 0)
		fprintf(script->stream,
			"set arrow from %.9g, %.2f to %.9g, %.2f nohead lc rgb '#000000' lw 1.4 "
			"front\n",
			(reference.median + truth.median) / unit.size, row,
			(reference.median + truth.median) / unit.size, row + 0.46);
	return 0;
}

static int draw_rows(const struct picture *picture, const struct script *script, size_t point,
	size_t column, struct unit unit)
{
	const struct comparison *comparison = picture->comparison;
	int r = 0;

	for (size_t i = 0; i < comparison->n_backends && r == 0; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);
		double row = (double)i + 1.0;

		if (i % 2 == 0)
			fprintf(script->stream,
				"set object rectangle from graph 0, first %.1f to graph 1, first "
				"%.1f "
				"fc rgb '#f6f6f6' fs solid noborder behind\n",
				row - 0.5, row + 0.5);
		if (column == 0)
			script_text(script,
				&(struct script_text){.x = PICTURE_MARGIN + NAMES - 12.0,
					.y = script->height - PICTURE_FOOTER - ROWS_FOOTER -
					     ((double)comparison->n_backends - row + 0.5) *
						     ROW_HEIGHT,
					.align = SCRIPT_RIGHT,
					.bold = true,
					.color = memory_rows_color(comparison, i)},
				"%s", comparison->backends[i].name);
		r = draw_spread(script, cell, columns[column].field, row - ABOVE,
			memory_rows_color(comparison, i), unit);
		if (r == 0)
			r = draw_spread(script, cell, columns[column].reference_field, row + BELOW,
				"#777777", unit);
		if (r == 0 && columns[column].field == COMPARISON_PEAK)
			r = draw_truth(script, cell, row, unit);
	}
	return r;
}

static void plot_dots(const struct comparison *comparison, const struct script *script,
	size_t point, size_t column, const char *file)
{
	fputs("plot NaN", script->stream);
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		/* gnuplot warns about files without data. */
		if (!comparison_has(cell, columns[column].field))
			continue;
		fputs(", \\\n     ", script->stream);
		script_quote(script->stream, file);
		fprintf(script->stream,
			" using ($1 == %zu ? $%zu / unit : NaN):($1 - %.2f) with points pt 7 ps "
			"0.7 lc "
			"rgb '%s'",
			i + 1, 3 + column, ABOVE, memory_rows_color(comparison, i));
	}
	if (!isnan(comparison_maximum(comparison, point, columns[column].reference_field))) {
		fputs(", \\\n     ", script->stream);
		script_quote(script->stream, file);
		fprintf(script->stream,
			" using ($%zu / unit):($1 + %.2f) with points pt 7 ps 0.6 lc rgb '#999999'",
			3 + N_COLUMNS + column, BELOW);
	}
	fputc('\n', script->stream);
}

static int draw_column(const struct picture *picture, const struct script *script, size_t point,
	size_t column, double top, const char *file)
{
	const struct comparison *comparison = picture->comparison;
	double n = (double)comparison->n_backends;
	double width =
		(PICTURE_WIDTH - 2.0 * PICTURE_MARGIN - NAMES - N_COLUMNS * NUMBERS) / N_COLUMNS;
	double left = PICTURE_MARGIN + NAMES + (double)column * (width + NUMBERS);
	double largest = fmax(comparison_maximum(comparison, point, columns[column].field),
		comparison_maximum(comparison, point, columns[column].reference_field));
	struct unit unit = unit_of_bytes(largest);
	int r;

	script_place(script, left, top, left + width, top + n * ROW_HEIGHT);
	fprintf(script->stream,
		"unit = %.0f.0 # bytes in a %s\nset xrange [0:%.9g]\nset yrange [%.1f:0.5]\n"
		"unset ylabel\nset format x '%%g'\nset format y ''\nset xlabel '%s' offset 0,0.4\n"
		"unset ytics\nset border 1\n",
		unit.size, unit.name, largest > 0.0 ? 1.06 * largest / unit.size : 1.0, n + 0.5,
		unit.name);
	script_text(script, &(struct script_text){.x = left, .y = top - 16.0, .bold = true}, "%s",
		columns[column].title);
	r = draw_rows(picture, script, point, column, unit);
	plot_dots(comparison, script, point, column, file);
	script_forget(script);
	return r;
}
