#include "runner/report/table_rows.h"

#include "util/cleanup.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A longer name of a backend is cut: the table must fit, and the pictures have it whole. */
#define NAME_WIDTH 15
#define BOLD "\033[1m"
#define RED "\033[31m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

enum group {
	GROUP_BACKEND,
	GROUP_OWN,
	GROUP_REFERENCE,
	GROUP_ORACLE,
	GROUP_ERROR,
	GROUP_TIME,
	N_GROUPS
};

static const struct {
	const char *heading;
	enum group group;
	unsigned hide_first; /* 1 is hidden first; 0 never */
} columns[TABLE_N_COLUMNS] = {
	[TABLE_BACKEND] = {"backend", GROUP_BACKEND, 0},
	[TABLE_TRIALS] = {"ok", GROUP_BACKEND, 0},
	[TABLE_INITIAL] = {"initial", GROUP_OWN, 0},
	[TABLE_PEAK] = {"peak", GROUP_OWN, 0},
	[TABLE_SPREAD] = {"spread", GROUP_OWN, 4},
	[TABLE_FINAL] = {"final", GROUP_OWN, 6},
	[TABLE_REFERENCE_INITIAL] = {"initial", GROUP_REFERENCE, 2},
	[TABLE_REFERENCE_PEAK] = {"peak", GROUP_REFERENCE, 8},
	[TABLE_REFERENCE_SPREAD] = {"spread", GROUP_REFERENCE, 4},
	[TABLE_REFERENCE_FINAL] = {"final", GROUP_REFERENCE, 1},
	[TABLE_ORACLE_INITIAL] = {"initial", GROUP_ORACLE, 3},
	[TABLE_ORACLE_LARGEST] = {"largest", GROUP_ORACLE, 9},
	[TABLE_ORACLE_FINAL] = {"final", GROUP_ORACLE, 3},
	[TABLE_ERROR] = {"error", GROUP_ERROR, 0},
	[TABLE_WALL] = {"wall", GROUP_TIME, 5},
	[TABLE_RATIO] = {"ratio", GROUP_TIME, 7},
	[TABLE_RATIO_INTERVAL] = {"95 %", GROUP_TIME, 3},
};

static const char *const group_titles[N_GROUPS] = {
	[GROUP_BACKEND] = "",
	[GROUP_OWN] = "backend's own",
	[GROUP_REFERENCE] = "kernel's account",
	[GROUP_ORACLE] = "pages counted",
	[GROUP_ERROR] = "vs truth",
	[GROUP_TIME] = "time",
};

static int fill_table_row(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table, struct table_row *row);
static void hide_empty(struct table *table);

const char *table_heading(enum table_column column)
{
	return columns[column].heading;
}

const char *table_group_title(enum table_column column)
{
	return group_titles[columns[column].group];
}

static double largest_bytes(const struct comparison *comparison, size_t point)
{
	static const enum comparison_field fields[] = {COMPARISON_INITIAL, COMPARISON_PEAK,
		COMPARISON_FINAL, COMPARISON_REFERENCE_INITIAL, COMPARISON_REFERENCE_PEAK,
		COMPARISON_REFERENCE_FINAL, COMPARISON_ORACLE_LARGEST};
	double largest = NAN;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		largest = fmax(largest, comparison_maximum(comparison, point, fields[i]));
	return largest;
}

/* MiB up to five digits: beside a peak of 20 GiB an initial value of 40 MiB is still one. */
static struct unit table_unit(double largest)
{
	const double gib = 1024.0 * 1024.0 * 1024.0;

	return unit_of_bytes(largest < 97.0 * gib ? fmin(largest, gib) : largest);
}

int table_new(const struct comparison *comparison, size_t point, struct table *ret_table)
{
	struct table table = {.bytes = table_unit(largest_bytes(comparison, point)),
		.time = unit_of_time(comparison_maximum(comparison, point, COMPARISON_WALL_NS))};

	table.rows = calloc(comparison->n_backends + 1, sizeof(*table.rows));
	if (!table.rows)
		return -ENOMEM;
	for (; table.n_rows < comparison->n_backends; table.n_rows++) {
		int r = fill_table_row(
			comparison, point, table.n_rows, &table, &table.rows[table.n_rows]);

		if (r < 0) {
			table_release(&table);
			return r;
		}
	}
	hide_empty(&table);
	*ret_table = table;
	return 0;
}

