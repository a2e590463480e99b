/* The sheet for programs: docs/datasheet.md describes the keys. */

#include "util/json.h"
#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"

/* The median and its interval. */
static json_t *sheet_statistics(const struct statistics *statistics)
{
	if (statistics->n == 0)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o}", "n", (json_int_t)statistics->n, "median",
		json_from_double(statistics->median), "low",
		json_from_double(statistics->median_ci95.low), "high",
		json_from_double(statistics->median_ci95.high));
}

static json_t *sheet_verdict(enum datasheet_verdict verdict)
{
	return verdict == VERDICT_NONE ? json_null() : json_string(datasheet_verdict_name(verdict));
}

static json_t *json_of_answer(enum answer answer)
{
	return answer == ANSWER_UNKNOWN ? json_null() : json_boolean(answer == ANSWER_YES);
}

static json_t *sheet_against(const struct cell *cell)
{
	json_t *against = json_object();

	for (size_t i = 0; i < N_TRUTH_KINDS; i++)
		if (json_object_set_new(
			    against, truth_kind_name(i), sheet_verdict(cell->against[i])) < 0) {
			json_decref(against);
			return NULL;
		}
	return against;
}

static json_t *sheet_trials(const struct cell *cell)
{
	json_t *trials = json_array();

	for (size_t i = 0; i < cell->n_trials; i++)
		json_append(&trials, json_integer((json_int_t)cell->trials[i]));
	return trials;
}

static json_t *sheet_cell_json(const struct datasheet *datasheet, size_t reporter, size_t situation)
{
	const struct situation *where = &datasheet->situations[situation];
	const struct cell *cell = datasheet_cell(datasheet, reporter, situation);

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
		"phenomenon", json_from_text(where->phenomenon), "moment",
		json_from_text(where->moment), "backend",
		json_from_text(datasheet->reporters[reporter].backend), "metric",
		json_from_text(datasheet->reporters[reporter].metric), "truth_bytes",
		json_from_double(where->truth_bytes[datasheet->kind]), "scale_bytes",
		json_from_double(where->scale_bytes), "tolerance_bytes",
		json_from_double(where->tolerance_bytes), "value_bytes",
		json_from_double(sheet_median(&cell->value_bytes)), "error_bytes",
		sheet_statistics(&cell->error_bytes), "error",
		json_from_double(sheet_error_part(where, cell)), "verdict",
		sheet_verdict(cell->verdict), "sure",
		cell->verdict == VERDICT_NONE ? json_null() : json_boolean(cell->sure), "against",
		sheet_against(cell), "outliers", (json_int_t)cell->n_outliers, "trials",
		sheet_trials(cell));
}

static json_t *sheet_cells(const struct datasheet *datasheet)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < datasheet->n_situations; i++)
		for (size_t j = 0; j < datasheet->n_reporters; j++)
			json_append(&cells, sheet_cell_json(datasheet, j, i));
	return cells;
}

static json_t *sheet_reporter_json(const struct reporter *reporter)
{
	return json_pack("{s:o, s:o, s:b, s:b, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"backend", json_from_text(reporter->backend), "metric",
		json_from_text(reporter->metric), "headline", reporter->headline, "high_water",
		reporter->high_water, "counts",
		json_from_text(
			reporter->n_counts_right == 0 ? NULL : truth_kind_name(reporter->counts)),
		"counts_right", (json_int_t)reporter->n_counts_right, "counts_judged",
		(json_int_t)reporter->n_counts_judged, "resolution_bytes",
		json_from_double(reporter->resolution_bytes), "shortest_spike_ns",
		json_from_double(reporter->shortest_spike_ns), "children",
		json_of_answer(reporter->children), "native", json_of_answer(reporter->native),
		"page_cache", json_of_answer(reporter->page_cache), "shared_times",
		json_from_double(reporter->shared_times), "rmse_bytes",
		sheet_statistics(&reporter->rmse_bytes), "delay_ns",
		sheet_statistics(&reporter->delay_ns), "reading_ns",
		sheet_statistics(&reporter->reading_ns), "slowdown",
		sheet_statistics(&reporter->slowdown), "slowdown_most",
		sheet_statistics(&reporter->slowdown_most), "slowdown_in",
		json_from_text(reporter->slowdown_in), "added_bytes",
		sheet_statistics(&reporter->added_bytes), "disturbs",
		json_of_answer(reporter->disturbs), "disturbs_bytes",
		sheet_statistics(&reporter->disturbs_bytes), "disturbs_in",
		json_from_text(reporter->disturbs_in));
}

static json_t *sheet_reporters(const struct datasheet *datasheet)
{
	json_t *reporters = json_array();

	for (size_t i = 0; i < datasheet->n_reporters; i++)
		json_append(&reporters, sheet_reporter_json(&datasheet->reporters[i]));
	return reporters;
}

json_t *datasheet_json(const struct datasheet *datasheet, const struct datasheet_writing *writing)
{
	return json_pack("{s:s, s:i, s:o, s:o, s:s, s:b, s:I, s:I, s:o, s:o}", "schema",
		DATASHEET_JSON_SCHEMA, "schema_version", DATASHEET_JSON_VERSION, "run",
		json_from_text(datasheet->run), "machine", json_from_text(writing->machine),
		"truth_kind", truth_kind_name(datasheet->kind), "incomplete", writing->incomplete,
		"trials_ok", (json_int_t)datasheet->n_trials_ok, "trials_left_out",
		(json_int_t)datasheet->n_trials_left_out, "reporters", sheet_reporters(datasheet),
		"cells", sheet_cells(datasheet));
}
