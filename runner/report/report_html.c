#include "runner/host/dygraphs.h"
#include "runner/host/run_files.h"
#include "runner/report/picture.h"
#include "runner/report/report.h"

#include "runner/analysis/comparison.h"
#include "runner/analysis/stability.h"
#include "runner/limit/limit_read.h"
#include "runner/report/account.h"
#include "runner/report/facts.h"
#include "runner/report/failures.h"
#include "runner/report/html.h"
#include "runner/report/page_data.h"
#include "runner/report/page_files.h"
#include "runner/report/remarks.h"
#include "runner/report/table_rows.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <string.h>

#define PICTURE_MAX_BYTES (UINT64_C(16) << 20)

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
	"above the initial value, because it does not include what was there before; the charts "
	"have it as declared.</dd>\n"
	"<dt>error</dt><dd>(peak - initial - truth) / truth.</dd>\n"
	"<dt>spread</dt><dd>The largest peak minus the smallest.</dd>\n"
	"<dt>ratio</dt><dd>Wall time under the backend to that under <code>none</code> in the same "
	"repetition: the median of the pairs, with its 95 % bootstrap interval.</dd>\n</dl>\n"
	"<p>Every number and every trace is in <a href=\"results.h5\">results.h5</a>, the rows of "
	"the "
	"summary in <a href=\"summary.csv\">summary.csv</a>, the pictures' scripts and data in "
	"<a href=\"plots/\">plots/</a>.</p>\n";

/* What the page is made of. */
struct page {
	FILE *stream;
	struct results *results;
	const struct comparison *comparison;
	const struct report_options *options;
	char *program; /* NULL: the page has pictures alone, and why says why */
	char *style;   /* dygraphs's */
	char *data;    /* its element */
	struct error why;
};

static int write_page(struct page *page, struct error *error);
static void prepare_traces(struct page *page);

static void release_page(struct page *page)
{
	free(page->program);
	free(page->style);
	free(page->data);
}

int report_html(struct results *results, const struct report_options *options, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(release_page)
	struct page page = {.results = results, .options = options, .why = ERROR_INIT};
	struct comparison *comparison = NULL;
	size_t length = 0;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	page.comparison = comparison;
	prepare_traces(&page);
	page.stream = open_memstream(&text, &length);
	r = page.stream ? write_page(&page, error) : -ENOMEM;
	if (page.stream && fclose(page.stream) != 0 && r == 0)
		r = -errno;
	comparison_free(comparison);
	if (r < 0)
		return error_set_errno(error, -r, "cannot write " RUN_REPORT);
	return file_replace(options->run_fd, RUN_REPORT, text, length, 0644, error);
}

/* Leaves the page without a program if dygraphs is not installed, or if the traces cannot be read. */
static void prepare_traces(struct page *page)
{
	const char *folder = page->options->dygraphs ? page->options->dygraphs : DYGRAPHS_FOLDER;
	CLEANUP(cleanup_free) char *program = NULL;
	size_t length = 0;
	FILE *stream;
	int r = page_program(folder, &program, &page->style, &page->why);

	if (r == -ENOENT)
		error_set(&page->why, ENOENT,
			DYGRAPHS_PACKAGE " was not installed where this was written, so that the "
					 "traces are pictures");
	if (r < 0 || page->comparison->n_points == 0)
		return;
	stream = open_memstream(&page->data, &length);
	if (!stream)
		return;
	r = page_data_write(stream, page->results, page->comparison, &page->why);
	if (fclose(stream) == 0 && r == 0)
		page->program = TAKE_PTR(program);
}

/* Embedded, so that the report is a single file; `alt` says what is to be seen. */
static void write_picture(const struct page *page, const char *name, const char *alt)
{
	CLEANUP(cleanup_free) char *png = NULL;
	size_t length;

	if (beneath_read(page->options->run_fd, name, PICTURE_MAX_BYTES, &png, &length, NULL) < 0) {
		html_paragraph(page->stream, "warning", "%s was not drawn.", name);
		return;
	}
	fputs("<p><img alt=\"", page->stream);
	html_text(page->stream, alt ? alt : name);
	fputs("\" src=\"data:image/png;base64,", page->stream);
	html_base64(page->stream, png, length);
	fputs("\"></p>\n", page->stream);
}

/* "size=64", or a word for the only point. */
static const char *point_title(const struct comparison *comparison, size_t point)
{
	const char *label = comparison->points[point].label;

	return label[0] ? label : "results";
}

