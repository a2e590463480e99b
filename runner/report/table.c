#include "runner/report/report.h"

#include "runner/analysis/comparison.h"
#include "runner/report/account.h"
#include "runner/report/facts.h"
#include "runner/report/failures.h"
#include "runner/report/remarks.h"
#include "runner/report/table_rows.h"
#include "util/cleanup.h"

static int print_point(const struct comparison *comparison, size_t point,
	const struct report_options *options, FILE *stream);
static void print_table_explanation(const struct comparison *comparison, FILE *stream);

int report_table(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, options->run_path);
	struct comparison *comparison = NULL;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	if (comparison->n_points == 0)
		fprintf(stream, "%s: %s\n", name ? name : "run", facts_no_trial(results));
	else
		fprintf(stream, "%s%s%s\n", options->color ? "\033[1m" : "", name ? name : "run",
			options->color ? "\033[0m" : "");
	remarks_print_warnings(results, stream);
	for (size_t i = 0; i < comparison->n_points && r == 0; i++) {
		fputc('\n', stream);
		r = print_point(comparison, i, options, stream);
	}
	if (r == 0 && comparison->n_points > 0) {
		print_table_explanation(comparison, stream);
		r = remarks_print_conditions(results, comparison, true, stream);
	}
	comparison_free(comparison);
	return r < 0 ? error_set_errno(error, -r, "cannot print the table") : 0;
}

/* Explains the columns that this run has. */
static void print_table_explanation(const struct comparison *comparison, FILE *stream)
{
	bool truth = false;
	bool oracle = false;

	for (size_t i = 0; i < comparison->n_points; i++) {
		truth = truth || comparison_maximum(comparison, i, COMPARISON_TRUTH_PEAK) > 0.0;
		oracle = oracle ||
			 comparison_maximum(comparison, i, COMPARISON_ORACLE_LARGEST) >= 0.0;
	}
	fputs("\nMedians of the trials that ended ok; spread: largest - smallest peak.\n", stream);
	if (oracle)
		fputs("pages counted: anon, file and shmem, one by one at marks; without the "
		      "kernel's own memory.\n",
			stream);
	if (truth)
		fputs("error: (peak - initial - truth) / truth; truth: bytes that the task has "
		      "touched.\n",
			stream);
	if (comparison_none(comparison) == comparison->n_backends || comparison->n_backends == 1)
		return;
	fputs("ratio: wall time to `none` in the same repetition, with its 95 % bootstrap "
	      "interval.\n",
		stream);
	if (comparison_is_small(comparison))
		fputs(COMPARISON_SMALL_REMARK "\n", stream);
}

static void print_point_title(const struct comparison *comparison, size_t point,
	const struct table *table, const struct report_options *options, FILE *stream)
{
	const char *label = comparison->points[point].label;
	double truth = comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK);

	fprintf(stream, "%s%s%s%smemory in %s, time in %s", options->color ? "\033[1m" : "", label,
		options->color ? "\033[0m" : "", label[0] ? "   " : "", table->bytes.name,
		table->time.name);
	if (truth >= 0.0)
		fprintf(stream, ", truth %s", format_bytes((uint64_t)truth).text);
	fputc('\n', stream);
}

static int print_point_failures(const struct comparison *comparison, size_t point,
	const struct report_options *options, FILE *stream)
{
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);
		CLEANUP(cleanup_free) char *failures = failures_sentence(cell);

		if (!failures)
			return -ENOMEM;
		if (failures[0])
			fprintf(stream, "%s%s: %s%s\n", options->color ? "\033[31m" : "",
				comparison->backends[i].name, failures,
				options->color ? "\033[0m" : "");
	}
	return 0;
}

static int print_point(const struct comparison *comparison, size_t point,
	const struct report_options *options, FILE *stream)
{
	struct table table;
	int r = table_new(comparison, point, &table);

	if (r < 0)
		return r;
	print_point_title(comparison, point, &table, options, stream);
	grid_fit(table.grid, options->table_width);
	r = grid_print(table.grid, options->color, stream);
	table_release(&table);
	if (r == 0)
		r = print_point_failures(comparison, point, options, stream);
	if (r == 0)
		r = account_print(comparison, point, false, stream);
	return r < 0 ? r : remarks_print(comparison, point, stream);
}
