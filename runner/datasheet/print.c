/* The sheet on a terminal. */

#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"
#include "runner/report/grid.h"
#include "util/array.h"

#include <string.h>

#define BOLD "\033[1m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

/* Width of a letter's column: the widest reporter number and a blank. */
#define LETTER_WIDTH 3
#define PHENOMENON_WIDTH 18
#define MOMENT_WIDTH 11

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_sheet_title(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	size_t n_trials = datasheet->n_trials_ok + datasheet->n_trials_left_out;

	fprintf(stream, "%s%s%s: %zu reporter%s in %zu situation%s, compared with what was %s\n",
		writing->color ? BOLD : "", datasheet->run, writing->color ? PLAIN : "",
		datasheet->n_reporters, plural(datasheet->n_reporters), datasheet->n_situations,
		plural(datasheet->n_situations), truth_kind_name(datasheet->kind));
	fprintf(stream, "%zu trial%s", n_trials, plural(n_trials));
	if (datasheet->n_trials_left_out > 0)
		fprintf(stream, ", of which %zu did not end ok and %s left out",
			datasheet->n_trials_left_out,
			datasheet->n_trials_left_out == 1 ? "is" : "are");
	fprintf(stream, "; %s%zu repetition%s of each\n",
		datasheet->n_trials_left_out > 0 ? "at most " : "", (size_t)datasheet->repetitions,
		plural(datasheet->repetitions));
	if (writing->incomplete)
		fputs("The run was ended before every planned trial had run.\n", stream);
	if (writing->zero_page)
		fprintf(stream, "On this host %s.\n", writing->zero_page);
}

/* ---- the tables */

/* A group is told by its address (grid.h). */
static const char group_at_peak[] = "verdicts at the peak";
static const char group_after[] = "right in";
static const char group_counts[] = "what it counts";
static const char group_sees[] = "what it sees";
static const char group_smallest[] = "smallest it shows";
static const char group_trace[] = "its trace";
static const char group_slower[] = "the task slower";

struct shown_column {
	enum sheet_column column;
	const char *group;
};

/* Each fits into 80 columns, including the reporter's number and name. */
static const struct shown_column right_columns[] = {
	{SHEET_COUNTS, group_counts},
	{SHEET_COUNTS_RIGHT, group_counts},
	{SHEET_PEAK_RIGHT, group_at_peak},
	{SHEET_PEAK_HIGH, group_at_peak},
	{SHEET_PEAK_LOW, group_at_peak},
	{SHEET_PEAK_BLIND, group_at_peak},
	{SHEET_STAGES_RIGHT, group_after},
	{SHEET_FINAL_RIGHT, group_after},
};

static const struct shown_column sight_columns[] = {
	{SHEET_CHILDREN, group_sees},
	{SHEET_NATIVE, group_sees},
	{SHEET_PAGE_CACHE, group_sees},
	{SHEET_SHARED, group_sees},
	{SHEET_RESOLUTION, group_smallest},
	{SHEET_SPIKE, group_smallest},
	{SHEET_RMSE, group_trace},
	{SHEET_DELAY, group_trace},
};

static const struct shown_column price_columns[] = {
	{SHEET_READING, NULL},
	{SHEET_SLOWDOWN, group_slower},
	{SHEET_SLOWDOWN_INTERVAL, group_slower},
	{SHEET_SLOWDOWN_MOST, group_slower},
	{SHEET_ADDED, NULL},
	{SHEET_DISTURBS, NULL},
};

#define MAX_SHOWN LENGTH(right_columns)

/* The reporter's number in the verdict table and its name, before the columns shown. */
static void fill_grid_row(const struct datasheet *datasheet, size_t reporter,
	const struct shown_column *shown, size_t n_shown, struct grid *grid)
{
	grid_set(grid, reporter, 0, "%zu", reporter + 1);
	grid_set(grid, reporter, 1, "%s", sheet_cell(datasheet, reporter, SHEET_REPORTER).text);
	for (size_t i = 0; i < n_shown; i++)
		grid_set(grid, reporter, 2 + i, "%s",
			sheet_cell(datasheet, reporter, shown[i].column).text);
}

static int print_sheet_table(const struct datasheet *datasheet, const struct shown_column *shown,
	size_t n_shown, bool color, FILE *stream)
{
	struct grid_column columns[2 + MAX_SHOWN] = {
		{.heading = ""},
		{.heading = sheet_heading(SHEET_REPORTER), .left = true},
	};
	struct grid *grid;
	int r;

	for (size_t i = 0; i < n_shown; i++)
		columns[2 + i] = (struct grid_column){.group = shown[i].group,
			.heading = sheet_heading(shown[i].column),
			.left = shown[i].column == SHEET_COUNTS};
	grid = grid_new(columns, 2 + n_shown, datasheet->n_reporters);
	if (!grid)
		return -ENOMEM;
	for (size_t i = 0; i < datasheet->n_reporters; i++)
		fill_grid_row(datasheet, i, shown, n_shown, grid);
	grid_hide_empty(grid);
	fputc('\n', stream);
	r = grid_print(grid, color, stream);
	grid_free(grid);
	return r;
}

