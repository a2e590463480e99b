#include "runner/report/page_data.h"

#include "runner/analysis/units.h"
#include "runner/report/account.h"
#include "runner/report/html.h"
#include "runner/report/memory_rows.h"
#include "runner/report/picture.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Rows of a composition: thinned evenly beyond. */
#define MAX_PART_ROWS 1000
#define MAX_GAPS 4000
/* Around task_begin, the largest sample and task_end. */
#define N_WINDOWS 3

enum { REFERENCE, METRIC, TRUTH, N_KINDS };
static const char *const kind_names[N_KINDS] = {"reference", "metric", "truth"};

struct page_chart {
	const struct comparison_trial *trial; /* NULL: nothing to show */
	const char *names[N_KINDS];	      /* of its traces in the results; NULL: none */
	uint64_t totals[N_KINDS];
	uint64_t begin_ns;
	uint64_t end_ns;
};

struct page_data {
	FILE *stream;
	struct results *results;
	const struct comparison *comparison;
	struct page_chart *charts; /* by point and backend */
	uint64_t max_samples;	   /* of a trace */
};

/* The samples of a trace in the page, and the intervals in which it has every one. */
struct page_trace {
	struct sample *samples;
	size_t n;
	struct sample whole[N_WINDOWS + 1]; /* begin as time_ns, end as value */
	size_t n_whole;
};

bool page_has_point(const struct comparison *comparison, size_t point)
{
	return point == comparison_largest_point(comparison) ||
	       picture_has_point(comparison, point);
}

/* ---- which traces, and how much of each */

static int survey_chart(
	const struct page_data *data, size_t point, size_t backend, struct error *error)
{
	const struct comparison *comparison = data->comparison;
	struct page_chart *chart = &data->charts[point * comparison->n_backends + backend];
	int r;

	chart->trial = comparison_shown_trial(comparison_cell(comparison, point, backend));
	if (!chart->trial)
		return 0;
	r = results_trial_window(
		data->results, chart->trial->number, &chart->begin_ns, &chart->end_ns, error);
	/* A file may claim ok for a task that never began. */
	if (r == -ENODATA) {
		chart->trial = NULL;
		return 0;
	}
	chart->names[REFERENCE] = LAYOUT_REFERENCE;
	chart->names[METRIC] = comparison->backends[backend].headline_metric;
	chart->names[TRUTH] = LAYOUT_TRUTH;
	for (size_t kind = 0; kind < N_KINDS && r == 0; kind++)
		if (chart->names[kind])
			r = results_trace_count(data->results, chart->trial->number,
				chart->names[kind], &chart->totals[kind], error);
	return r;
}

static uint64_t count_samples(const struct page_data *data)
{
	const struct comparison *comparison = data->comparison;
	uint64_t n = 0;

	for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
		for (size_t kind = 0; kind < N_KINDS; kind++)
			n += data->charts[i].totals[kind] < data->max_samples
				     ? data->charts[i].totals[kind]
				     : data->max_samples;
	return n;
}

/* Long traces are cut to the length at which all together are few enough. */
static int survey(struct page_data *data, struct error *error)
{
	const struct comparison *comparison = data->comparison;

	for (size_t point = 0; point < comparison->n_points; point++) {
		if (!page_has_point(comparison, point))
			continue;
		for (size_t i = 0; i < comparison->n_backends; i++) {
			int r = survey_chart(data, point, i, error);

			if (r < 0)
				return r;
		}
	}
	data->max_samples = PAGE_MAX_SAMPLES;
	while (data->max_samples > 64 && count_samples(data) > PAGE_MAX_SAMPLES)
		data->max_samples -= data->max_samples / 8;
	return 0;
}

/* ---- the samples of a trace */

static void release_page_trace(struct page_trace *trace)
{
	free(trace->samples);
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *first = a, *second = b;

	return (first->time_ns > second->time_ns) - (first->time_ns < second->time_ns);
}

static uint64_t time_of_largest(const struct page_trace *trace)
{
	const struct sample *largest = trace->samples;

	for (size_t i = 0; i < trace->n; i++)
		if (trace->samples[i].value > largest->value)
			largest = &trace->samples[i];
	return largest->time_ns;
}

/* Replaces what the thinned trace has within an interval by every sample of it. */
static void merge_window(struct page_trace *trace, const struct sample *samples, size_t n)
{
	uint64_t from_ns = samples[0].time_ns, to_ns = samples[n - 1].time_ns;
	size_t n_kept = 0;

	for (size_t i = 0; i < trace->n; i++)
		if (trace->samples[i].time_ns < from_ns || trace->samples[i].time_ns > to_ns)
			trace->samples[n_kept++] = trace->samples[i];
	for (size_t i = 0; i < n; i++)
		trace->samples[n_kept++] = samples[i];
	trace->n = n_kept;
	trace->whole[trace->n_whole++] = (struct sample){from_ns, to_ns};
}

