/* `memcg-run show --json`. */

#include "runner/report/show.h"

#include "runner/report/summary_json.h"
#include "runner/store/layout.h"
#include "runner/trial/tally.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/json.h"
#include "util/parse.h"

#include <string.h>

/* More of the truth that a task declared is thinned (results_trace). */
#define MAX_TRUTHS 1000

/* ---- a run */

static json_t *row_parameters(const struct summary_row *row)
{
	json_t *parameters = json_loads(row->parameters, 0, NULL);

	return parameters ? parameters : json_object();
}

/* A task that never began has no wall time. */
static json_t *listed_trial_json(const struct summary_row *row)
{
	return json_pack("{s:I, s:o, s:o, s:I, s:b, s:o, s:o, s:o}", "trial",
		(json_int_t)row->trial, "status", json_from_text(row->status), "backend",
		json_from_text(row->backend), "repetition", (json_int_t)row->repetition, "warmup",
		row->warmup, "wall_ns",
		row->wall_ns > 0 ? json_integer((json_int_t)row->wall_ns) : json_null(),
		"peak_bytes", json_from_double(row->peak_bytes), "parameters", row_parameters(row));
}

static json_t *listed_trials_json(const struct results *results)
{
	json_t *trials = json_array();

	for (size_t i = 0; i < results_n_all_rows(results); i++) {
		const struct summary_row *row = results_any_row(results, i);

		if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0)
			json_append(&trials, listed_trial_json(row));
	}
	return trials;
}

int show_run_json(
	struct results *results, const char *run_path, json_t **ret_json, struct error *error)
{
	json_t *json;
	int r = summary_json(results, run_path, &json, error);

	if (r < 0)
		return r;
	if (json_object_set_new(json, "trials", listed_trials_json(results)) < 0) {
		json_decref(json);
		return error_set_errno(error, ENOMEM, "cannot show the run");
	}
	*ret_json = json;
	return 0;
}

/* ---- a trial's attributes */

struct shown {
	struct results *results;
	uint64_t trial;
};

/* Of a group of the trial, or of the trial itself for NULL. */
static json_t *shown_text(const struct shown *shown, const char *place, const char *name)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(shown->results, shown->trial, place, name);

	return json_from_text(text);
}

static bool shown_u64(
	const struct shown *shown, const char *place, const char *name, uint64_t *ret_number)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(shown->results, shown->trial, place, name);

	return text && parse_u64(text, ret_number) == 0;
}

static json_t *shown_number(const struct shown *shown, const char *place, const char *name)
{
	uint64_t number;

	return shown_u64(shown, place, name, &number) ? json_integer((json_int_t)number)
						      : json_null();
}

static json_t *shown_bool(const struct shown *shown, const char *place, const char *name)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(shown->results, shown->trial, place, name);

	return text ? json_boolean(strcmp(text, "TRUE") == 0) : json_null();
}

static json_t *shown_start(const struct shown *shown)
{
	uint64_t ns;

	return shown_u64(shown, NULL, LAYOUT_ATTRIBUTE_START_REALTIME_NS, &ns)
		       ? json_string(format_time(ns).text)
		       : json_null();
}

static json_t *shown_marks_of_trial(const struct shown *shown)
{
	json_t *warnings = json_object();

	for (unsigned kind = TALLY_NOT_OK + 1; kind < TALLY_N_KINDS; kind++) {
		const char *name = tally_mark_name(kind);

		if (json_object_set_new(warnings, name, shown_text(shown, NULL, name)) < 0) {
			json_decref(warnings);
			return NULL;
		}
	}
	return warnings;
}

static const struct summary_row *reference_row(const struct results *results, uint64_t trial)
{
	for (size_t i = 0; i < results_n_all_rows(results); i++) {
		const struct summary_row *row = results_any_row(results, i);

		if (row->trial == trial && strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0)
			return row;
	}
	return NULL;
}

static json_t *shown_task(const struct shown *shown, const struct summary_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"status", shown_text(shown, NULL, LAYOUT_ATTRIBUTE_STATUS), "cause",
		shown_text(shown, NULL, LAYOUT_ATTRIBUTE_CAUSE), "task",
		shown_text(shown, NULL, LAYOUT_ATTRIBUTE_TASK), "parameters",
		row ? row_parameters(row) : json_null(), "backend",
		shown_text(shown, NULL, LAYOUT_ATTRIBUTE_BACKEND), "repetition",
		shown_number(shown, NULL, LAYOUT_ATTRIBUTE_REPETITION), "warmup",
		shown_bool(shown, NULL, LAYOUT_ATTRIBUTE_WARMUP), "started", shown_start(shown),
		"exit_code", shown_number(shown, NULL, LAYOUT_ATTRIBUTE_EXIT_CODE), "signal",
		shown_number(shown, NULL, LAYOUT_ATTRIBUTE_SIGNAL), "wall_ns",
		shown_number(shown, NULL, LAYOUT_ATTRIBUTE_WALL_NS), "user_ns",
		shown_number(shown, NULL, LAYOUT_ATTRIBUTE_USER_NS), "system_ns",
		shown_number(shown, NULL, LAYOUT_ATTRIBUTE_SYSTEM_NS), "cpus",
		shown_text(shown, NULL, LAYOUT_ATTRIBUTE_TASK_CPUS));
}

