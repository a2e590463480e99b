#include "runner/report/grid.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BOLD "\033[1m"
#define RED "\033[31m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

struct grid {
	const struct grid_column *columns;
	size_t n_columns;
	size_t n_rows;
	char **texts; /* row by row */
	bool *hidden; /* a column */
	bool *marked; /* a row */
};

struct grid *grid_new(const struct grid_column *columns, size_t n_columns, size_t n_rows)
{
	struct grid *grid = calloc(1, sizeof(*grid));

	if (!grid)
		return NULL;
	*grid = (struct grid){.columns = columns, .n_columns = n_columns, .n_rows = n_rows};
	grid->texts = calloc(n_rows * n_columns + 1, sizeof(*grid->texts));
	grid->hidden = calloc(n_columns + 1, sizeof(*grid->hidden));
	grid->marked = calloc(n_rows + 1, sizeof(*grid->marked));
	if (!grid->texts || !grid->hidden || !grid->marked) {
		grid_free(grid);
		return NULL;
	}
	return grid;
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	for (size_t i = 0; grid->texts && i < grid->n_rows * grid->n_columns; i++)
		free(grid->texts[i]);
	free(grid->texts);
	free(grid->hidden);
	free(grid->marked);
	free(grid);
}

const char *grid_text(const struct grid *grid, size_t row, size_t column)
{
	const char *text = grid->texts[row * grid->n_columns + column];

	return text ? text : "";
}

void grid_set(struct grid *grid, size_t row, size_t column, const char *format, ...)
{
	char **place = &grid->texts[row * grid->n_columns + column];
	va_list arguments;

	free(*place);
	va_start(arguments, format);
	*place = string_vformat(format, arguments);
	va_end(arguments);
}

void grid_mark(struct grid *grid, size_t row)
{
	grid->marked[row] = true;
}

void grid_hide(struct grid *grid, size_t column)
{
	grid->hidden[column] = true;
}

size_t grid_n_rows(const struct grid *grid)
{
	return grid->n_rows;
}

bool grid_is_marked(const struct grid *grid, size_t row)
{
	return grid->marked[row];
}

bool grid_is_hidden(const struct grid *grid, size_t column)
{
	return grid->hidden[column];
}

void grid_hide_empty(struct grid *grid)
{
	for (size_t i = 0; i < grid->n_columns; i++) {
		bool empty = true;

		for (size_t j = 0; j < grid->n_rows; j++) {
			const char *text = grid_text(grid, j, i);

			empty = empty && (text[0] == '\0' || strcmp(text, "-") == 0);
		}
		grid->hidden[i] = empty;
	}
}

/* ---- layout */

/* The number of the next column that is shown, or of columns. */
static size_t next_shown(const struct grid *grid, size_t column)
{
	while (column < grid->n_columns && grid->hidden[column])
		column++;
	return column;
}

static size_t own_width(const struct grid *grid, size_t column)
{
	size_t width = strlen(grid->columns[column].heading);

	for (size_t i = 0; i < grid->n_rows; i++) {
		size_t length = strlen(grid_text(grid, i, column));

		width = length > width ? length : width;
	}
	return width;
}

/* One blank within a group, two between groups and beside a column without one, none before the first. */
static size_t grid_gap(const struct grid *grid, size_t before, size_t column)
{
	const char *group = grid->columns[column].group;

	if (before == grid->n_columns)
		return 0;
	return group && grid->columns[before].group == group ? 1 : 2;
}

/* The width of a group from its first shown column on; *ret_end is the first that is not in it. */
static size_t group_width(
	const struct grid *grid, const size_t *widths, size_t first, size_t *ret_end)
{
	const char *group = grid->columns[first].group;
	size_t total = widths[first];
	size_t i = next_shown(grid, first + 1);

	for (; group && i < grid->n_columns && grid->columns[i].group == group;
		i = next_shown(grid, i + 1))
		total += 1 + widths[i];
	*ret_end = i;
	return total;
}

/* A group is as wide as its title, at least: its first shown column is widened. */
static void find_widths(const struct grid *grid, size_t *widths)
{
	size_t end;

	for (size_t i = 0; i < grid->n_columns; i++)
		widths[i] = own_width(grid, i);
	for (size_t i = next_shown(grid, 0); i < grid->n_columns; i = end) {
		const char *title = grid->columns[i].group;
		size_t total = group_width(grid, widths, i, &end);

		if (title && total < strlen(title))
			widths[i] += strlen(title) - total;
	}
}

