#include "runner/report/show.h"

#include "runner/analysis/parameters.h"
#include "runner/report/account.h"
#include "runner/report/failures.h"
#include "runner/store/layout.h"
#include "runner/trial/description.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"
#include "util/parse.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

/* Lines of marks and of truth that are printed of each. */
#define SHOW_MAX_MARKS 100
#define SHOW_MAX_TRUTHS 32

/* ---- a run */

/* `tasks` are the names of named tasks, whose trials have them before the parameters. */
static void show_trial_line(const struct summary_row *row, const json_t *tasks, FILE *stream)
{
	const struct formatted none = {.text = "-"};
	const bool named = json_object_get(tasks, row->task) != NULL;

	fprintf(stream, "%06" PRIu64 "  %-11s  %-15s  %7" PRIu64 "%s  %10s  %10s  %s%s%s\n",
		row->trial, row->status, row->backend, row->repetition, row->warmup ? "w" : " ",
		row->wall_ns > 0 ? format_duration(row->wall_ns).text : none.text,
		row->peak_bytes >= 0 ? format_bytes((uint64_t)row->peak_bytes).text : none.text,
		named ? row->task : "", named ? " " : "", row->parameters);
}

int show_run(struct results *results, const struct report_options *options, FILE *stream,
	struct error *error)
{
	const char *experiment = results_attribute(results, LAYOUT_ATTRIBUTE_EXPERIMENT);
	json_t *tasks = parameters_task_places(experiment ? experiment : "");
	struct failure_kinds failures;
	int r;

	fputs("trial   status       backend          repetition       wall        peak  "
	      "parameters\n",
		stream);
	for (size_t i = 0; i < results_n_all_rows(results); i++)
		if (strcmp(results_any_row(results, i)->metric, LAYOUT_REFERENCE_METRIC) == 0)
			show_trial_line(results_any_row(results, i), tasks, stream);
	json_decref(tasks);
	fputc('\n', stream);
	r = report_table(results, options, stream, error);
	failure_kinds_read(results, &failures);
	if (r == 0 && failures.n > 0) {
		fputs("\nWhy trials failed:\n", stream);
		failures_print(&failures, stream);
	}
	return r;
}

/* ---- a trial's facts */

struct show {
	struct results *results;
	uint64_t trial;
	FILE *stream;
};

static void show_fact(const struct show *show, const char *name, const char *value)
{
	fprintf(show->stream, "  %-13s ", name);
	text_print_lines(value, show->stream);
	fputc('\n', show->stream);
}

/* `place` is a group of the trial, or NULL for its own attributes. Nothing where there is none. */
static void show_text(
	const struct show *show, const char *name, const char *place, const char *attribute)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(show->results, show->trial, place, attribute);

	if (text && *text)
		show_fact(show, name, text);
}

static bool show_number(
	const struct show *show, const char *place, const char *attribute, uint64_t *ret_number)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(show->results, show->trial, place, attribute);

	return text && parse_u64(text, ret_number) == 0;
}

static void show_duration(const struct show *show, const char *name, const char *attribute)
{
	uint64_t ns;

	if (show_number(show, NULL, attribute, &ns))
		show_fact(show, name, format_duration(ns).text);
}

static void show_size(
	const struct show *show, const char *name, const char *place, const char *attribute)
{
	uint64_t bytes;

	if (show_number(show, place, attribute, &bytes))
		show_fact(show, name, format_bytes(bytes).text);
}

static void show_bool(const struct show *show, const char *name, const char *attribute)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(show->results, show->trial, NULL, attribute);

	if (text)
		show_fact(show, name, strcmp(text, "TRUE") == 0 ? "yes" : "no");
}

/* "memory_max", "pids_max": as in the experiment. Nothing where none was set. */
static void show_limits(const struct show *show)
{
	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		const char *name = description_amount_name(i);
		const char *unit = strstr(name, "_bytes");
		char attribute[LAYOUT_LIMIT_SIZE];
		char label[LAYOUT_LIMIT_SIZE];

		snprintf(attribute, sizeof(attribute), LAYOUT_LIMIT, name);
		snprintf(label, sizeof(label), "%.*s",
			(int)(unit ? (size_t)(unit - name) : strlen(name)), name);
		if (unit)
			show_size(show, label, NULL, attribute);
		else
			show_text(show, label, NULL, attribute);
	}
}

