#include "runner/report/summary_json.h"

#include "runner/analysis/stability.h"
#include "runner/analysis/verdicts.h"
#include "runner/report/failures.h"
#include "runner/store/layout.h"
#include "runner/trial/description.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/parse.h"

#include <string.h>

/* ---- statistics */

/* Of fewer values it is no more than their range, and covers less than 95 %. */
static json_t *interval_json(const struct statistics *statistics)
{
	if (statistics->n < COMPARISON_ENOUGH_TRIALS)
		return json_null();
	return json_pack("{s:o, s:o}", "low", json_from_double(statistics->median_ci95.low), "high",
		json_from_double(statistics->median_ci95.high));
}

json_t *summary_json_statistics(const struct statistics *statistics)
{
	if (statistics->n == 0)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "n", (json_int_t)statistics->n,
		"median", json_from_double(statistics->median), "minimum",
		json_from_double(statistics->minimum), "maximum",
		json_from_double(statistics->maximum), "spread",
		json_from_double(statistics->maximum - statistics->minimum), "quartile_low",
		json_from_double(statistics->quartile_low), "quartile_high",
		json_from_double(statistics->quartile_high), "interval_95",
		interval_json(statistics));
}

static json_t *field_json(const struct comparison_cell *cell, enum comparison_field field)
{
	struct statistics statistics;

	return comparison_statistics(cell, field, &statistics) < 0
		       ? NULL
		       : summary_json_statistics(&statistics);
}

static json_t *ratio_json(const struct comparison *comparison, size_t point, size_t backend)
{
	struct statistics statistics;

	return comparison_ratio(comparison, point, backend, &statistics) < 0
		       ? NULL
		       : summary_json_statistics(&statistics);
}

/* ---- what a backend reported, and what was counted */

static json_t *reported_json(
	const struct comparison_cell *cell, const struct comparison_backend *backend)
{
	if (!comparison_has(cell, COMPARISON_PEAK) && !comparison_has(cell, COMPARISON_INITIAL))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "metric",
		json_from_text(backend->headline_metric), "initial_bytes",
		field_json(cell, COMPARISON_INITIAL), "peak_bytes",
		field_json(cell, COMPARISON_PEAK), "final_bytes",
		field_json(cell, COMPARISON_FINAL), "error", field_json(cell, COMPARISON_ERROR));
}

static json_t *counted_json(const struct comparison_cell *cell)
{
	if (!comparison_has(cell, COMPARISON_ORACLE_LARGEST))
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "initial_bytes",
		field_json(cell, COMPARISON_ORACLE_INITIAL), "largest_bytes",
		field_json(cell, COMPARISON_ORACLE_LARGEST), "final_bytes",
		field_json(cell, COMPARISON_ORACLE_FINAL));
}

/* ---- trials */

static json_t *counts_json(const struct comparison_cell *cell)
{
	struct failure_counts counts = {.n = {0}};
	json_t *json = json_pack(
		"{s:I, s:I}", "all", (json_int_t)cell->n_trials, "ok", (json_int_t)cell->n_ok);

	failures_count(cell, &counts);
	for (size_t i = 0; i < FAILURE_STATUSES && json; i++)
		if (json_object_set_new(
			    json, failure_status(i), json_integer((json_int_t)counts.n[i])) < 0) {
			json_decref(json);
			return NULL;
		}
	return json;
}

static json_int_t count_suspect(const struct comparison_cell *cell)
{
	json_int_t n = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		n += cell->trials[i].suspect;
	return n;
}

/* In how many trials something happened at all. */
static json_int_t count_with(const struct comparison_cell *cell, enum summary_account what)
{
	json_int_t n = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		n += cell->trials[i].account[what] > 0.0;
	return n;
}

json_t *summary_json_limits(struct results *results, uint64_t trial)
{
	json_t *limits = json_object();

	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		const char *name = description_amount_name(i);
		CLEANUP(cleanup_free) char *text = NULL;
		char attribute[LAYOUT_LIMIT_SIZE];
		uint64_t amount;

		snprintf(attribute, sizeof(attribute), LAYOUT_LIMIT, name);
		text = results_trial_attribute(results, trial, NULL, attribute);
		if (json_object_set_new(limits, name,
			    text && parse_u64(text, &amount) == 0 ? json_integer((json_int_t)amount)
								  : json_null()) < 0) {
			json_decref(limits);
			return NULL;
		}
	}
	return limits;
}

json_t *summary_json_composition(const double account[SUMMARY_N_ACCOUNT])
{
	if (!(account[ACCOUNT_COMPOSED] > 0.0))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "of_bytes",
		json_from_double(account[ACCOUNT_COMPOSED]), "anon_bytes",
		json_from_double(account[ACCOUNT_PEAK_ANON]), "file_bytes",
		json_from_double(account[ACCOUNT_PEAK_FILE]), "shmem_bytes",
		json_from_double(account[ACCOUNT_PEAK_SHMEM]), "kernel_bytes",
		json_from_double(account[ACCOUNT_PEAK_KERNEL]), "after_begin_ns",
		json_from_double(account[ACCOUNT_COMPOSED_NS]));
}