static size_t grid_width(const struct grid *grid, size_t *widths)
{
	size_t before = grid->n_columns;
	size_t total = 0;

	find_widths(grid, widths);
	for (size_t i = next_shown(grid, 0); i < grid->n_columns; i = next_shown(grid, i + 1)) {
		total += grid_gap(grid, before, i) + widths[i];
		before = i;
	}
	return total;
}

void grid_fit(struct grid *grid, unsigned width)
{
	CLEANUP(cleanup_free) size_t *widths = calloc(grid->n_columns + 1, sizeof(*widths));
	unsigned last = 0;

	for (size_t i = 0; i < grid->n_columns; i++)
		last = grid->columns[i].hide_first > last ? grid->columns[i].hide_first : last;
	for (unsigned step = 1; step <= last; step++) {
		if (!widths || width == 0 || grid_width(grid, widths) <= width)
			return;
		for (size_t i = 0; i < grid->n_columns; i++)
			if (grid->columns[i].hide_first == step)
				grid->hidden[i] = true;
	}
}

/* ---- printing */

static void print_blanks(size_t n, FILE *stream)
{
	fprintf(stream, "%*s", (int)n, "");
}

/* A line that is one dash is none. */
static void print_dashes(size_t n, FILE *stream)
{
	for (size_t i = 0; i < n; i++)
		fputc(i + 1 == n || n < 3 ? ' ' : '-', stream);
}

/* "---- at the peak" over the columns of a group. */
static void print_groups(const struct grid *grid, const size_t *widths, FILE *stream)
{
	size_t pending = 0;
	size_t before = grid->n_columns;
	size_t end;

	for (size_t i = next_shown(grid, 0); i < grid->n_columns; i = end) {
		const char *title = grid->columns[i].group;
		size_t total = group_width(grid, widths, i, &end);

		pending += grid_gap(grid, before, i);
		before = i;
		if (!title || !title[0]) {
			pending += total;
			continue;
		}
		print_blanks(pending, stream);
		print_dashes(total - strlen(title), stream);
		fputs(title, stream);
		pending = 0;
	}
	fputc('\n', stream);
}

/* The headings where there is no row. A line ends with its last text. */
static void print_line(
	const struct grid *grid, const size_t *widths, const size_t *row, FILE *stream)
{
	size_t pending = 0;
	size_t before = grid->n_columns;

	for (size_t i = next_shown(grid, 0); i < grid->n_columns; i = next_shown(grid, i + 1)) {
		const char *text = row ? grid_text(grid, *row, i) : grid->columns[i].heading;
		size_t blanks = widths[i] - strlen(text);

		pending += grid_gap(grid, before, i);
		before = i;
		if (!text[0]) {
			pending += widths[i];
			continue;
		}
		print_blanks(pending + (grid->columns[i].left ? 0 : blanks), stream);
		fputs(text, stream);
		pending = grid->columns[i].left ? blanks : 0;
	}
}

static bool has_groups(const struct grid *grid)
{
	for (size_t i = 0; i < grid->n_columns; i++)
		if (grid->columns[i].group && grid->columns[i].group[0] && !grid->hidden[i])
			return true;
	return false;
}

int grid_print(const struct grid *grid, bool color, FILE *stream)
{
	CLEANUP(cleanup_free) size_t *widths = calloc(grid->n_columns + 1, sizeof(*widths));

	if (!widths)
		return -ENOMEM;
	find_widths(grid, widths);
	if (has_groups(grid)) {
		fputs(color ? FAINT : "", stream);
		print_groups(grid, widths, stream);
		fputs(color ? PLAIN : "", stream);
	}
	fputs(color ? BOLD : "", stream);
	print_line(grid, widths, NULL, stream);
	fputs(color ? PLAIN "\n" : "\n", stream);
	for (size_t i = 0; i < grid->n_rows; i++) {
		const bool red = color && grid->marked[i];

		fputs(red ? RED : "", stream);
		print_line(grid, widths, &i, stream);
		fputs(red ? PLAIN "\n" : "\n", stream);
	}
	return 0;
}
