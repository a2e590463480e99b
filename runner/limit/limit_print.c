/* The answer for a terminal: one line a point, then what each point's limits did. */

#include "runner/limit/limit_rows.h"
#include "runner/limit/limit_words.h"
#include "runner/report/grid.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define LONGEST_CAUSE 200

/* A whole number; "-" for NaN. */
static struct formatted limit_count_text(double count)
{
	struct formatted formatted = {.text = "-"};

	if (!isnan(count))
		snprintf(formatted.text, FORMAT_SIZE, "%.0f", count);
	return formatted;
}

/* ---- one line a point */

enum limit_overview_column {
	OVERVIEW_POINT,
	OVERVIEW_MINIMAL,
	OVERVIEW_SHARE,
	OVERVIEW_UNHARMED,
	OVERVIEW_PEAK,
	OVERVIEW_FLOOR,
	OVERVIEW_DIES,
	N_OVERVIEW_COLUMNS,
};

static const struct grid_column limit_overview_columns[N_OVERVIEW_COLUMNS] = {
	[OVERVIEW_POINT] = {NULL, "point", true, 0},
	[OVERVIEW_MINIMAL] = {NULL, "survives from", false, 0},
	[OVERVIEW_SHARE] = {NULL, "of the peak", false, 0},
	[OVERVIEW_UNHARMED] = {NULL, "unharmed from", false, 0},
	[OVERVIEW_PEAK] = {NULL, "peak", false, 0},
	[OVERVIEW_FLOOR] = {NULL, "floor", false, 0},
	[OVERVIEW_DIES] = {NULL, "dies by", true, 0},
};

static int limit_overview_row(const struct limit_answer *answer, size_t i, struct grid *grid)
{
	const struct limit_answer_point *point = &answer->points[i];
	const bool found = point->finding.result == LIMIT_FOUND;
	const double minimal = found ? (double)point->finding.upper_bytes : NAN;
	const double unharmed = point->unharmed_bytes > 0 ? (double)point->unharmed_bytes : NAN;
	CLEANUP(cleanup_free) char *title = limit_point_title(answer, i);

	if (!title)
		return -ENOMEM;
	grid_set(grid, i, OVERVIEW_POINT, "%s", title);
	if (found)
		grid_set(grid, i, OVERVIEW_MINIMAL, "%s", limit_bytes_text(minimal).text);
	else
		grid_set(
			grid, i, OVERVIEW_MINIMAL, "%s", limit_result_words(point->finding.result));
	grid_set(grid, i, OVERVIEW_SHARE, "%s", limit_share_text(minimal / point->peak_bytes).text);
	grid_set(grid, i, OVERVIEW_UNHARMED, "%s", limit_bytes_text(unharmed).text);
	grid_set(grid, i, OVERVIEW_PEAK, "%s", limit_bytes_text(point->peak_bytes).text);
	grid_set(grid, i, OVERVIEW_FLOOR, "%s", limit_bytes_text(point->floor_bytes).text);
	grid_set(grid, i, OVERVIEW_DIES, "%s",
		point->dies_by == LIMIT_SURVIVED ? "-" : limit_end_words(point->dies_by));
	if (!found)
		grid_mark(grid, i);
	return 0;
}

static int limit_print_overview(const struct limit_answer *answer, bool color, FILE *stream)
{
	struct grid *grid = grid_new(limit_overview_columns, N_OVERVIEW_COLUMNS, answer->n_points);
	int r = grid ? 0 : -ENOMEM;

	for (size_t i = 0; i < answer->n_points && r == 0; i++)
		r = limit_overview_row(answer, i, grid);
	if (r == 0)
		r = grid_print(grid, color, stream);
	grid_free(grid);
	fputc('\n', stream);
	return r;
}

/* ---- a point in words */

static void limit_print_label(const char *label, struct formatted value, FILE *stream)
{
	fprintf(stream, "  %-14s  %11s", label, value.text);
}

