#include "runner/host/run_files.h"
#include "runner/report/picture.h"
#include "runner/report/report.h"

#include "runner/analysis/comparison.h"
#include "runner/analysis/stability.h"
#include "runner/report/account.h"
#include "runner/report/facts.h"
#include "runner/report/failures.h"
#include "runner/report/html.h"
#include "runner/report/remarks.h"
#include "runner/report/table_rows.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"

#include <string.h>

#define PICTURE_MAX_BYTES (UINT64_C(16) << 20)

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<style>\n"
	"body { font: 16px/1.5 'DejaVu Sans', sans-serif; color: #222; background: #fff; "
	"max-width: 1600px; margin: 2em auto; padding: 0 1em; }\n"
	"h1 { font-size: 1.6em; margin-bottom: 0; } h2 { font-size: 1.2em; margin-top: 2em; }\n"
	".facts { color: #666; margin-top: 0; } .warning { color: #b00000; font-weight: bold; }\n"
	"img { max-width: 100%; height: auto; }\n"
	".scroll { overflow-x: auto; }\n"
	"table { border-collapse: collapse; font-variant-numeric: tabular-nums; }\n"
	"th, td { padding: 0.2em 0.7em; text-align: right; white-space: nowrap; }\n"
	"th:first-child, td:first-child { text-align: left; font-weight: bold; }\n"
	"thead tr:last-child th { border-bottom: 1px solid #888; }\n"
	"tbody tr:nth-child(odd) { background: #f6f6f6; } tr.bad td { color: #b00000; }\n"
	"dt { font-weight: bold; } pre { white-space: pre-wrap; }\n"
	"</style>\n";

static const char explanation[] =
	"<h2>How to read it</h2>\n<dl>\n"
	"<dt>initial, peak, final</dt><dd>The value at <code>task_begin</code>, the largest "
	"between "
	"<code>task_begin</code> and <code>task_end</code>, and the value at "
	"<code>task_end</code>. "
	"Medians of the trials that ended ok.</dd>\n"
	"<dt>backend</dt><dd>A memory reporter; its own numbers come from the tool itself. "
	"<code>none</code> is the task with no reporter at all.</dd>\n"
	"<dt>kernel's account (reference)</dt><dd>The cgroup of the task alone, sampled from "
	"outside in "
	"every trial. It counts page cache and kernel memory that the task caused, as well as its "
	"own "
	"pages, and moves in steps of 256 KiB, because each CPU charges 64 pages at a time.</dd>\n"
	"<dt>pages counted (oracle)</dt><dd>The pages of memory charged to the task's cgroup, "
	"counted one by one while the task waited at a mark: anonymous, file and tmpfs pages. The "
	"kernel's own memory and memory charged in advance are not counted. Largest: of the "
	"counts; nothing is counted between marks. Only if the experiment has "
	"<code>[oracle]</code>.</dd>\n"
	"<dt>truth</dt><dd>The bytes that the task itself declared to have touched and not given "
	"back; results.h5 has the other kinds that it may declare. In the pictures it is drawn "
	"above the initial value, because it does not include what was there before.</dd>\n"
	"<dt>error</dt><dd>(peak - initial - truth) / truth.</dd>\n"
	"<dt>spread</dt><dd>The largest peak minus the smallest.</dd>\n"
	"<dt>ratio</dt><dd>Wall time under the backend to that under <code>none</code> in the same "
	"repetition: the median of the pairs, with its 95 % bootstrap interval.</dd>\n</dl>\n"
	"<p>Every number and every trace is in <a href=\"results.h5\">results.h5</a>, the rows of "
	"the "
	"summary in <a href=\"summary.csv\">summary.csv</a>, the pictures' scripts and data in "
	"<a href=\"plots/\">plots/</a>.</p>\n";

static int write_page(struct results *results, const struct comparison *comparison,
	const struct report_options *options, FILE *stream);