/* ---- the verdicts, one letter each */

static const struct {
	char sure;
	char unsure;
	const char *color;
} letters[] = {
	[VERDICT_NONE] = {'-', '-', FAINT},
	[VERDICT_RIGHT] = {'.', ',', "\033[32m"},
	[VERDICT_HIGH] = {'H', 'h', "\033[31m"},
	[VERDICT_LOW] = {'L', 'l', "\033[34m"},
	[VERDICT_BLIND] = {'B', 'b', "\033[1;35m"},
};

/* A range of reporters that fits on a line. */
static void print_block(
	const struct datasheet *datasheet, size_t from, size_t to, bool color, FILE *stream)
{
	fprintf(stream, "\n%s%-*s %-*s", color ? BOLD : "", PHENOMENON_WIDTH, "phenomenon",
		MOMENT_WIDTH, "moment");
	for (size_t i = from; i < to; i++)
		fprintf(stream, "%*zu", LETTER_WIDTH, i + 1);
	fprintf(stream, "%s\n", color ? PLAIN : "");
	for (size_t i = 0; i < datasheet->n_situations; i++) {
		const struct situation *situation = &datasheet->situations[i];

		if (!sheet_is_telling(datasheet, i))
			continue;
		fprintf(stream, "%-*.*s %-*.*s", PHENOMENON_WIDTH, PHENOMENON_WIDTH,
			sheet_begins_phenomenon(datasheet, i)
				? sheet_name(situation->phenomenon).text
				: "",
			MOMENT_WIDTH, MOMENT_WIDTH, sheet_name(situation->moment).text);
		for (size_t j = from; j < to; j++) {
			const struct cell *cell = datasheet_cell(datasheet, j, i);
			const char letter = sheet_is_open(datasheet, cell)
						    ? letters[cell->verdict].unsure
						    : letters[cell->verdict].sure;

			fprintf(stream, "%*s%s%c%s", LETTER_WIDTH - 1, "",
				color ? letters[cell->verdict].color : "", letter,
				color ? PLAIN : "");
		}
		fputc('\n', stream);
	}
}

static void print_verdicts(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	size_t before = PHENOMENON_WIDTH + 1 + MOMENT_WIDTH;
	size_t n = datasheet->n_reporters;
	size_t step = n;

	if (writing->terminal_width > before + LETTER_WIDTH)
		step = (writing->terminal_width - before) / LETTER_WIDTH;
	for (size_t from = 0; from < n; from += step)
		print_block(
			datasheet, from, from + step < n ? from + step : n, writing->color, stream);
}

static void print_sheet_explanation(const struct datasheet *datasheet, FILE *stream)
{
	size_t n_left_out = 0;

	for (size_t i = 0; i < datasheet->n_situations; i++)
		n_left_out += !sheet_is_telling(datasheet, i);
	if (n_left_out > 0)
		fprintf(stream,
			"and %zu more, in which every reporter is right, or is wrong as at the "
			"peak\n",
			n_left_out);
	fputs("\n. right, H high, L low, B blind (less than a tenth of it), -: nothing to judge\n",
		stream);
	if (datasheet->repetitions < 2)
		fputs("With one repetition there is no interval, so every verdict is uncertain.\n",
			stream);
	else
		fputs("Small, or a comma: the 95 % interval of the median error is inconclusive.\n",
			stream);
	fputs(DATASHEET_MARKDOWN " has the errors and their trials, docs/datasheet.md the rule.\n",
		stream);
}

int datasheet_print(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	FILE *stream, struct error *error)
{
	static const struct {
		const struct shown_column *columns;
		size_t n;
	} tables[] = {
		{right_columns, LENGTH(right_columns)},
		{sight_columns, LENGTH(sight_columns)},
		{price_columns, LENGTH(price_columns)},
	};

	print_sheet_title(datasheet, writing, stream);
	for (size_t i = 0; i < LENGTH(tables); i++)
		if (print_sheet_table(
			    datasheet, tables[i].columns, tables[i].n, writing->color, stream) < 0)
			return error_set_errno(error, ENOMEM, "cannot print the data sheet");
	print_verdicts(datasheet, writing, stream);
	print_sheet_explanation(datasheet, stream);
	return 0;
}
