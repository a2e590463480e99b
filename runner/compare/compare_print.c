/* A comparison for the terminal, and as a table in Markdown. */

#include "runner/compare/compare_words.h"
#include "runner/report/grid.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

/* With more pairs only the metric of the gate has a row of each, and others where they differ. */
#define MANY_PAIRS 6
/* How many undecided pairs are explained. */
#define MAX_EXPLAINED 6

enum compare_column {
	COLUMN_POINT,
	COLUMN_METRIC,
	COLUMN_TRIALS,
	COLUMN_BASE,
	COLUMN_NEW,
	COLUMN_RATIO,
	COLUMN_INTERVAL,
	COLUMN_CHANGE,
	COLUMN_SEES,
	COLUMN_VERDICT,
	N_COMPARE_COLUMNS,
};

static const struct grid_column compare_columns[N_COMPARE_COLUMNS] = {
	[COLUMN_POINT] = {NULL, "point", true, 0},
	[COLUMN_METRIC] = {NULL, "metric", true, 0},
	[COLUMN_TRIALS] = {NULL, "trials", false, 2},
	[COLUMN_BASE] = {NULL, "base", false, 3},
	[COLUMN_NEW] = {NULL, "new", false, 4},
	[COLUMN_RATIO] = {NULL, "ratio", false, 0},
	[COLUMN_INTERVAL] = {NULL, "99 % interval", true, 0},
	[COLUMN_CHANGE] = {NULL, "change", true, 0},
	[COLUMN_SEES] = {NULL, "sees", false, 1},
	[COLUMN_VERDICT] = {NULL, "verdict", true, 0},
};

static bool is_shown(
	const struct compare *compare, const struct compare_pair *pair, enum compare_metric metric)
{
	return metric == compare->options.metric || compare->n_pairs <= MANY_PAIRS ||
	       pair->results[metric].change > COMPARE_NONE_FOUND;
}

static size_t n_shown_rows(const struct compare *compare)
{
	size_t n = 0;

	for (size_t i = 0; i < compare->n_pairs; i++)
		for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++)
			n += is_shown(compare, &compare->pairs[i], metric);
	return n;
}

/* "size=64" of two runs, "size=64, fast against slow" within one. NULL on ENOMEM; the caller frees. */
static char *pair_title(const struct compare *compare, const struct compare_pair *pair)
{
	CLEANUP(cleanup_free) char *base = compare_base_title(compare, pair);

	if (!base)
		return NULL;
	return string_format("%s%s%s", pair->title, *base ? " against " : "", base);
}

static void set_result(
	struct grid *grid, size_t row, const struct compare_pair *pair, enum compare_metric metric)
{
	const struct compare_result *result = &pair->results[metric];

	grid_set(grid, row, COLUMN_METRIC, "%s", compare_metric_name(metric));
	if (result->n_base == result->n_new)
		grid_set(grid, row, COLUMN_TRIALS, "%zu", result->n_new);
	else
		grid_set(grid, row, COLUMN_TRIALS, "%zu, %zu", result->n_base, result->n_new);
	grid_set(grid, row, COLUMN_BASE, "%s", compare_value(metric, result->base_median).text);
	grid_set(grid, row, COLUMN_NEW, "%s", compare_value(metric, result->new_median).text);
	grid_set(grid, row, COLUMN_RATIO, "%s", compare_ratio(result->ratio).text);
	grid_set(grid, row, COLUMN_INTERVAL, "%s", compare_interval(result->interval).text);
	grid_set(grid, row, COLUMN_CHANGE, "%s", compare_change_name(result->change));
	grid_set(grid, row, COLUMN_SEES, "%s", compare_percent(result->least_change).text);
	grid_set(grid, row, COLUMN_VERDICT, "%s", compare_verdict_name(result->verdict));
	if (result->verdict == COMPARE_WORSE)
		grid_mark(grid, row);
}

static int fill_grid(const struct compare *compare, struct grid *grid)
{
	size_t row = 0;

	for (size_t i = 0; i < compare->n_pairs; i++) {
		const struct compare_pair *pair = &compare->pairs[i];
		CLEANUP(cleanup_free) char *title = pair_title(compare, pair);
		const char *shown = title;

		if (!title)
			return -ENOMEM;
		for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++) {
			if (!is_shown(compare, pair, metric))
				continue;
			grid_set(grid, row, COLUMN_POINT, "%s", shown);
			set_result(grid, row++, pair, metric);
			/* Once a pair. */
			shown = "";
		}
	}
	return 0;
}

static int print_compare_grid(
	const struct compare *compare, unsigned width, bool color, FILE *stream)
{
	struct grid *grid = grid_new(compare_columns, N_COMPARE_COLUMNS, n_shown_rows(compare));
	int r = grid ? fill_grid(compare, grid) : -ENOMEM;

	if (r == 0) {
		grid_fit(grid, width);
		r = grid_print(grid, color, stream);
	}
	grid_free(grid);
	return r;
}