/* "; the kernel's account reaches 67.50 MiB": the median of the peaks of the backend that stands for it. "": unknown. */
static char *peak_text(const struct comparison *comparison, size_t point)
{
	const struct comparison_cell *cell =
		comparison_cell(comparison, point, account_backend(comparison, point));
	struct statistics peak;

	if (comparison_statistics(cell, COMPARISON_REFERENCE_PEAK, &peak) < 0 || peak.n == 0)
		return string_format("%s", "");
	return string_format(": peak %s", format_bytes((uint64_t)peak.median).text);
}

static void write_memory_picture(const struct page *page, size_t point, const char *name)
{
	CLEANUP(cleanup_free) char *peak = peak_text(page->comparison, point);
	CLEANUP(cleanup_free)
	char *alt = string_format("Memory over time by backend, %s%s",
		point_title(page->comparison, point), peak ? peak : "");

	write_picture(page, name, alt);
}

static void write_memory_pictures(const struct page *page)
{
	const struct comparison *comparison = page->comparison;
	size_t largest = comparison_largest_point(comparison);
	const struct comparison_trial *trial = comparison_shown_trial(
		comparison_cell(comparison, largest, account_backend(comparison, largest)));
	CLEANUP(cleanup_free) char *parts = trial ? account_parts(trial) : NULL;
	CLEANUP(cleanup_free)
	char *alt = string_format("What memory was made of over time%s%s",
		parts && parts[0] ? ": " : "", parts ? parts : "");

	write_memory_picture(page, largest, RUN_MEMORY_PICTURE ".png");
	for (size_t i = 0; i < comparison->n_points; i++) {
		CLEANUP(cleanup_free) char *name = NULL;

		if (page->program || !picture_has_point(comparison, i))
			continue;
		name = string_format(RUN_PLOTS "/" RUN_MEMORY_PICTURE "-point-%zu.png", i + 1);
		if (name)
			write_memory_picture(page, i, name);
	}
	write_picture(page, RUN_COMPOSITION_PICTURE ".png", alt);
}

static void write_time_picture(const struct page *page)
{
	const struct comparison *comparison = page->comparison;
	size_t point = comparison_largest_point(comparison);
	char *alt = string_format("Wall time by backend, %s", point_title(comparison, point));

	for (size_t i = 0; i < comparison->n_backends; i++) {
		struct statistics wall;

		if (comparison_statistics(comparison_cell(comparison, point, i), COMPARISON_WALL_NS,
			    &wall) == 0 &&
			wall.n > 0)
			alt = string_append(alt, ", ", "%s %s", comparison->backends[i].name,
				format_duration((uint64_t)wall.median).text);
	}
	write_picture(page, RUN_TIME_PICTURE ".png", alt);
	free(alt);
}

/* The traces, with the pictures of the same for those who run no program. */
static void write_traces_section(const struct page *page)
{
	FILE *stream = page->stream;
	size_t n_shown = 0;

	for (size_t i = 0; i < page->comparison->n_points; i++)
		n_shown += page_has_point(page->comparison, i);
	fputs("<section id=\"traces\" aria-labelledby=\"traces-title\" hidden>\n"
	      "<h2 id=\"traces-title\">Memory over time</h2>\n"
	      "<p>Drag to zoom, shift-drag to move, double-click to see all. One trial for each "
	      "backend: the one with the median peak.</p>\n",
		stream);
	if (n_shown < page->comparison->n_points)
		html_paragraph(stream, NULL,
			"The traces of %zu of %zu points are here; results.h5 has all.", n_shown,
			page->comparison->n_points);
	fputs("<div id=\"controls\"></div>\n<div id=\"charts\"></div>\n</section>\n<noscript>\n",
		stream);
	write_memory_pictures(page);
	fputs("</noscript>\n", stream);
}