static void show_composition(const struct show *show)
{
	for (size_t i = 0; i < results_n_all_rows(show->results); i++) {
		const struct summary_row *row = results_any_row(show->results, i);
		struct comparison_trial trial = {.reached_peak = row->peak_bytes};
		CLEANUP(cleanup_free) char *parts = NULL;

		if (row->trial != show->trial || strcmp(row->metric, LAYOUT_REFERENCE_METRIC) != 0)
			continue;
		memcpy(trial.account, row->account, sizeof(trial.account));
		parts = account_parts(&trial);
		if (parts && *parts)
			show_fact(show, "made of", parts);
		return;
	}
}

static void show_start(const struct show *show)
{
	uint64_t ns;

	if (show_number(show, NULL, LAYOUT_ATTRIBUTE_START_REALTIME_NS, &ns))
		show_fact(show, "started", format_time(ns).text);
}

static void show_memory(const struct show *show)
{
	CLEANUP(cleanup_free)
	char *exact = results_trial_attribute(
		show->results, show->trial, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_PEAK_EXACT);
	const bool sampled = exact && strcmp(exact, "FALSE") == 0;

	show_size(show, "initial", LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_INITIAL_BYTES);
	show_size(show, sampled ? "peak sampled" : "peak", LAYOUT_REFERENCE,
		LAYOUT_ATTRIBUTE_PEAK_BYTES);
	show_size(show, "final", LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_FINAL_BYTES);
	show_size(show, "cgroup's peak", LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_LEAF_PEAK_BYTES);
	show_text(show, "limit met", LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_EVENTS_MAX);
	show_text(show, "OOM kills", LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_EVENTS_OOM_KILL);
	show_size(show, "ru_maxrss", NULL, LAYOUT_ATTRIBUTE_MAXRSS_BYTES);
	show_size(show, "truth's peak", LAYOUT_TRUTH, LAYOUT_ATTRIBUTE_PEAK_BYTES);
}

static void show_facts(const struct show *show)
{
	show_text(show, "task", NULL, LAYOUT_ATTRIBUTE_TASK);
	show_text(show, "parameters", NULL, LAYOUT_ATTRIBUTE_POINT);
	show_text(show, "backend", NULL, LAYOUT_ATTRIBUTE_BACKEND);
	show_text(show, "repetition", NULL, LAYOUT_ATTRIBUTE_REPETITION);
	show_bool(show, "warm-up", LAYOUT_ATTRIBUTE_WARMUP);
	show_start(show);
	show_text(show, "exit code", NULL, LAYOUT_ATTRIBUTE_EXIT_CODE);
	show_text(show, "signal", NULL, LAYOUT_ATTRIBUTE_SIGNAL);
	show_duration(show, "wall", LAYOUT_ATTRIBUTE_WALL_NS);
	show_duration(show, "user time", LAYOUT_ATTRIBUTE_USER_NS);
	show_duration(show, "system time", LAYOUT_ATTRIBUTE_SYSTEM_NS);
	show_text(show, "CPUs", NULL, LAYOUT_ATTRIBUTE_TASK_CPUS);
	show_limits(show);
	show_memory(show);
	show_composition(show);
	for (unsigned kind = TALLY_NOT_OK + 1; kind < TALLY_N_KINDS; kind++)
		show_text(show, tally_mark_name(kind), NULL, tally_mark_name(kind));
}

/* ---- over time */

/* Seconds from task_begin on; what came before is negative. */
static void show_time(const struct show *show, uint64_t begin_ns, uint64_t time_ns)
{
	fprintf(show->stream, "  %+12.6f s  ",
		(double)(int64_t)(time_ns - begin_ns) / (double)NS_PER_S);
}

static void show_events(const struct show *show, uint64_t begin_ns, const struct trial_mark *marks,
	size_t n_marks, const struct sample *truths, size_t n_truths)
{
	for (size_t i = 0, j = 0; i < n_marks || j < n_truths;) {
		if (j == n_truths || (i < n_marks && marks[i].time_ns <= truths[j].time_ns)) {
			show_time(show, begin_ns, marks[i].time_ns);
			text_print_lines(marks[i++].name, show->stream);
		} else {
			show_time(show, begin_ns, truths[j].time_ns);
			fprintf(show->stream, "truth %s", format_bytes(truths[j++].value).text);
		}
		fputc('\n', show->stream);
	}
}