int report_html(struct results *results, const struct report_options *options, struct error *error)
{
	CLEANUP(cleanup_free) char *page = NULL;
	struct comparison *comparison = NULL;
	size_t length = 0;
	FILE *stream;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	stream = open_memstream(&page, &length);
	r = stream ? write_page(results, comparison, options, stream) : -ENOMEM;
	if (stream && fclose(stream) != 0 && r == 0)
		r = -errno;
	comparison_free(comparison);
	if (r < 0)
		return error_set_errno(error, -r, "cannot write " RUN_REPORT);
	return file_replace(options->run_fd, RUN_REPORT, page, length, 0644, error);
}

/* Embedded, so that the report is a single file. */
static void write_picture(FILE *stream, int run_fd, const char *name, const char *title)
{
	CLEANUP(cleanup_free) char *png = NULL;
	size_t length;

	if (beneath_read(run_fd, name, PICTURE_MAX_BYTES, &png, &length, NULL) < 0) {
		fprintf(stream, "<p class=\"warning\">%s was not drawn.</p>\n", name);
		return;
	}
	fprintf(stream, "<p><img alt=\"%s\" src=\"data:image/png;base64,", title);
	html_base64(stream, png, length);
	fputs("\"></p>\n", stream);
}

/* The headings where there is no row. */
static void write_html_row(FILE *stream, const struct grid *grid, const size_t *row)
{
	fputs(row && grid_is_marked(grid, *row) ? "<tr class=\"bad\">" : "<tr>", stream);
	for (size_t i = 0; i < TABLE_N_COLUMNS; i++) {
		if (grid_is_hidden(grid, i))
			continue;
		fputs(row ? "<td>" : "<th>", stream);
		html_text(stream, row ? grid_text(grid, *row, i) : table_heading(i));
		fputs(row ? "</td>" : "</th>", stream);
	}
	fputs("</tr>\n", stream);
}

/* The titles over groups of columns that belong together. */
static void write_groups(FILE *stream, const struct grid *grid)
{
	fputs("<tr>", stream);
	for (size_t i = 0; i < TABLE_N_COLUMNS;) {
		const char *title = table_group_title(i);
		size_t n = 0;

		for (; i < TABLE_N_COLUMNS && table_group_title(i) == title; i++)
			n += !grid_is_hidden(grid, i);
		if (n == 0)
			continue;
		fprintf(stream, "<th colspan=\"%zu\">", n);
		html_text(stream, title);
		fputs("</th>", stream);
	}
	fputs("</tr>\n", stream);
}

static int write_failures(
	FILE *stream, const struct comparison *comparison, size_t point, size_t backend)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	CLEANUP(cleanup_free) char *failures = failures_sentence(cell);

	if (!failures)
		return -ENOMEM;
	if (failures[0])
		html_paragraph(
			stream, "warning", "%s: %s", comparison->backends[backend].name, failures);
	return 0;
}

static int write_remarks(FILE *stream, const struct comparison *comparison, size_t point)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *remarks = open_memstream(&text, &length);
	char *line;
	char *rest;
	int r;

	if (!remarks)
		return -ENOMEM;
	r = account_print(comparison, point, true, remarks);
	if (r == 0)
		r = remarks_print(comparison, point, remarks);
	if (fclose(remarks) != 0 && r == 0)
		r = -ENOMEM;
	for (rest = text; r == 0 && (line = strsep(&rest, "\n")) && line[0];)
		html_paragraph(stream, NULL, "%s", line);
	return r;
}