/* An eighth of the length for each window, the rest for the whole. */
static int read_long_trace(const struct page_data *data, const struct page_chart *chart,
	const char *name, struct page_trace *trace, struct error *error)
{
	size_t n_window = (size_t)data->max_samples / 8;
	size_t room = (size_t)data->max_samples + N_WINDOWS;
	uint64_t centers_ns[N_WINDOWS] = {chart->begin_ns, 0, chart->end_ns};
	struct sample *grown;
	int r = results_trace(data->results, chart->trial->number, name,
		(size_t)data->max_samples - N_WINDOWS * n_window, &trace->samples, &trace->n,
		error);

	if (r < 0 || trace->n == 0)
		return r;
	grown = reallocarray(trace->samples, room, sizeof(*grown));
	if (!grown)
		return error_set_errno(error, ENOMEM, "cannot write the traces");
	trace->samples = grown;
	centers_ns[1] = time_of_largest(trace);
	for (size_t i = 0; i < N_WINDOWS; i++) {
		CLEANUP(cleanup_free) struct sample *samples = NULL;
		size_t n = 0;

		r = results_trace_around(data->results, chart->trial->number, name, centers_ns[i],
			n_window, &samples, &n, error);
		if (r < 0)
			return r;
		if (n > 0)
			merge_window(trace, samples, n);
	}
	qsort(trace->samples, trace->n, sizeof(*trace->samples), compare_samples);
	return 0;
}

static int read_page_trace(const struct page_data *data, const struct page_chart *chart,
	const char *name, uint64_t total, struct page_trace *trace, struct error *error)
{
	int r;

	if (total > data->max_samples)
		return read_long_trace(data, chart, name, trace, error);
	r = results_trace(data->results, chart->trial->number, name,
		(size_t)fmax((double)total, 4.0), &trace->samples, &trace->n, error);
	if (r == 0 && trace->n > 0)
		trace->whole[trace->n_whole++] = (struct sample){
			trace->samples[0].time_ns, trace->samples[trace->n - 1].time_ns};
	return r;
}

/* ---- JSON */

static void write_intervals(
	const struct page_data *data, uint64_t begin_ns, const struct sample *intervals, size_t n)
{
	fputc('[', data->stream);
	for (size_t i = 0; i < n; i++)
		fprintf(data->stream, "%s[%" PRId64 ",%" PRId64 "]", i > 0 ? "," : "",
			(int64_t)(intervals[i].time_ns - begin_ns),
			(int64_t)(intervals[i].value - begin_ns));
	fputc(']', data->stream);
}

static void write_samples_json(
	const struct page_data *data, uint64_t begin_ns, const struct page_trace *trace)
{
	struct sample before = {.time_ns = begin_ns, .value = 0};

	fputs(",\"times\":[", data->stream);
	for (size_t i = 0; i < trace->n; i++) {
		fprintf(data->stream, "%s%" PRId64, i > 0 ? "," : "",
			(int64_t)(trace->samples[i].time_ns - before.time_ns));
		before.time_ns = trace->samples[i].time_ns;
	}
	fputs("],\"values\":[", data->stream);
	for (size_t i = 0; i < trace->n; i++) {
		fprintf(data->stream, "%s%" PRId64, i > 0 ? "," : "",
			(int64_t)(trace->samples[i].value - before.value));
		before.value = trace->samples[i].value;
	}
	fputs("],\"whole\":", data->stream);
	write_intervals(data, begin_ns, trace->whole, trace->n_whole);
}

static int write_traces(
	const struct page_data *data, const struct page_chart *chart, struct error *error)
{
	const char *between = "";

	fputs(",\"traces\":[", data->stream);
	for (size_t kind = 0; kind < N_KINDS; kind++) {
		CLEANUP(release_page_trace) struct page_trace trace = {.samples = NULL};
		int r = 0;

		if (chart->totals[kind] > 0)
			r = read_page_trace(data, chart, chart->names[kind], chart->totals[kind],
				&trace, error);
		if (r < 0)
			return r;
		if (trace.n == 0)
			continue;
		fprintf(data->stream, "%s{\"kind\":\"%s\",\"total\":%" PRIu64, between,
			kind_names[kind], chart->totals[kind]);
		write_samples_json(data, chart->begin_ns, &trace);
		fputc('}', data->stream);
		between = ",\n";
	}
	fputc(']', data->stream);
	return 0;
}

static int write_chart_gaps(
	const struct page_data *data, const struct page_chart *chart, struct error *error)
{
	CLEANUP(cleanup_free) struct sample *gaps = NULL;
	size_t n = 0;
	int r = results_trace(data->results, chart->trial->number, LAYOUT_REFERENCE "/" LAYOUT_GAPS,
		MAX_GAPS, &gaps, &n, error);

	if (r < 0)
		return r;
	fputs(",\"gaps\":", data->stream);
	write_intervals(data, chart->begin_ns, gaps, n);
	return 0;
}