static void limit_print_interval(struct interval interval, FILE *stream)
{
	if (!isnan(interval.low) && interval.low < interval.high)
		fprintf(stream, "  (95 %%: %s to %s)", limit_bytes_text(interval.low).text,
			limit_bytes_text(interval.high).text);
}

static void limit_print_minimal(
	const struct limit_answer *answer, const struct limit_answer_point *point, FILE *stream)
{
	const struct limit_settings *settings = &answer->run->settings;
	const struct limit_finding *finding = &point->finding;

	if (finding->result != LIMIT_FOUND)
		return;
	limit_print_label("survives from", limit_bytes_text((double)finding->upper_bytes), stream);
	fprintf(stream,
		"  %" PRIu64 " of %" PRIu64 " runs: at least %s survive, with %s confidence%s\n",
		finding->n_confirmed, finding->n_confirm, limit_share_text(settings->survival).text,
		limit_share_text(settings->confidence).text, settings->quick ? " (--quick)" : "");
}

/* What happened from `low` on and below `high`, both limits; 0: nothing was tried there. */
static uint64_t limit_count_runs(const struct limit_answer_point *point, uint64_t low,
	uint64_t high, uint64_t *ret_n_survived)
{
	uint64_t n = 0, n_survived = 0;

	for (size_t i = 0; i < point->n_rows; i++) {
		const struct limit_row *row = &point->rows[i];

		if (row->limit_bytes < low || row->limit_bytes >= high || row->limit_bytes == 0)
			continue;
		n += row->n;
		n_survived += row->n_survived;
	}
	*ret_n_survived = n_survived;
	return n;
}

static int limit_print_death(const struct limit_answer_point *point, FILE *stream)
{
	CLEANUP(cleanup_free)
	char *cause = text_title(point->dies_cause ? point->dies_cause : "", LONGEST_CAUSE);
	uint64_t n_survived, n;

	if (!cause)
		return -ENOMEM;
	if (point->dies_bytes > 0) {
		n = limit_count_runs(point, 1, point->dies_bytes + 1, &n_survived);
		limit_print_label("dies at", limit_bytes_text((double)point->dies_bytes), stream);
		fprintf(stream, "  and below: none of %" PRIu64 " runs survived\n", n);
	}
	n = point->finding.result == LIMIT_FOUND ? limit_count_runs(point, point->dies_bytes + 1,
							   point->finding.upper_bytes, &n_survived)
						 : 0;
	if (n > 0)
		fprintf(stream, "  %-14s  %11s  %" PRIu64 " of %" PRIu64 " runs survived\n",
			"between", "", n_survived, n);
	if (point->dies_by != LIMIT_SURVIVED)
		fprintf(stream, "  %-14s  %11s  %s%s%s\n", "dies by", "",
			limit_end_words(point->dies_by), *cause ? ": " : "", cause);
	return 0;
}

static bool limit_has_curve(const struct limit_answer_point *point)
{
	for (size_t i = 0; i < point->n_rows; i++)
		if (!isnan(point->rows[i].slowdown))
			return true;
	return false;
}

static void limit_print_unharmed(
	const struct limit_answer *answer, const struct limit_answer_point *point, FILE *stream)
{
	const double slowdown = answer->run->settings.slowdown;

	if (point->unharmed_bytes > 0) {
		limit_print_label(
			"unharmed from", limit_bytes_text((double)point->unharmed_bytes), stream);
		fprintf(stream,
			"  at most %.3g times the time without a limit, and no more "
			"pages read again\n",
			slowdown);
	} else if (limit_has_curve(point)) {
		fprintf(stream,
			"  %-14s  %11s  no limit up to the peak: each takes more than %.3g times "
			"the time, or reads pages again\n",
			"unharmed from", "-", slowdown);
	}
	if (point->knee_bytes > 0) {
		limit_print_label("knee", limit_bytes_text((double)point->knee_bytes), stream);
		fputs("  below it, the time rises steeply\n", stream);
	}
}

