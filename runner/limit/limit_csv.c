/* The answer as CSV: a row for each limit of each point. docs/limit.md has the columns. */

#include "runner/limit/limit_words.h"
#include "util/array.h"
#include "util/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

static void limit_csv_number(double value, FILE *stream)
{
	if (isnan(value))
		fputc(',', stream);
	else
		fprintf(stream, ",%.15g", value);
}

/* "minimal unharmed" */
static void limit_csv_marks(
	const struct limit_answer_point *point, const struct limit_row *row, FILE *stream)
{
	const uint64_t minimal =
		point->finding.result == LIMIT_FOUND ? point->finding.upper_bytes : 0;
	const struct {
		uint64_t bytes;
		const char *name;
	} marks[] = {{minimal, "minimal"}, {point->unharmed_bytes, "unharmed"},
		{point->knee_bytes, "knee"}};
	const char *between = "";

	fputc(',', stream);
	for (size_t i = 0; i < LENGTH(marks); i++) {
		if (marks[i].bytes == 0 || marks[i].bytes != row->limit_bytes)
			continue;
		fprintf(stream, "%s%s", between, marks[i].name);
		between = " ";
	}
}

static void limit_csv_row(const struct limit_answer_point *point, const struct limit_row *row,
	const char *by, FILE *stream)
{
	csv_text(stream, point->point->task);
	fputc(',', stream);
	csv_text(stream, point->point->parameters);
	fprintf(stream, ",%s,", by);
	if (row->limit_bytes > 0)
		fprintf(stream, "%" PRIu64, row->limit_bytes);
	fprintf(stream, ",%" PRIu64, row->n);
	for (enum limit_end end = LIMIT_SURVIVED; end < LIMIT_N_ENDS; end++)
		fprintf(stream, ",%" PRIu64, row->n_ended[end]);
	limit_csv_number(row->slowdown, stream);
	limit_csv_number(row->slowdown_interval.low, stream);
	limit_csv_number(row->slowdown_interval.high, stream);
	limit_csv_number(row->refaults, stream);
	limit_csv_number(row->major_faults, stream);
	limit_csv_number(row->limit_met, stream);
	limit_csv_marks(point, row, stream);
	fputc('\n', stream);
}

int limit_answer_csv(const struct limit_answer *answer, FILE *stream, struct error *error)
{
	const char *by = answer->run->settings.by == LIMIT_BY_HIGH ? "high" : "max";

	fputs("task,parameters,by,limit_bytes,trials", stream);
	for (enum limit_end end = LIMIT_SURVIVED; end < LIMIT_N_ENDS; end++)
		fprintf(stream, ",%s", limit_end_name(end));
	fputs(",slowdown,slowdown_low,slowdown_high,refaults,major_faults,limit_met,marks\n",
		stream);
	for (size_t i = 0; i < answer->n_points; i++)
		for (size_t j = 0; j < answer->points[i].n_rows; j++)
			limit_csv_row(&answer->points[i], &answer->points[i].rows[j], by, stream);
	return ferror(stream) ? error_set(error, EIO, "cannot write the limits as CSV") : 0;
}