static void print_run(const char *what, const struct compare_run *run, FILE *stream)
{
	fprintf(stream, "%-5s %s (%s, %s)\n", what, run->path, run->name, run->created);
}

static void print_titles(const char *what, char *const *titles, FILE *stream)
{
	for (size_t i = 0; titles && titles[i]; i++)
		fprintf(stream, "%s: %s\n", what, titles[i]);
}

static void print_compare_heading(const struct compare *compare, FILE *stream)
{
	if (compare->options.by) {
		print_run("run", compare->new, stream);
	} else {
		print_run("base", compare->base, stream);
		print_run("new", compare->new, stream);
	}
	for (size_t i = 0; i < compare->n_differences; i++)
		fprintf(stream, "differs: %s: %s; %s\n", compare->differences[i].name,
			*compare->differences[i].base ? compare->differences[i].base : "none",
			*compare->differences[i].new ? compare->differences[i].new : "none");
	print_titles("only in base", compare->only_base, stream);
	print_titles("only in new", compare->only_new, stream);
	fputc('\n', stream);
}

static int print_doubts(const struct compare *compare, FILE *stream)
{
	const enum compare_metric metric = compare->options.metric;
	size_t n = 0;

	for (size_t i = 0; i < compare->n_pairs; i++) {
		const struct compare_pair *pair = &compare->pairs[i];
		CLEANUP(cleanup_free)
		char *doubt = compare_doubt_text(
			pair, metric, compare->options.max_increase, compare->n_pairs);

		if (!doubt)
			return -ENOMEM;
		if (!*doubt || ++n > MAX_EXPLAINED)
			continue;
		fprintf(stream, "  %s: %s\n", pair->title, doubt);
	}
	if (n > MAX_EXPLAINED)
		fprintf(stream, "  and %zu more: --json has them all\n", n - MAX_EXPLAINED);
	return 0;
}

int compare_print(const struct compare *compare, unsigned width, bool color, FILE *stream)
{
	CLEANUP(cleanup_free) char *sentence = compare_sentence(compare);
	int r = sentence ? 0 : -ENOMEM;

	if (r == 0) {
		print_compare_heading(compare, stream);
		r = print_compare_grid(compare, width, color, stream);
	}
	if (r < 0)
		return r;
	fprintf(stream,
		"\n"
		"ratio: new / base; its interval has the account's resolution in it. sees: the "
		"smallest increase\n"
		"that these trials could have shown. verdict: whether it is at most %s larger.\n"
		"\n%s\n",
		compare_percent(compare->options.max_increase).text, sentence);
	return print_doubts(compare, stream);
}

/* ---- Markdown */

/* One line that is neither a cell's end nor markup. */
static void markdown_text(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_[]<>|&~#", *text))
			fputc('\\', stream);
		fputc(*text, stream);
	}
}

static void markdown_titles(const char *what, char *const *titles, FILE *stream)
{
	for (size_t i = 0; titles && titles[i]; i++) {
		fprintf(stream, "\nOnly in %s: ", what);
		markdown_text(stream, titles[i]);
		fputc('\n', stream);
	}
}

static void markdown_differences(const struct compare *compare, FILE *stream)
{
	for (size_t i = 0; i < compare->n_differences; i++) {
		fputs("\nDiffers: ", stream);
		markdown_text(stream, compare->differences[i].name);
		fputs(": ", stream);
		markdown_text(stream, compare->differences[i].base);
		fputs("; ", stream);
		markdown_text(stream, compare->differences[i].new);
		fputc('\n', stream);
	}
}

static void markdown_row(const struct compare *compare, const struct compare_pair *pair,
	enum compare_metric metric, FILE *stream)
{
	const struct compare_result *result = &pair->results[metric];
	CLEANUP(cleanup_free) char *title = pair_title(compare, pair);
	const char *strong = result->verdict == COMPARE_WORSE ? "**" : "";

	fputs("| ", stream);
	markdown_text(stream, title ? title : pair->title);
	fprintf(stream, " | %s | %s | %s | %s | %s | %s | %s%s%s |\n", compare_metric_name(metric),
		compare_value(metric, result->base_median).text,
		compare_value(metric, result->new_median).text, compare_ratio(result->ratio).text,
		compare_interval(result->interval).text, compare_percent(result->least_change).text,
		strong, compare_verdict_name(result->verdict), strong);
}

void compare_markdown(const struct compare *compare, FILE *stream)
{
	CLEANUP(cleanup_free) char *sentence = compare_sentence(compare);

	fprintf(stream, "**%s** (99 %%)\n", sentence ? sentence : "");
	markdown_differences(compare, stream);
	fputs("\n| point | metric | base | new | ratio | 99 % interval | sees | verdict |\n"
	      "| --- | --- | ---: | ---: | ---: | --- | ---: | --- |\n",
		stream);
	for (size_t i = 0; i < compare->n_pairs; i++)
		for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++)
			if (is_shown(compare, &compare->pairs[i], metric))
				markdown_row(compare, &compare->pairs[i], metric, stream);
	markdown_titles("base", compare->only_base, stream);
	markdown_titles("new", compare->only_new, stream);
}