static void limit_print_peak(const struct limit_answer_point *point, FILE *stream)
{
	if (isnan(point->peak_bytes))
		return;
	limit_print_label("peak", limit_bytes_text(point->peak_bytes), stream);
	if (!isnan(point->file_share))
		fprintf(stream, "  %s of it page cache", limit_share_text(point->file_share).text);
	limit_print_interval(point->peak_interval, stream);
	fputc('\n', stream);
	if (isnan(point->floor_bytes))
		return;
	limit_print_label("floor", limit_bytes_text(point->floor_bytes), stream);
	fputs("  of the peak, what the kernel cannot reclaim", stream);
	limit_print_interval(point->floor_interval, stream);
	fputc('\n', stream);
}

static void limit_print_warnings(
	const struct limit_answer *answer, const struct limit_answer_point *point, FILE *stream)
{
	const struct limit_finding *finding = &point->finding;

	if (finding->result == LIMIT_RUNNING || finding->result == LIMIT_BASELINE_DIED)
		return;
	if (!point->finished)
		fputs("\n  Not finished: trials of the curve are missing. Resume the run.\n",
			stream);
	if (!finding->monotone)
		fputs("\n  Not monotone: runs survived a limit below one at which others died. A "
		      "limit between the\n"
		      "  two may fail; the one above was confirmed by itself.\n",
			stream);
	if (finding->adapts)
		fputs("\n  It adapts to its limit: it survives below its floor, so it uses less "
		      "where less is allowed.\n"
		      "  Its peak without a limit says nothing about its need.\n",
			stream);
	if (finding->result == LIMIT_FOUND && answer->run->settings.by == LIMIT_BY_HIGH)
		fputs("\n  The limit is memory.high: above it the kernel slows the task down, and "
		      "does not kill it.\n",
			stream);
}

/* ---- what each limit did */

enum limit_column {
	LIMIT_COLUMN_LIMIT,
	LIMIT_COLUMN_SHARE,
	LIMIT_COLUMN_SURVIVED,
	LIMIT_COLUMN_SLOWDOWN,
	LIMIT_COLUMN_INTERVAL,
	LIMIT_COLUMN_REFAULTS,
	LIMIT_COLUMN_MAJOR,
	LIMIT_COLUMN_MET,
	LIMIT_COLUMN_NOTE,
	LIMIT_N_COLUMNS,
};

static const struct grid_column limit_columns[LIMIT_N_COLUMNS] = {
	[LIMIT_COLUMN_LIMIT] = {NULL, "limit", false, 0},
	[LIMIT_COLUMN_SHARE] = {NULL, "of the peak", false, 0},
	[LIMIT_COLUMN_SURVIVED] = {NULL, "survived", false, 0},
	[LIMIT_COLUMN_SLOWDOWN] = {NULL, "slowdown", false, 0},
	[LIMIT_COLUMN_INTERVAL] = {NULL, "interval", true, 0},
	[LIMIT_COLUMN_REFAULTS] = {NULL, "refaults", false, 0},
	[LIMIT_COLUMN_MAJOR] = {NULL, "major faults", false, 0},
	[LIMIT_COLUMN_MET] = {NULL, "limit met", false, 0},
	[LIMIT_COLUMN_NOTE] = {NULL, "", true, 0},
};

/* "survives from, unharmed from" */
static char *limit_row_note(const struct limit_answer_point *point, const struct limit_row *row)
{
	const uint64_t limit = row->limit_bytes;
	const bool minimal =
		point->finding.result == LIMIT_FOUND && limit == point->finding.upper_bytes;
	char *note = string_format("%s", minimal ? "survives from" : "");

	if (limit > 0 && limit == point->unharmed_bytes)
		note = string_append(note, ", ", "unharmed from");
	if (limit > 0 && limit == point->knee_bytes)
		note = string_append(note, ", ", "knee");
	return note;
}

