#include "runner/report/table_rows.h"

#include <math.h>
#include <string.h>

/* Longer backend names are truncated to fit the table; the pictures show them in full. */
#define NAME_WIDTH 15

/* What stands over the columns of a group. */
static const char of_backend[] = "";
static const char of_own[] = "backend's own";
static const char of_reference[] = "kernel's account";
static const char of_oracle[] = "pages counted";
static const char of_error[] = "vs truth";
static const char of_time[] = "time";

static const struct grid_column columns[TABLE_N_COLUMNS] = {
	[TABLE_BACKEND] = {of_backend, "backend", .left = true},
	[TABLE_TRIALS] = {of_backend, "ok"},
	[TABLE_INITIAL] = {of_own, "initial"},
	[TABLE_PEAK] = {of_own, "peak"},
	[TABLE_SPREAD] = {of_own, "spread", .hide_first = 4},
	[TABLE_FINAL] = {of_own, "final", .hide_first = 6},
	[TABLE_REFERENCE_INITIAL] = {of_reference, "initial", .hide_first = 2},
	[TABLE_REFERENCE_PEAK] = {of_reference, "peak", .hide_first = 8},
	[TABLE_REFERENCE_SPREAD] = {of_reference, "spread", .hide_first = 4},
	[TABLE_REFERENCE_FINAL] = {of_reference, "final", .hide_first = 1},
	[TABLE_ORACLE_INITIAL] = {of_oracle, "initial", .hide_first = 3},
	[TABLE_ORACLE_LARGEST] = {of_oracle, "largest", .hide_first = 9},
	[TABLE_ORACLE_FINAL] = {of_oracle, "final", .hide_first = 3},
	[TABLE_ERROR] = {of_error, "error"},
	[TABLE_WALL] = {of_time, "wall", .hide_first = 5},
	[TABLE_RATIO] = {of_time, "ratio", .hide_first = 7},
	[TABLE_RATIO_INTERVAL] = {of_time, "95 %", .hide_first = 3},
};

static int fill_table_row(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table);

const char *table_heading(enum table_column column)
{
	return columns[column].heading;
}

const char *table_group_title(enum table_column column)
{
	return columns[column].group;
}

static double largest_bytes(const struct comparison *comparison, size_t point)
{
	static const enum comparison_field fields[] = {COMPARISON_INITIAL, COMPARISON_PEAK,
		COMPARISON_FINAL, COMPARISON_REFERENCE_INITIAL, COMPARISON_REFERENCE_PEAK,
		COMPARISON_REFERENCE_FINAL, COMPARISON_ORACLE_LARGEST};
	double largest = NAN;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		largest = fmax(largest, comparison_maximum(comparison, point, fields[i]));
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_trial *shown =
			comparison_shown_trial(comparison_cell(comparison, point, i));

		if (shown)
			largest = fmax(largest, shown->reached_peak);
	}
	return largest;
}

/* MiB up to five digits: with a peak of 20 GiB, an initial value of 40 MiB stays readable. */
static struct unit table_unit(double largest)
{
	const double gib = 1024.0 * 1024.0 * 1024.0;

	return unit_of_bytes(largest < 97.0 * gib ? fmin(largest, gib) : largest);
}

int table_new(const struct comparison *comparison, size_t point, struct table *ret_table)
{
	struct table table = {.bytes = table_unit(largest_bytes(comparison, point)),
		.time = unit_of_time(comparison_maximum(comparison, point, COMPARISON_WALL_NS))};

	int r = 0;

	table.grid = grid_new(columns, TABLE_N_COLUMNS, comparison->n_backends);
	if (!table.grid)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->n_backends && r == 0; i++)
		r = fill_table_row(comparison, point, i, &table);
	if (r < 0) {
		table_release(&table);
		return r;
	}
	grid_hide_empty(table.grid);
	if (!grid_is_hidden(table.grid, TABLE_SPREAD))
		grid_hide(table.grid, TABLE_REFERENCE_SPREAD);
	*ret_table = table;
	return 0;
}

void table_release(struct table *table)
{
	grid_free(table->grid);
	*table = (struct table){.grid = NULL};
}

/* ---- cells */

static int fill_memory(const struct comparison_cell *cell, const struct table *table, size_t row)
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
		grid_set(table->grid, row, medians[i].column, "%s",
			format_number(statistics.median / table->bytes.size).text);
		if (medians[i].column == TABLE_PEAK || medians[i].column == TABLE_REFERENCE_PEAK)
			grid_set(table->grid, row, medians[i].column + 1, "%s",
				format_number((statistics.maximum - statistics.minimum) /
					      table->bytes.size)
					.text);
	}
	r = comparison_statistics(cell, COMPARISON_ERROR, &statistics);
	if (r < 0)
		return r;
	grid_set(table->grid, row, TABLE_ERROR, "%s", format_percent(statistics.median).text);
	return 0;
}

static int fill_time(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table)
{
	struct statistics wall;
	struct statistics ratio;
	int r = comparison_statistics(
		comparison_cell(comparison, point, backend), COMPARISON_WALL_NS, &wall);

	if (r == 0)
		r = comparison_ratio(comparison, point, backend, &ratio);
	if (r < 0)
		return r;
	grid_set(table->grid, backend, TABLE_WALL, "%s",
		format_number(wall.median / table->time.size).text);
	if (comparison->n_backends > 1)
		grid_set(table->grid, backend, TABLE_RATIO, "%s", format_number(ratio.median).text);
	if (ratio.n > 1 && backend != comparison_none(comparison))
		grid_set(table->grid, backend, TABLE_RATIO_INTERVAL, "%.2f-%.2f",
			ratio.median_ci95.low, ratio.median_ci95.high);
	return 0;
}

/* Where every trial was killed at its limit: what the median one had reached. Red, as the row is. */
static void fill_killed(const struct comparison_cell *cell, const struct table *table, size_t row)
{
	const struct comparison_trial *shown = comparison_shown_trial(cell);

	if (!shown || shown->ok)
		return;
	grid_set(table->grid, row, TABLE_REFERENCE_INITIAL, "%s",
		format_number(shown->reached_initial / table->bytes.size).text);
	grid_set(table->grid, row, TABLE_REFERENCE_PEAK, "%s",
		format_number(shown->reached_peak / table->bytes.size).text);
}

static int fill_table_row(const struct comparison *comparison, size_t point, size_t backend,
	const struct table *table)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	int r;

	grid_set(table->grid, backend, TABLE_BACKEND, "%.*s", NAME_WIDTH,
		comparison->backends[backend].name);
	grid_set(table->grid, backend, TABLE_TRIALS, "%zu/%zu", cell->n_ok, cell->n_trials);
	if (cell->n_ok < cell->n_trials)
		grid_mark(table->grid, backend);
	r = fill_memory(cell, table, backend);
	fill_killed(cell, table, backend);
	return r < 0 ? r : fill_time(comparison, point, backend, table);
}
