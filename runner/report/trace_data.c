#include "runner/report/trace_data.h"

#include "runner/store/layout.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Margin before task_begin and after task_end, as a fraction of the interval. */
#define MARGIN 0.03

struct window {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t margin_ns;
};

/* From the sample before each gap to the one after it, as time and value. */
struct gap_list {
	struct sample *gaps;
	size_t n;
};

static char *file_name(size_t point, size_t backend, const char *name, const char *what);
static int write_trace(const struct picture *picture, const struct comparison_trial *trial,
	const char *name, const struct window *window, const struct gap_list *list,
	struct trace *trace, struct error *error);
static int read_gaps(const struct picture *picture, const struct window *window,
	struct trace_panel *panel, struct gap_list *ret_list, struct error *error);

static void gap_list_release(struct gap_list *list)
{
	free(list->gaps);
}

int trace_panel_write(const struct picture *picture, size_t point, size_t backend,
	struct trace_panel *ret_panel, struct error *error)
{
	const struct comparison *comparison = picture->comparison;
	const char *name = comparison->backends[backend].name;
	const char *metric = comparison->backends[backend].headline_metric;
	struct trace_panel panel = {
		.trial = comparison_shown_trial(comparison_cell(comparison, point, backend))};
	struct window window = {.begin_ns = 0};
	CLEANUP(gap_list_release) struct gap_list gaps = {.gaps = NULL};
	const struct gap_list none = {.gaps = NULL};
	int r = 0;

	if (!panel.trial) {
		*ret_panel = panel;
		return 0;
	}
	r = results_trial_window(
		picture->results, panel.trial->number, &window.begin_ns, &window.end_ns, error);
	/* A file may claim ok for a task that never began. */
	if (r == -ENODATA) {
		*ret_panel = panel;
		return 0;
	}
	if (r < 0)
		return r;
	window.margin_ns = (uint64_t)(MARGIN * (double)(window.end_ns - window.begin_ns));
	panel.duration_s = (double)(window.end_ns - window.begin_ns) / (double)NS_PER_S;

	panel.reference.file = file_name(point, backend, name, "reference");
	panel.truth.file = file_name(point, backend, name, "truth");
	panel.metric.file = file_name(point, backend, name, "metric");
	if (!panel.reference.file || !panel.truth.file || !panel.metric.file)
		r = error_set_errno(error, ENOMEM, "cannot draw the traces");
	if (r == 0)
		r = read_gaps(picture, &window, &panel, &gaps, error);
	if (r == 0)
		r = write_trace(picture, panel.trial, LAYOUT_REFERENCE, &window, &gaps,
			&panel.reference, error);
	if (r == 0)
		r = write_trace(
			picture, panel.trial, LAYOUT_TRUTH, &window, &none, &panel.truth, error);
	if (r == 0)
		r = write_trace(picture, panel.trial, metric, &window, &none, &panel.metric, error);
	if (r < 0) {
		trace_panel_release(&panel);
		return r;
	}
	*ret_panel = panel;
	return 0;
}

void trace_panel_release(struct trace_panel *panel)
{
	free(panel->reference.file);
	free(panel->metric.file);
	free(panel->truth.file);
	*panel = (struct trace_panel){.trial = NULL};
}

double trace_panel_initial(const struct trace_panel *panel)
{
	double initial = panel->trial->value[panel->metric.file ? COMPARISON_INITIAL
								: COMPARISON_REFERENCE_INITIAL];

	/* `value` has nothing of a trial that was killed. */
	if (isnan(initial) && !panel->trial->ok)
		initial = panel->trial->reached_initial;
	return isnan(initial) ? 0.0 : initial;
}

/* "trace-2-07-tracemalloc-metric.dat": a plain name, even for unusual backend names. */
static char *file_name(size_t point, size_t backend, const char *name, const char *what)
{
	char *file =
		string_format("trace-%zu-%02zu-%.40s-%s.dat", point + 1, backend + 1, name, what);

	for (char *character = file; character && *character; character++)
		if (!isalnum((unsigned char)*character) && !strchr("-_.", *character))
			*character = '_';
	return file;
}

static void write_sample(
	FILE *stream, const struct window *window, const struct sample *sample, struct trace *trace)
{
	uint64_t first_ns = window->begin_ns - window->margin_ns;
	uint64_t time_ns = sample->time_ns > first_ns ? sample->time_ns : first_ns;

	fprintf(stream, "%.9f %" PRIu64 "\n",
		(double)(int64_t)(time_ns - window->begin_ns) / (double)NS_PER_S, sample->value);
	trace->n++;
}

static int read_gaps(const struct picture *picture, const struct window *window,
	struct trace_panel *panel, struct gap_list *ret_list, struct error *error)
{
	int r = results_trace(picture->results, panel->trial->number,
		LAYOUT_REFERENCE "/" LAYOUT_GAPS, TRACE_MAX_SAMPLES, &ret_list->gaps, &ret_list->n,
		error);