void table_release(struct table *table)
{
	free(table->rows);
	*table = (struct table){.rows = NULL};
}

/* ---- cells */

static void set_number(struct table_row *row, enum table_column column, double value)
{
	snprintf(row->cell[column], TABLE_CELL_SIZE, "%s", format_number(value).text);
}

static int fill_memory(
	const struct comparison_cell *cell, const struct table *table, struct table_row *row)
{
	static const struct {
		enum table_column column;
		enum comparison_field field;
	} medians[] = {
		{TABLE_INITIAL, COMPARISON_INITIAL},
		{TABLE_PEAK, COMPARISON_PEAK},
		{TABLE_FINAL, COMPARISON_FINAL},
		{TABLE_REFERENCE_INITIAL, COMPARISON_REFERENCE_INITIAL},
		{TABLE_REFERENCE_PEAK, COMPARISON_REFERENCE_PEAK},
		{TABLE_REFERENCE_FINAL, COMPARISON_REFERENCE_FINAL},
		{TABLE_ORACLE_INITIAL, COMPARISON_ORACLE_INITIAL},
		{TABLE_ORACLE_LARGEST, COMPARISON_ORACLE_LARGEST},
		{TABLE_ORACLE_FINAL, COMPARISON_ORACLE_FINAL},
	};
	struct statistics statistics;
	int r;

	_Static_assert(TABLE_SPREAD == TABLE_PEAK + 1 &&
			       TABLE_REFERENCE_SPREAD == TABLE_REFERENCE_PEAK + 1,
		"a spread stands after its peak");
	for (size_t i = 0; i < sizeof(medians) / sizeof(medians[0]); i++) {
		r = comparison_statistics(cell, medians[i].field, &statistics);
		if (r < 0)
			return r;
		set_number(row, medians[i].column, statistics.median / table->bytes.size);
		if (medians[i].column == TABLE_PEAK || medians[i].column == TABLE_REFERENCE_PEAK)
			set_number(row, medians[i].column + 1,
				(statistics.maximum - statistics.minimum) / table->bytes.size);
	}
	r = comparison_statistics(cell, COMPARISON_ERROR, &statistics);
	if (r < 0)
		return r;
	snprintf(row->cell[TABLE_ERROR], TABLE_CELL_SIZE, "%s",
		format_percent(statistics.median).text);
	return 0;
}

static int fill_time(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table, struct table_row *row)
{
	struct statistics wall;
	struct statistics ratio;
	int r = comparison_statistics(
		comparison_cell(comparison, point, backend), COMPARISON_WALL_NS, &wall);

	if (r == 0)
		r = comparison_ratio(comparison, point, backend, &ratio);
	if (r < 0)
		return r;
	set_number(row, TABLE_WALL, wall.median / table->time.size);
	if (comparison->n_backends > 1)
		set_number(row, TABLE_RATIO, ratio.median);
	if (ratio.n > 1 && backend != comparison_none(comparison))
		snprintf(row->cell[TABLE_RATIO_INTERVAL], TABLE_CELL_SIZE, "%.2f-%.2f",
			ratio.median_ci95.low, ratio.median_ci95.high);
	return 0;
}

static int fill_table_row(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table, struct table_row *row)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	int r;

	snprintf(row->cell[TABLE_BACKEND], TABLE_CELL_SIZE, "%.*s", NAME_WIDTH,
		comparison->backends[backend].name);
	snprintf(row->cell[TABLE_TRIALS], TABLE_CELL_SIZE, "%zu/%zu", cell->n_ok, cell->n_trials);
	row->not_ok = cell->n_ok < cell->n_trials;
	r = fill_memory(cell, table, row);
	return r < 0 ? r : fill_time(comparison, point, backend, table, row);
}

static void hide_empty(struct table *table)
{
	for (size_t i = 0; i < TABLE_N_COLUMNS; i++) {
		bool empty = true;

		for (size_t j = 0; j < table->n_rows; j++) {
			const char *text = table->rows[j].cell[i];

			empty = empty && (text[0] == '\0' || strcmp(text, "-") == 0);
		}
		table->hidden[i] = empty;
	}
	if (!table->hidden[TABLE_SPREAD])
		table->hidden[TABLE_REFERENCE_SPREAD] = true;
}

/* ---- layout */

static size_t width_of(const struct table *table, size_t column)
{
	size_t width = strlen(columns[column].heading);

	for (size_t i = 0; i < table->n_rows; i++) {
		size_t length = strlen(table->rows[i].cell[column]);

		width = length > width ? length : width;
	}
	return width;
}