/* The headings where there is no row. */
static void write_html_row(FILE *stream, const struct grid *grid, const size_t *row)
{
	fputs(row && grid_is_marked(grid, *row) ? "<tr class=\"bad\">" : "<tr>", stream);
	for (size_t i = 0; i < TABLE_N_COLUMNS; i++) {
		if (grid_is_hidden(grid, i))
			continue;
		fputs(!row		     ? "<th scope=\"col\">"
			: i == TABLE_BACKEND ? "<th scope=\"row\">"
					     : "<td>",
			stream);
		html_text(stream, row ? grid_text(grid, *row, i) : table_heading(i));
		fputs(row && i != TABLE_BACKEND ? "</td>" : "</th>", stream);
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
		if (title[0])
			fprintf(stream, "<th scope=\"colgroup\" colspan=\"%zu\">", n);
		else
			fprintf(stream, "<td colspan=\"%zu\">", n);
		html_text(stream, title);
		fputs(title[0] ? "</th>" : "</td>", stream);
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
	CLEANUP(cleanup_free) char *peak = peak_text(comparison, point);
	struct table table;
	int r = peak ? table_new(comparison, point, &table) : -ENOMEM;

	if (r < 0)
		return r;
	fputs("<h2>", stream);
	html_text(stream, point_title(comparison, point));
	html_text(stream, peak);
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

/*
 * The policy: nothing is fetched, and no program runs but the one of this digest. dygraphs sets styles of elements.
 */
static int write_head(const struct page *page, const char *name, struct error *error)
{
	FILE *stream = page->stream;
	int r;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
	      "script-src ",
		stream);
	if (page->program)
		html_script_source(stream, page->program);
	else
		fputs("'none'", stream);
	fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
		stream);
	html_text(stream, name);
	fputs(" - memcg-run</title>\n", stream);
	r = page->program ? html_raw(stream, "style", page->style, error) : 0;
	if (r == 0)
		r = html_raw(stream, "style", page_style, error);
	fputs("</head>\n", stream);
	return r;
}

/* The program stands last: what it works on is there. */
static int write_program(const struct page *page, struct error *error)
{
	if (!page->program)
		return 0;
	fputs(page->data, page->stream);
	return html_raw(page->stream, "script", page->program, error);
}

static void write_pictures(const struct page *page)
{
	if (page->program) {
		write_traces_section(page);
	} else {
		if (page->why.text[0])
			html_paragraph(page->stream, "facts", "%s.", page->why.text);
		write_memory_pictures(page);
	}
	write_time_picture(page);
}

CLEANUP_POINTER(cleanup_shown_run, struct limit_run, limit_read_free)
CLEANUP_POINTER(cleanup_shown_answer, struct limit_answer, limit_answer_free)

/* Of a search, before the rest, which is of its trials without a limit. */
static int report_html_search(const struct page *page)
{
	CLEANUP(cleanup_shown_run) struct limit_run *run = NULL;
	CLEANUP(cleanup_shown_answer) struct limit_answer *answer = NULL;
	int r;

	if (!limit_read_is_search(page->results))
		return 0;
	r = limit_read_answer(page->results, &run, &answer, NULL);
	if (r < 0)
		return r;
	fputs("<h2>How much memory it needs</h2>\n", page->stream);
	write_picture(page, RUN_LIMIT_PICTURE, "What each limit did to the task");
	r = limit_answer_html(answer, page->stream);
	fputs("<h2>Without a limit</h2>\n", page->stream);
	return r;
}

static int write_page(struct page *page, struct error *error)
{
	struct results *results = page->results;
	const struct comparison *comparison = page->comparison;
	FILE *stream = page->stream;
	CLEANUP(cleanup_free) char *name = facts_name(results, page->options->run_path);
	CLEANUP(cleanup_free) char *machine = facts_machine(results);
	CLEANUP(cleanup_free) char *watching = facts_watching(results);
	CLEANUP(cleanup_free) char *cpus = facts_cpus(results);
	CLEANUP(cleanup_free) char *drift = stability_sentence(comparison);
	struct failure_kinds failures;
	int r = 0;

	if (!name || !machine || !watching || !cpus || !drift)
		return -ENOMEM;
	r = write_head(page, name, error);
	fputs("<body>\n<h1>", stream);
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
	if (report_html_search(page) < 0)
		html_paragraph(stream, "warning", "The trials of the search cannot be followed.");
	if (comparison->n_points == 0)
		html_paragraph(stream, "warning", "%s.", facts_no_trial(results));
	else
		write_pictures(page);
	for (size_t i = 0; i < comparison->n_points && r == 0; i++)
		r = write_point(stream, comparison, i);
	write_sentence(stream, drift);
	write_sentence(stream, watching);
	write_sentence(stream, cpus);
	fputs(explanation, stream);
	if (r == 0)
		r = write_program(page, error);
	fputs("</body>\n</html>\n", stream);
	return r;
}