static int limit_set_row(const struct limit_answer_point *point, const struct limit_row *row,
	struct grid *grid, size_t i)
{
	CLEANUP(cleanup_free) char *note = limit_row_note(point, row);

	if (!note)
		return -ENOMEM;
	if (row->limit_bytes > 0) {
		grid_set(grid, i, LIMIT_COLUMN_LIMIT, "%s",
			limit_bytes_text((double)row->limit_bytes).text);
		grid_set(grid, i, LIMIT_COLUMN_SHARE, "%s",
			limit_share_text((double)row->limit_bytes / point->peak_bytes).text);
	} else {
		grid_set(grid, i, LIMIT_COLUMN_LIMIT, "none");
	}
	grid_set(grid, i, LIMIT_COLUMN_SURVIVED, "%" PRIu64 "/%" PRIu64, row->n_survived, row->n);
	grid_set(grid, i, LIMIT_COLUMN_SLOWDOWN, "%s", limit_ratio_text(row->slowdown).text);
	if (!isnan(row->slowdown))
		grid_set(grid, i, LIMIT_COLUMN_INTERVAL, "%s to %s",
			limit_ratio_text(row->slowdown_interval.low).text,
			limit_ratio_text(row->slowdown_interval.high).text);
	grid_set(grid, i, LIMIT_COLUMN_REFAULTS, "%s", limit_count_text(row->refaults).text);
	grid_set(grid, i, LIMIT_COLUMN_MAJOR, "%s", limit_count_text(row->major_faults).text);
	grid_set(grid, i, LIMIT_COLUMN_MET, "%s", limit_count_text(row->limit_met).text);
	grid_set(grid, i, LIMIT_COLUMN_NOTE, "%s", note);
	if (row->limit_bytes > 0 && row->n_survived == 0)
		grid_mark(grid, i);
	return 0;
}

static int limit_print_rows(const struct limit_answer_point *point, bool color, FILE *stream)
{
	struct grid *grid = grid_new(limit_columns, LIMIT_N_COLUMNS, point->n_rows);
	int r = grid ? 0 : -ENOMEM;

	for (size_t i = 0; i < point->n_rows && r == 0; i++)
		r = limit_set_row(point, &point->rows[i], grid, i);
	if (r == 0) {
		grid_hide_empty(grid);
		fputc('\n', stream);
		r = grid_print(grid, color, stream);
	}
	grid_free(grid);
	return r;
}

static int limit_print_point(const struct limit_answer *answer, size_t i, bool color, FILE *stream)
{
	const struct limit_answer_point *point = &answer->points[i];
	CLEANUP(cleanup_free) char *title = limit_point_title(answer, i);
	CLEANUP(cleanup_free) char *sentence = limit_result_sentence(answer, point);
	int r;

	if (!title || !sentence)
		return -ENOMEM;
	fprintf(stream, "%s: %s\n\n", title, sentence);
	limit_print_minimal(answer, point, stream);
	limit_print_unharmed(answer, point, stream);
	r = limit_print_death(point, stream);
	if (r < 0)
		return r;
	limit_print_peak(point, stream);
	limit_print_warnings(answer, point, stream);
	return point->n_rows > 0 ? limit_print_rows(point, color, stream) : 0;
}

int limit_answer_print(const struct limit_answer *answer, bool color, FILE *stream)
{
	int r = answer->n_points > 1 ? limit_print_overview(answer, color, stream) : 0;

	for (size_t i = 0; i < answer->n_points && r == 0; i++) {
		if (i > 0)
			fputc('\n', stream);
		r = limit_print_point(answer, i, color, stream);
	}
	if (r == 0)
		fputs("\nslowdown: wall time by that of the same block without a limit, with 95 % "
		      "or, of fewer than 6\n"
		      "blocks, the smallest and largest. refaults: pages read again after they "
		      "were reclaimed. Medians of\n"
		      "the runs that survived.\n",
			stream);
	return r;
}