	for (size_t i = 0; r == 0 && i < ret_list->n; i++) {
		const struct sample *gap = &ret_list->gaps[i];

		if (gap->value <= window->begin_ns || gap->time_ns >= window->end_ns)
			continue;
		panel->n_gaps++;
		if (gap->value - gap->time_ns > panel->longest_gap_ns)
			panel->longest_gap_ns = gap->value - gap->time_ns;
	}
	return r;
}

/*
 * Writes a blank line, which interrupts gnuplot's line, if there is a gap between two samples. The
 * samples are thinned: the first value is repeated at the start of the gap, as it was seen there.
 */
static void break_trace(FILE *stream, const struct window *window, const struct gap_list *list,
	const struct sample *before, const struct sample *after, struct trace *trace)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct sample held = {
			.time_ns = list->gaps[i].time_ns, .value = before->value};

		if (list->gaps[i].time_ns < before->time_ns || list->gaps[i].value > after->time_ns)
			continue;
		write_sample(stream, window, &held, trace);
		fputc('\n', stream);
		return;
	}
}

/* Values before and after the interval do not extend the range: they are clipped. */
static void trace_take_range(
	const struct window *window, const struct sample *samples, size_t n, struct trace *trace)
{
	trace->minimum_bytes = INFINITY;
	trace->maximum_bytes = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		double bytes = (double)samples[i].value;
		bool holds_at_begin = i + 1 == n || samples[i + 1].time_ns > window->begin_ns;

		if ((samples[i].time_ns < window->begin_ns && !holds_at_begin) ||
			samples[i].time_ns > window->end_ns)
			continue;
		trace->minimum_bytes = fmin(trace->minimum_bytes, bytes);
		trace->maximum_bytes = fmax(trace->maximum_bytes, bytes);
	}
}

/*
 * Whether a reporter was read between the marks: otherwise the last sample is the only one in the
 * interval, and a line from the first to it would show values that nobody saw.
 */
static bool was_looked_at(const struct window *window, const struct sample *samples, size_t n)
{
	size_t n_within = 0;

	for (size_t i = 0; i < n; i++)
		n_within += samples[i].time_ns > window->begin_ns &&
			    samples[i].time_ns < window->end_ns;
	return n_within > 1;
}

/* Separate points, without a line. */
static void write_points(FILE *stream, const struct window *window, const struct sample *samples,
	size_t n, struct trace *trace)
{
	for (size_t i = 0; i < n; i++) {
		if (samples[i].time_ns < window->begin_ns - window->margin_ns ||
			samples[i].time_ns > window->end_ns + window->margin_ns)
			continue;
		write_sample(stream, window, &samples[i], trace);
		fputc('\n', stream);
	}
}

/*
 * The samples in the window with its margin, and the last one before it, as a value holds until the
 * next reading. The truth holds to the end.
 */
static void write_samples(FILE *stream, const struct window *window, const struct gap_list *gaps,
	const struct sample *samples, size_t n, bool hold_to_end, struct trace *trace)
{
	uint64_t first_ns = window->begin_ns - window->margin_ns;
	uint64_t last_ns = window->end_ns + window->margin_ns;
	const struct sample *shown = NULL;

	for (size_t i = 0; i < n; i++) {
		if (samples[i].time_ns > last_ns)
			break;
		if (shown && shown->time_ns > first_ns)
			break_trace(stream, window, gaps, shown, &samples[i], trace);
		shown = &samples[i];
		if (i + 1 < n && samples[i + 1].time_ns <= first_ns)
			continue;
		write_sample(stream, window, shown, trace);
	}
	if (hold_to_end && shown && shown->time_ns < window->end_ns)
		write_sample(stream, window,
			&(struct sample){.time_ns = window->end_ns, .value = shown->value}, trace);
}

/* Frees the file's name if the trial has no such trace. */
static int write_trace(const struct picture *picture, const struct comparison_trial *trial,
	const char *name, const struct window *window, const struct gap_list *gaps,
	struct trace *trace, struct error *error)
{
	CLEANUP(cleanup_free) struct sample *samples = NULL;
	FILE *stream = NULL;
	size_t n = 0;
	int r = 0;

	if (name)
		r = results_trace(picture->results, trial->number, name, TRACE_MAX_SAMPLES,
			&samples, &n, error);
	if (r == 0 && n > 0)
		r = plots_create_file(picture->plots, trace->file, &stream, error);
	if (r < 0)
		return r;
	if (stream) {
		const bool is_truth = strcmp(name, LAYOUT_TRUTH) == 0;

		fprintf(stream, "# trial %06" PRIu64 ": seconds since task_begin, bytes\n",
			trial->number);
		trace_take_range(window, samples, n, trace);
		if (strcmp(name, LAYOUT_REFERENCE) == 0 || is_truth ||
			was_looked_at(window, samples, n))
			write_samples(stream, window, gaps, samples, n, is_truth, trace);
		else
			write_points(stream, window, samples, n, trace);
		r = plots_close_file(&stream, trace->file, error);
	}
	if (trace->n == 0) {
		free(trace->file);
		trace->file = NULL;
	}
	return r;
}