/* One blank within a group, two between groups; none before the first column. */
static size_t table_gap(size_t column)
{
	if (column == 0)
		return 0;
	return columns[column].group == columns[column - 1].group ? 1 : 2;
}

/* A group is as wide as its title, at least: its first shown column is widened. */
static void table_find_widths(const struct table *table, size_t widths[TABLE_N_COLUMNS])
{
	for (size_t group = 0; group < N_GROUPS; group++) {
		size_t title = strlen(group_titles[group]);
		size_t first = TABLE_N_COLUMNS;
		size_t total = 0;

		for (size_t i = 0; i < TABLE_N_COLUMNS; i++) {
			if (columns[i].group != group)
				continue;
			widths[i] = table->hidden[i] ? 0 : width_of(table, i);
			if (table->hidden[i])
				continue;
			total += widths[i] + (first < TABLE_N_COLUMNS ? 1 : 0);
			first = first < TABLE_N_COLUMNS ? first : i;
		}
		if (first < TABLE_N_COLUMNS && total < title)
			widths[first] += title - total;
	}
}

static size_t line_width(const struct table *table)
{
	size_t widths[TABLE_N_COLUMNS];
	size_t total = 0;

	table_find_widths(table, widths);
	for (size_t i = 0; i < TABLE_N_COLUMNS; i++)
		if (!table->hidden[i])
			total += widths[i] + table_gap(i);
	return total;
}

void table_fit(struct table *table, unsigned width)
{
	for (unsigned step = 1; width > 0 && line_width(table) > width && step < 16; step++)
		for (size_t i = 0; i < TABLE_N_COLUMNS; i++)
			if (columns[i].hide_first == step)
				table->hidden[i] = true;
}

static void print_blanks(size_t n, FILE *stream)
{
	fprintf(stream, "%*s", (int)n, "");
}

/* "-- kernel's account --" over the columns of a group. */
static void print_group_titles(
	const struct table *table, const size_t widths[TABLE_N_COLUMNS], FILE *stream)
{
	size_t pending = 0;

	for (size_t i = 0; i < TABLE_N_COLUMNS;) {
		enum group group = columns[i].group;
		const char *title = group_titles[group];
		size_t total = 0;
		size_t gap = table_gap(i);

		for (; i < TABLE_N_COLUMNS && columns[i].group == group; i++)
			if (!table->hidden[i])
				total += widths[i] + (total ? 1 : 0);
		if (total == 0)
			continue;
		pending += gap;
		if (!title[0]) {
			pending += total;
			continue;
		}
		print_blanks(pending, stream);
		for (size_t j = 0; j < total - strlen(title); j++)
			fputc(j + 1 == total - strlen(title) ? ' ' : '-', stream);
		fputs(title, stream);
		pending = 0;
	}
	fputc('\n', stream);
}

static void print_cells(const struct table *table, const size_t widths[TABLE_N_COLUMNS],
	const struct table_row *row, FILE *stream)
{
	size_t pending = 0;

	for (size_t i = 0; i < TABLE_N_COLUMNS; i++) {
		const char *text = row ? row->cell[i] : columns[i].heading;
		size_t blanks;

		if (table->hidden[i])
			continue;
		blanks = widths[i] - strlen(text);
		pending += table_gap(i) + (i == TABLE_BACKEND ? 0 : blanks);
		/* A line ends with its last text. */
		if (text[0]) {
			print_blanks(pending, stream);
			fputs(text, stream);
			pending = 0;
		}
		pending += i == TABLE_BACKEND ? blanks : 0;
	}
}

void table_print(const struct table *table, bool color, FILE *stream)
{
	size_t widths[TABLE_N_COLUMNS];

	table_find_widths(table, widths);
	fputs(color ? FAINT : "", stream);
	print_group_titles(table, widths, stream);
	fputs(color ? PLAIN BOLD : "", stream);
	print_cells(table, widths, NULL, stream);
	fputs(color ? PLAIN "\n" : "\n", stream);
	for (size_t i = 0; i < table->n_rows; i++) {
		bool red = color && table->rows[i].not_ok;

		fputs(red ? RED : "", stream);
		print_cells(table, widths, &table->rows[i], stream);
		fputs(red ? PLAIN "\n" : "\n", stream);
	}
}