static int write_parts_json(
	const struct page_data *data, const struct page_chart *chart, struct error *error)
{
	static const struct {
		const char *name;
		enum composition_key key;
	} parts[] = {{"kernel", COMPOSITION_KERNEL}, {"anonymous", COMPOSITION_ANON},
		{"shmem", COMPOSITION_SHMEM}, {"file", COMPOSITION_FILE}};
	CLEANUP(cleanup_free) struct results_composition_row *rows = NULL;
	size_t n = 0;
	int r = results_composition(
		data->results, chart->trial->number, MAX_PART_ROWS, &rows, &n, error);

	if (r < 0 || n < 2)
		return r;
	fprintf(data->stream, ",\"parts\":{\"thinned\":%s,\"times\":[",
		n >= MAX_PART_ROWS ? "true" : "false");
	for (size_t i = 0; i < n; i++)
		fprintf(data->stream, "%s%" PRId64, i > 0 ? "," : "",
			(int64_t)(rows[i].time_ns -
				  (i > 0 ? rows[i - 1].time_ns : chart->begin_ns)));
	fputc(']', data->stream);
	for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
		uint64_t before = 0;

		fprintf(data->stream, ",\"%s\":[", parts[part].name);
		for (size_t i = 0; i < n; i++) {
			fprintf(data->stream, "%s%" PRId64, i > 0 ? "," : "",
				(int64_t)(rows[i].bytes[parts[part].key] - before));
			before = rows[i].bytes[parts[part].key];
		}
		fputc(']', data->stream);
	}
	fputc('}', data->stream);
	return 0;
}

static int write_chart(const struct page_data *data, size_t point, size_t backend,
	const struct page_chart *chart, struct error *error)
{
	CLEANUP(cleanup_free) char *summary = account_growth(chart->trial);
	const struct unit unit = unit_of_bytes(chart->trial->reached_peak);
	FILE *stream = data->stream;
	int r;

	fprintf(stream, "{\"backend\":%zu,\"trial\":%" PRIu64 ",\"end_ns\":%" PRId64, backend,
		chart->trial->number, (int64_t)(chart->end_ns - chart->begin_ns));
	fprintf(stream, ",\"unit\":\"%s\",\"unit_bytes\":%.0f,\"metric\":", unit.name, unit.size);
	html_json_text(stream, chart->names[METRIC]);
	fputs(",\"color\":", stream);
	html_json_text(stream, memory_rows_color(data->comparison, backend));
	fputs(",\"summary\":", stream);
	html_json_text(stream, summary);
	fputs(",\"limit\":", stream);
	html_json_number(stream, chart->trial->account[ACCOUNT_MEMORY_MAX] > 0.0
					 ? chart->trial->account[ACCOUNT_MEMORY_MAX]
					 : NAN);
	r = write_chart_gaps(data, chart, error);
	if (r == 0)
		r = write_traces(data, chart, error);
	if (r == 0 && backend == account_backend(data->comparison, point))
		r = write_parts_json(data, chart, error);
	fputc('}', stream);
	return r;
}

static int write_data_point(const struct page_data *data, size_t point, struct error *error)
{
	const struct comparison *comparison = data->comparison;
	const char *between = "";

	fputs("{\"label\":", data->stream);
	html_json_text(data->stream, comparison->points[point].label);
	fprintf(data->stream, ",\"largest\":%s,\"charts\":[",
		point == comparison_largest_point(comparison) ? "true" : "false");
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct page_chart *chart = &data->charts[point * comparison->n_backends + i];
		int r;

		if (!chart->trial)
			continue;
		fputs(between, data->stream);
		between = ",\n";
		r = write_chart(data, point, i, chart, error);
		if (r < 0)
			return r;
	}
	fputs("]}", data->stream);
	return 0;
}

int page_data_write(FILE *stream, struct results *results, const struct comparison *comparison,
	struct error *error)
{
	CLEANUP(cleanup_free)
	struct page_chart *charts =
		calloc(comparison->n_points * comparison->n_backends + 1, sizeof(*charts));
	struct page_data data = {
		.stream = stream, .results = results, .comparison = comparison, .charts = charts};
	const char *between = "";
	int r = charts ? survey(&data, error)
		       : error_set_errno(error, ENOMEM, "cannot write the traces");

	fputs("<script type=\"application/json\" id=\"data\">{\"backends\":[", stream);
	for (size_t i = 0; i < comparison->n_backends; i++) {
		fputs(i > 0 ? "," : "", stream);
		html_json_text(stream, comparison->backends[i].name);
	}
	fputs("],\"points\":[", stream);
	for (size_t point = 0; point < comparison->n_points && r == 0; point++) {
		if (!page_has_point(comparison, point))
			continue;
		fputs(between, stream);
		between = ",\n";
		r = write_data_point(&data, point, error);
	}
	fputs("]}</script>\n", stream);
	return r;
}
