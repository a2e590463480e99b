#include "runner/report/failures.h"

#include "runner/report/html.h"
#include "runner/trial/tally.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

static const enum trial_status not_ok[] = {
	TRIAL_FAILED, TRIAL_OOM, TRIAL_TIMEOUT, TRIAL_INTERRUPTED};

_Static_assert(LENGTH(not_ok) == FAILURE_STATUSES, "failures.h has their number");

const char *failure_status(size_t place)
{
	return place < FAILURE_STATUSES ? trial_status_name(not_ok[place]) : "of unknown status";
}

void failures_count(const struct comparison_cell *cell, struct failure_counts *counts)
{
	for (size_t i = 0; i < cell->n_trials; i++) {
		size_t place = 0;

		if (cell->trials[i].ok)
			continue;
		while (place < FAILURE_STATUSES &&
			strcmp(cell->trials[i].status, failure_status(place)) != 0)
			place++;
		counts->n[place]++;
	}
}

static char *counts_text(const struct failure_counts *counts)
{
	char *text = string_format("%s", "");

	for (size_t i = 0; i <= FAILURE_STATUSES; i++)
		if (counts->n[i] > 0)
			text = string_append(text, ", ", "%zu %s", counts->n[i], failure_status(i));
	return text;
}

char *failures_of_cell(const struct comparison_cell *cell)
{
	struct failure_counts counts = {.n = {0}};

	failures_count(cell, &counts);
	return counts_text(&counts);
}

char *failures_sentence(const struct comparison_cell *cell)
{
	CLEANUP(cleanup_free) char *counts = failures_of_cell(cell);
	CLEANUP(cleanup_free)
	char *share = tally_share(cell->n_trials - cell->n_ok, cell->n_trials);

	if (!counts || !share)
		return NULL;
	return *counts ? string_format("%s%s not ok and left out: %s", share,
				 cell->n_trials == 1 ? " is" : "", counts)
		       : string_format("%s", "");
}

char *failures_of_point(const struct comparison *comparison, size_t point)
{
	struct failure_counts counts = {.n = {0}};

	for (size_t i = 0; i < comparison->n_backends; i++)
		failures_count(comparison_cell(comparison, point, i), &counts);
	return counts_text(&counts);
}

/* ---- why they failed */

/* NULL on ENOMEM. */
static char *kind_sentence(const struct failure_kind *kind)
{
	CLEANUP(cleanup_free)
	char *number = kind->n_trials == 1
			       ? string_format("trial")
			       : string_format("%" PRIu64 " trials, the first", kind->n_trials);

	if (!number)
		return NULL;
	return string_format("%s: %s (%s %06" PRIu64 ")%s%s%s", kind->status, kind->cause, number,
		kind->first, *kind->stream ? "; its " : "", kind->stream,
		*kind->stream ? " ends:" : "");
}

static char *others_sentence(const struct failure_kinds *failures)
{
	return string_format("%" PRIu64 " trial%s ended in other ways", failures->n_others,
		failures->n_others == 1 ? "" : "s");
}

static void print_indented(const char *lines, FILE *stream)
{
	while (*lines) {
		const size_t length = strcspn(lines, "\n");

		fprintf(stream, "    %.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}

void failures_print(const struct failure_kinds *failures, FILE *stream)
{
	for (size_t i = 0; i < failures->n; i++) {
		CLEANUP(cleanup_free) char *sentence = kind_sentence(&failures->kinds[i]);

		fprintf(stream, "  %s\n", sentence ? sentence : "");
		print_indented(failures->kinds[i].printed.text, stream);
	}
	if (failures->n_others > 0) {
		CLEANUP(cleanup_free) char *sentence = others_sentence(failures);

		fprintf(stream, "  %s\n", sentence ? sentence : "");
	}
}

/* html_text makes a blank of each newline. */
static void write_html_lines(const char *lines, FILE *stream)
{
	fputs("<pre>", stream);
	while (*lines) {
		const size_t length = strcspn(lines, "\n");
		CLEANUP(cleanup_free) char *line = strndup(lines, length);

		html_text(stream, line ? line : "");
		fputc('\n', stream);
		lines += length + (lines[length] == '\n');
	}
	fputs("</pre>\n", stream);
}

void failures_html(const struct failure_kinds *failures, FILE *stream)
{
	if (failures->n > 0)
		fputs("<h2>Why trials failed</h2>\n", stream);
	for (size_t i = 0; i < failures->n; i++) {
		CLEANUP(cleanup_free) char *sentence = kind_sentence(&failures->kinds[i]);

		html_paragraph(stream, "warning", "%s", sentence ? sentence : "");
		if (*failures->kinds[i].printed.text)
			write_html_lines(failures->kinds[i].printed.text, stream);
	}
	if (failures->n_others > 0) {
		CLEANUP(cleanup_free) char *sentence = others_sentence(failures);

		html_paragraph(stream, "warning", "%s", sentence ? sentence : "");
	}
}
