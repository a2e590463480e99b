/* The answer for programs: docs/limit.md describes the keys. */

#include "runner/limit/limit_rows.h"
#include "runner/limit/limit_words.h"
#include "util/json.h"

#include <errno.h>
#include <math.h>

/* Sizes are whole bytes, and 0 is one that is not known. */
static json_t *limit_json_bytes(uint64_t bytes)
{
	return bytes > 0 ? json_integer((json_int_t)bytes) : json_null();
}

static json_t *limit_json_interval(struct interval interval)
{
	return json_pack("{s:o, s:o}", "low", json_from_double(interval.low), "high",
		json_from_double(interval.high));
}

static json_t *limit_json_settings(const struct limit_settings *settings)
{
	return json_pack("{s:f, s:f, s:f, s:I, s:I, s:s, s:b}", "survival", settings->survival,
		"confidence", settings->confidence, "slowdown", settings->slowdown, "curve",
		(json_int_t)settings->curve, "curve_repetitions",
		(json_int_t)settings->curve_repetitions, "by",
		settings->by == LIMIT_BY_HIGH ? "high" : "max", "quick", settings->quick);
}

/* ---- what was found */

/* Its interval is where the search has it: above `low`, and at most `high`. */
static json_t *limit_json_minimal(const struct limit_finding *finding)
{
	const bool found = finding->result == LIMIT_FOUND;

	return json_pack("{s:o, s:{s:o, s:o}, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "value",
		limit_json_bytes(found ? finding->upper_bytes : 0), "interval", "low",
		limit_json_bytes(finding->lower_bytes), "high",
		limit_json_bytes(finding->upper_bytes), "trials", (json_int_t)finding->n_confirm,
		"survived", (json_int_t)finding->n_confirmed, "trials_below",
		(json_int_t)finding->n_below, "survived_below",
		(json_int_t)finding->n_below_survived, "search_trials",
		(json_int_t)finding->n_search, "candidates", (json_int_t)finding->n_candidates,
		"candidates_died", (json_int_t)finding->n_confirm_died);
}

static json_t *limit_json_unharmed(const struct limit_answer_point *point)
{
	const struct limit_row none = {.slowdown = NAN};
	const struct limit_row *row = &none;

	for (size_t i = 0; i < point->n_rows; i++)
		if (point->unharmed_bytes > 0 &&
			point->rows[i].limit_bytes == point->unharmed_bytes)
			row = &point->rows[i];
	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "value",
		limit_json_bytes(point->unharmed_bytes), "interval",
		limit_json_interval(point->unharmed_interval), "trials", (json_int_t)row->n,
		"survived", (json_int_t)row->n_survived, "slowdown",
		json_from_double(row->slowdown));
}

static json_t *limit_json_measured(double value, struct interval interval, size_t n)
{
	return json_pack("{s:o, s:o, s:I}", "value", json_from_double(value), "interval",
		limit_json_interval(interval), "trials", (json_int_t)n);
}

/* ---- what each limit did */

static json_t *limit_json_row(const struct limit_row *row)
{
	json_t *json = json_pack("{s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:o}", "limit_bytes",
		limit_json_bytes(row->limit_bytes), "trials", (json_int_t)row->n, "on_curve",
		row->on_curve, "slowdown", json_from_double(row->slowdown), "slowdown_interval",
		limit_json_interval(row->slowdown_interval), "refaults",
		json_from_double(row->refaults), "major_faults",
		json_from_double(row->major_faults), "limit_met", json_from_double(row->limit_met));

	for (enum limit_end end = LIMIT_SURVIVED; json && end < LIMIT_N_ENDS; end++)
		if (json_object_set_new(json, limit_end_name(end),
			    json_integer((json_int_t)row->n_ended[end])) < 0) {
			json_decref(json);
			return NULL;
		}
	return json;
}

static json_t *limit_json_rows(const struct limit_answer_point *point)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < point->n_rows; i++)
		json_append(&rows, limit_json_row(&point->rows[i]));
	return rows;
}

static json_t *limit_json_point(const struct limit_answer_point *point)
{
	json_t *parameters = json_loads(point->point->parameters, 0, NULL);
	const bool died = point->dies_by != LIMIT_SURVIVED;

	return json_pack(
		"{s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:b, s:b, s:o}",
		"task", json_from_text(point->point->task), "parameters",
		parameters ? parameters : json_object(), "label",
		json_from_text(point->point->label), "result",
		limit_result_name(point->finding.result), "finished", point->finished,
		"minimal_limit_bytes", limit_json_minimal(&point->finding), "unharmed_limit_bytes",
		limit_json_unharmed(point), "floor_bytes",
		limit_json_measured(point->floor_bytes, point->floor_interval, point->n_floor),
		"peak_bytes",
		limit_json_measured(point->peak_bytes, point->peak_interval, point->n_baseline),
		"setting_bytes", limit_json_bytes(limit_setting_bytes(point)), "page_cache_share",
		json_from_double(point->file_share), "wall_ns", json_from_double(point->wall_ns),
		"dies_at_bytes", limit_json_bytes(point->dies_bytes), "dies_by",
		json_from_text(died ? limit_end_name(point->dies_by) : NULL), "dies_cause",
		json_from_text(died ? point->dies_cause : NULL), "knee_bytes",
		limit_json_bytes(point->knee_bytes), "monotone", point->finding.monotone, "adapts",
		point->finding.adapts, "limits", limit_json_rows(point));
}

static json_t *limit_json_points(const struct limit_answer *answer)
{
	json_t *points = json_array();

	for (size_t i = 0; i < answer->n_points; i++)
		json_append(&points, limit_json_point(&answer->points[i]));
	return points;
}

int limit_answer_json(const struct limit_answer *answer, json_t **ret_json, struct error *error)
{
	const struct limit_run *run = answer->run;
	json_t *json = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
		LIMIT_JSON_SCHEMA, "schema_version", LIMIT_JSON_VERSION, "name",
		json_from_text(run->title), "created", json_from_text(run->created), "kernel",
		json_from_text(run->kernel), "cpu_model", json_from_text(run->cpu_model),
		"hierarchy", json_from_text(run->hierarchy), "image", json_from_text(run->image),
		"settings", limit_json_settings(&run->settings), "points",
		limit_json_points(answer));

	if (!json)
		return error_set_errno(error, ENOMEM, "cannot write the limits as JSON");
	*ret_json = json;
	return 0;
}