static int write_point(FILE *stream, const struct comparison *comparison, size_t point)
{
	struct table table;
	int r = table_new(comparison, point, &table);

	if (r < 0)
		return r;
	fputs("<h2>", stream);
	html_text(stream,
		comparison->points[point].label[0] ? comparison->points[point].label : "results");
	fprintf(stream, "</h2>\n<p>Memory in %s, time in %s", table.bytes.name, table.time.name);
	if (comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK) > 0.0)
		fprintf(stream, ", truth %s",
			format_bytes((uint64_t)comparison_maximum(
					     comparison, point, COMPARISON_TRUTH_PEAK))
				.text);
	fputs(".</p>\n<div class=\"scroll\"><table>\n<thead>\n", stream);
	write_groups(stream, table.grid);
	write_html_row(stream, table.grid, NULL);
	fputs("</thead>\n<tbody>\n", stream);
	for (size_t i = 0; i < grid_n_rows(table.grid); i++)
		write_html_row(stream, table.grid, &i);
	fputs("</tbody>\n</table></div>\n", stream);
	table_release(&table);
	for (size_t i = 0; i < comparison->n_backends && r == 0; i++)
		r = write_failures(stream, comparison, point, i);
	return r < 0 ? r : write_remarks(stream, comparison, point);
}

static void write_links(FILE *stream, const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n_points; i++) {
		if (!picture_has_point(comparison, i))
			continue;
		fprintf(stream,
			"<p><a href=\"" RUN_PLOTS "/" RUN_MEMORY_PICTURE
			"-point-%zu.png\">Memory over "
			"time at ",
			i + 1);
		html_text(stream, comparison->points[i].label);
		fputs("</a></p>\n", stream);
	}
}

static void write_sentence(FILE *stream, const char *sentence)
{
	if (sentence[0])
		html_paragraph(stream, NULL, "%s", sentence);
}

static void write_warnings(FILE *stream, struct results *results)
{
	for (unsigned kind = FACTS_FIRST_WARNING; kind < TALLY_N_KINDS; kind++) {
		CLEANUP(cleanup_free) char *warning = facts_warning(results, kind);

		if (warning)
			html_paragraph(stream, "warning", "%s.", warning);
	}
}

static int write_page(struct results *results, const struct comparison *comparison,
	const struct report_options *options, FILE *stream)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, options->run_path);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	CLEANUP(cleanup_free) char *watching = facts_watching(results);
	CLEANUP(cleanup_free) char *cpus = facts_cpus(results);
	CLEANUP(cleanup_free) char *drift = stability_sentence(comparison);
	struct failure_kinds failures;
	int r = 0;

	if (!name || !machine || !watching || !cpus || !drift)
		return -ENOMEM;
	fputs(head, stream);
	fputs("<title>", stream);
	html_text(stream, name);
	fputs(" - memcg-run</title>\n</head>\n<body>\n<h1>", stream);
	html_text(stream, name);
	fputs("</h1>\n", stream);
	html_paragraph(stream, "facts", "%s", machine);
	write_warnings(stream, results);
	if (facts_quick(results))
		fputs("<p>" FACTS_QUICK ".</p>\n", stream);
	if (facts_incomplete(results))
		fputs("<p class=\"warning\">The run was ended before every planned trial had "
		      "run.</p>\n",
			stream);
	failure_kinds_read(results, &failures);
	failures_html(&failures, stream);
	if (comparison->n_points == 0)
		html_paragraph(stream, "warning", "%s.", facts_no_trial(results));
	else {
		write_picture(stream, options->run_fd, RUN_MEMORY_PICTURE ".png",
			"Memory over time by backend");
		write_links(stream, comparison);
		write_picture(stream, options->run_fd, RUN_COMPOSITION_PICTURE ".png",
			"What memory was made of over time");
		write_picture(
			stream, options->run_fd, RUN_TIME_PICTURE ".png", "Wall time by backend");
	}
	for (size_t i = 0; i < comparison->n_points && r == 0; i++)
		r = write_point(stream, comparison, i);
	write_sentence(stream, drift);
	write_sentence(stream, watching);
	write_sentence(stream, cpus);
	fputs(explanation, stream);
	fputs("</body>\n</html>\n", stream);
	return r;
}