static json_t *shown_memory(const struct shown *shown, const struct summary_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "initial_bytes",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_INITIAL_BYTES), "peak_bytes",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_PEAK_BYTES), "peak_exact",
		shown_bool(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_PEAK_EXACT), "final_bytes",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_FINAL_BYTES),
		"leaf_peak_bytes",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_LEAF_PEAK_BYTES),
		"maxrss_bytes", shown_number(shown, NULL, LAYOUT_ATTRIBUTE_MAXRSS_BYTES),
		"truth_peak_bytes", shown_number(shown, LAYOUT_TRUTH, LAYOUT_ATTRIBUTE_PEAK_BYTES),
		"composition", row ? summary_json_composition(row->account) : json_null(), "limits",
		summary_json_limits(shown->results, shown->trial), "limit_met",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_EVENTS_MAX), "oom_kills",
		shown_number(shown, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_EVENTS_OOM_KILL));
}

/* ---- over time */

/* From task_begin on: what came before is negative. */
static json_t *after_begin(uint64_t begin_ns, uint64_t time_ns)
{
	return json_integer((json_int_t)(time_ns - begin_ns));
}

static json_t *shown_marks(uint64_t begin_ns, const struct trial_mark *marks, size_t n)
{
	json_t *json = json_array();

	for (size_t i = 0; i < n; i++)
		json_append(
			&json, json_pack("{s:o, s:o}", "name", json_from_text(marks[i].name),
				       "after_begin_ns", after_begin(begin_ns, marks[i].time_ns)));
	return json;
}

static json_t *shown_truths(uint64_t begin_ns, const struct sample *truths, size_t n)
{
	json_t *json = json_array();

	for (size_t i = 0; i < n; i++)
		json_append(&json, json_pack("{s:o, s:I}", "after_begin_ns",
					   after_begin(begin_ns, truths[i].time_ns), "bytes",
					   (json_int_t)truths[i].value));
	return json;
}

/* Neither where the task never began: nothing has a time relative to that. */
static int set_timeline(const struct shown *shown, const struct trial_mark *marks, size_t n_marks,
	json_t *json, struct error *error)
{
	CLEANUP(cleanup_free) struct sample *truths = NULL;
	uint64_t begin_ns, end_ns;
	size_t n_truths = 0;
	int r = results_trial_window(shown->results, shown->trial, &begin_ns, &end_ns, error);

	if (r == 0)
		r = results_trace(shown->results, shown->trial, LAYOUT_TRUTH, MAX_TRUTHS, &truths,
			&n_truths, error);
	if (r < 0 && r != -ENODATA)
		return r;
	if (r == -ENODATA)
		n_marks = begin_ns = 0;
	if (json_object_set_new(json, "marks", shown_marks(begin_ns, marks, n_marks)) < 0 ||
		json_object_set_new(json, "truth", shown_truths(begin_ns, truths, n_truths)) < 0)
		return error_set_errno(error, ENOMEM, "cannot show the trial");
	return 0;
}

/* ---- what it printed */

static json_t *lines_json(const char *bytes, size_t length)
{
	CLEANUP(cleanup_free) char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < length; i++)
		copy[i] = bytes[i] ? bytes[i] : ' ';
	copy[length] = '\0';
	return json_from_lines(copy);
}

/* The end of what was cut is kept too. */
static json_t *output_json(const struct trial_output *output)
{
	const size_t n_last = !output->last ? 0
			      : output->cut_bytes < TRIAL_OUTPUT_LAST_BYTES
				      ? output->cut_bytes
				      : TRIAL_OUTPUT_LAST_BYTES;

	return json_pack("{s:I, s:o, s:I, s:o}", "printed_bytes",
		(json_int_t)((uint64_t)output->length + output->cut_bytes), "lines",
		lines_json(output->text, output->length), "not_kept_bytes",
		(json_int_t)(output->cut_bytes - n_last), "last_lines",
		n_last > 0 ? lines_json(output->last + TRIAL_OUTPUT_LAST_BYTES - n_last, n_last)
			   : json_array());
}

static int set_output(
	const struct shown *shown, const char *name, json_t *json, struct error *error)
{
	struct trial_output output;
	int r = results_trial_output(shown->results, shown->trial, name, &output, error);
	int set;

	if (r < 0)
		return r;
	set = json_object_set_new(json, name, r == 0 ? output_json(&output) : json_null());
	if (r == 0)
		free(output.text);
	return set < 0 ? error_set_errno(error, ENOMEM, "cannot show the trial") : 0;
}

int show_trial_json(struct results *results, uint64_t trial, json_t **ret_json, struct error *error)
{
	const struct shown shown = {.results = results, .trial = trial};
	const struct summary_row *row = reference_row(results, trial);
	CLEANUP(cleanup_free) struct trial_mark *marks = NULL;
	CLEANUP(cleanup_json) json_t *json = NULL;
	size_t n_marks = 0;
	int r = results_marks(results, trial, &marks, &n_marks, error);

	if (r < 0)
		return r;
	json = json_pack("{s:s, s:i, s:I, s:o, s:o, s:o}", "schema", SHOW_JSON_SCHEMA,
		"schema_version", SHOW_JSON_VERSION, "trial", (json_int_t)trial, "task",
		shown_task(&shown, row), "memory", shown_memory(&shown, row), "warnings",
		shown_marks_of_trial(&shown));
	if (!json)
		return error_set_errno(error, ENOMEM, "cannot show the trial");
	r = set_timeline(&shown, marks, n_marks, json, error);
	if (r == 0)
		r = set_output(&shown, "stderr", json, error);
	if (r == 0)
		r = set_output(&shown, "stdout", json, error);
	if (r == 0)
		*ret_json = TAKE_PTR(json);
	return r;
}