static int show_timeline(const struct show *show, const struct trial_mark *marks, size_t n_marks,
	struct error *error)
{
	CLEANUP(cleanup_free) struct sample *truths = NULL;
	const size_t shown = n_marks < SHOW_MAX_MARKS ? n_marks : SHOW_MAX_MARKS;
	uint64_t begin_ns, end_ns;
	size_t n_truths = 0;
	int r = results_trial_window(show->results, show->trial, &begin_ns, &end_ns, error);

	if (r == -ENODATA)
		return 0;
	if (r == 0)
		r = results_trace(show->results, show->trial, LAYOUT_TRUTH, SHOW_MAX_TRUTHS,
			&truths, &n_truths, error);
	if (r < 0 || shown + n_truths == 0)
		return r;
	fputs("\nmarks and declared truth, in seconds from the start of the interval:\n",
		show->stream);
	show_events(show, begin_ns, marks, shown, truths, n_truths);
	if (shown < n_marks)
		fprintf(show->stream, "  and %zu more marks\n", n_marks - shown);
	return 0;
}

/* ---- what it printed */

static int show_bytes(
	const struct show *show, const char *bytes, size_t length, struct error *error)
{
	CLEANUP(cleanup_free) char *copy = malloc(length + 1);

	if (!copy)
		return error_set_errno(error, ENOMEM, "cannot print what the task printed");
	for (size_t i = 0; i < length; i++)
		copy[i] = bytes[i] ? bytes[i] : ' ';
	copy[length] = '\0';
	text_print_lines(copy, show->stream);
	if (length > 0 && copy[length - 1] != '\n')
		fputc('\n', show->stream);
	return 0;
}

static int show_output(const struct show *show, const char *name, struct error *error)
{
	struct trial_output output;
	size_t n_last;
	int r = results_trial_output(show->results, show->trial, name, &output, error);

	if (r != 0)
		return r < 0 ? r : 0;
	fprintf(show->stream, "\n%s, %" PRIu64 " bytes:\n", name,
		(uint64_t)output.length + output.cut_bytes);
	r = show_bytes(show, output.text, output.length, error);
	n_last = !output.last				      ? 0
		 : output.cut_bytes < TRIAL_OUTPUT_LAST_BYTES ? output.cut_bytes
							      : TRIAL_OUTPUT_LAST_BYTES;
	if (r == 0 && output.cut_bytes > n_last)
		fprintf(show->stream, "[%" PRIu64 " bytes were not kept]\n",
			output.cut_bytes - n_last);
	if (r == 0 && n_last > 0)
		r = show_bytes(show, output.last + TRIAL_OUTPUT_LAST_BYTES - n_last, n_last, error);
	free(output.text);
	return r;
}

int show_trial(struct results *results, uint64_t trial, FILE *stream, struct error *error)
{
	const struct show show = {.results = results, .trial = trial, .stream = stream};
	CLEANUP(cleanup_free) struct trial_mark *marks = NULL;
	CLEANUP(cleanup_free) char *status = NULL;
	CLEANUP(cleanup_free) char *cause = NULL;
	size_t n_marks = 0;
	int r = results_marks(results, trial, &marks, &n_marks, error);

	if (r < 0)
		return r;
	status = results_trial_attribute(results, trial, NULL, LAYOUT_ATTRIBUTE_STATUS);
	cause = results_trial_attribute(results, trial, NULL, LAYOUT_ATTRIBUTE_CAUSE);
	fprintf(stream, "trial %06" PRIu64 ": ", trial);
	text_print_lines(status ? status : "unknown status", stream);
	if (cause && *cause) {
		fputs(": ", stream);
		text_print_lines(cause, stream);
	}
	fputc('\n', stream);
	show_facts(&show);
	r = show_timeline(&show, marks, n_marks, error);
	if (r == 0)
		r = show_output(&show, "stderr", error);
	return r == 0 ? show_output(&show, "stdout", error) : r;
}