static json_t *typical_json(struct results *results, const struct comparison_cell *cell)
{
	const struct comparison_trial *trial = comparison_shown_trial(cell);
	CLEANUP(cleanup_free) char *cpus = NULL;
	const double *account = trial ? trial->account : NULL;

	if (!trial)
		return json_null();
	if (results_task_cpus(results, trial->number, &cpus, NULL) != 0)
		cpus = NULL;
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "trial",
		(json_int_t)trial->number, "status", json_from_text(trial->status), "exit_code",
		json_from_double(account[ACCOUNT_EXIT_CODE]), "signal",
		json_from_double(account[ACCOUNT_SIGNAL]), "peak_bytes",
		json_from_double(trial->reached_peak), "composition",
		summary_json_composition(account), "limits",
		summary_json_limits(results, trial->number), "limit_met",
		json_from_double(account[ACCOUNT_LIMIT_MET]), "oom_kills",
		json_from_double(account[ACCOUNT_OOM_KILLS]), "cpus", json_from_text(cpus),
		"n_cpus", json_from_double(account[ACCOUNT_TASK_N_CPUS]));
}

static json_t *cell_json(
	struct results *results, const struct comparison *comparison, size_t point, size_t backend)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);

	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o}",
		"backend", json_from_text(comparison->backends[backend].name), "trials",
		counts_json(cell), "suspect_trials", count_suspect(cell), "limit_met_trials",
		count_with(cell, ACCOUNT_LIMIT_MET), "oom_kill_trials",
		count_with(cell, ACCOUNT_OOM_KILLS), "initial_bytes",
		field_json(cell, COMPARISON_REFERENCE_INITIAL), "peak_bytes",
		field_json(cell, COMPARISON_REFERENCE_PEAK), "final_bytes",
		field_json(cell, COMPARISON_REFERENCE_FINAL), "maxrss_bytes",
		field_json(cell, COMPARISON_MAXRSS), "warmup_peak_bytes",
		json_from_double(cell->warmup_peak_bytes), "wall_ns",
		field_json(cell, COMPARISON_WALL_NS), "cpu_ns", field_json(cell, COMPARISON_CPU_NS),
		"wall_ratio_to_none", ratio_json(comparison, point, backend), "reported",
		reported_json(cell, &comparison->backends[backend]), "counted", counted_json(cell),
		"typical_trial", typical_json(results, cell));
}

static json_t *cells_json(
	struct results *results, const struct comparison *comparison, size_t point)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < comparison->n_backends; i++) {
		/* A point need not have every backend. */
		if (comparison_cell(comparison, point, i)->n_trials == 0)
			continue;
		json_append(&cells, cell_json(results, comparison, point, i));
	}
	return cells;
}

/* ---- verdicts */

static json_t *rated_json(const struct rated_backend *rated, size_t n, const char *what)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_append(&list, json_pack("{s:o, s:o}", "backend", json_from_text(rated[i].name),
					   what, json_from_double(rated[i].value)));
	return list;
}

/* Which of them cannot be told from the first; null where they are not ranked. */
static json_t *errors_json(const struct truth_verdict *verdict)
{
	json_t *list = rated_json(verdict->errors, verdict->n_errors, "error");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_object_set_new(json_array_get(list, i), "tied_for_first",
			    verdict->closeness == CLOSENESS_RANKED
				    ? json_boolean(i < verdict->n_equal)
				    : json_null()) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *truth_json(const struct comparison *comparison, size_t point)
{
	static const char *const closeness[] = {
		[CLOSENESS_NOT_JUDGED] = "not_judged",
		[CLOSENESS_ONE_PERCENT] = "within_1_percent",
		[CLOSENESS_RESOLUTION] = "within_resolution",
		[CLOSENESS_RANKED] = "ranked",
	};
	struct truth_verdict verdict;
	json_t *json;

	if (truth_verdict_of(comparison, point, &verdict) < 0)
		return NULL;
	if (verdict.reference_error.n == 0) {
		truth_verdict_release(&verdict);
		return json_null();
	}
	json = json_pack("{s:o, s:o, s:b, s:s, s:o}", "peak_bytes",
		json_from_double(comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK)),
		"kernel_account_error", summary_json_statistics(&verdict.reference_error),
		"incomplete", verdict.incomplete, "reporters", closeness[verdict.closeness],
		"errors", errors_json(&verdict));
	truth_verdict_release(&verdict);
	return json;
}

static json_t *slow_json(const struct comparison *comparison, size_t point)
{
	struct cost_verdict verdict;
	json_t *json;

	if (cost_verdict_of(comparison, point, &verdict) < 0)
		return NULL;
	json = verdict.judged ? rated_json(verdict.slow, verdict.n_slow, "wall_ratio_to_none")
			      : json_null();
	cost_verdict_release(&verdict);
	return json;
}

static json_t *repetitions_json(const struct comparison *comparison, size_t point)
{
	struct repetitions_needed needed;

	if (stability_repetitions(comparison, point, &needed) < 0)
		return NULL;
	if (!(needed.n > 0.0))
		return json_null();
	return json_pack("{s:o, s:s, s:o}", "repetitions", json_from_double(needed.n), "for",
		needed.what, "backend", json_from_text(needed.backend));
}

/* ---- the point */

static json_t *parameters_object(const char *parameters)
{
	json_t *object = json_loads(parameters, 0, NULL);

	return object ? object : json_object();
}

json_t *summary_json_point(
	struct results *results, const struct comparison *comparison, size_t point)
{
	const struct comparison_point *described = &comparison->points[point];

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}}", "task_name",
		json_from_text(described->named ? described->task : NULL), "task",
		json_from_text(described->task), "parameters",
		parameters_object(described->parameters), "label", json_from_text(described->label),
		"backends", cells_json(results, comparison, point), "verdicts", "truth",
		truth_json(comparison, point), "slow_the_task", slow_json(comparison, point),
		"repetitions_for_1_percent", repetitions_json(comparison, point));
}
