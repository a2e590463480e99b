#include "runner/report/summary_json.h"

#include "runner/analysis/stability.h"
#include "runner/host/run_files.h"
#include "runner/report/facts.h"
#include "runner/store/failure_kinds.h"
#include "runner/store/layout.h"
#include "runner/store/results_tally.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/json.h"
#include "util/parse.h"

#include <string.h>

static json_t *text_fact(struct results *results, const char *name)
{
	return json_from_text(results_attribute(results, name));
}

static json_t *number_fact(struct results *results, const char *name)
{
	const char *text = results_attribute(results, name);
	uint64_t number;

	return text && parse_u64(text, &number) == 0 ? json_integer((json_int_t)number)
						     : json_null();
}

/* ---- the run */

static const char *status_of_run(struct results *results, const struct tally *tally)
{
	if (facts_incomplete(results))
		return "incomplete";
	return tally_is_good(tally) ? "ok" : "not_ok";
}

/* How an incomplete run ended is not in its results. */
static json_t *exit_of_run(struct results *results, const struct tally *tally)
{
	if (facts_incomplete(results))
		return json_null();
	return json_integer(tally_is_good(tally) ? 0 : SUMMARY_JSON_EXIT_TRIALS);
}

static json_t *json_of_run(struct results *results, const struct tally *tally, const char *run_path)
{
	CLEANUP(cleanup_free) char *name = facts_name(results, run_path);

	if (!name)
		return NULL;
	return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b, s:o, s:I, s:I, s:o}", "name",
		json_from_text(name), "id", text_fact(results, LAYOUT_ATTRIBUTE_ID), "started",
		text_fact(results, LAYOUT_ATTRIBUTE_CREATED), "status",
		status_of_run(results, tally), "exit_status", exit_of_run(results, tally), "quick",
		facts_quick(results), "trials_planned",
		number_fact(results, LAYOUT_ATTRIBUTE_TRIALS_PLANNED), "trials_recorded",
		(json_int_t)tally->n_trials, "trials_not_ok", (json_int_t)tally->of[TALLY_NOT_OK].n,
		"memcg_run_version", text_fact(results, LAYOUT_ATTRIBUTE_TOOL_VERSION));
}

static json_t *cgroup_version(struct results *results)
{
	const char *hierarchy = results_attribute(results, LAYOUT_ATTRIBUTE_HIERARCHY);

	if (hierarchy && strcmp(hierarchy, "v2") == 0)
		return json_integer(2);
	return hierarchy && strcmp(hierarchy, "v1") == 0 ? json_integer(1) : json_null();
}

static json_t *json_of_host(struct results *results)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kernel",
		text_fact(results, LAYOUT_ATTRIBUTE_KERNEL), "cgroup_version",
		cgroup_version(results), "cpu_model",
		text_fact(results, LAYOUT_ATTRIBUTE_CPU_MODEL), "cpus",
		number_fact(results, LAYOUT_ATTRIBUTE_CPUS), "memory_bytes",
		number_fact(results, LAYOUT_ATTRIBUTE_MEMORY_BYTES), "page_bytes",
		number_fact(results, LAYOUT_ATTRIBUTE_PAGE_BYTES), "runtime",
		text_fact(results, LAYOUT_ATTRIBUTE_RUNTIME), "runtime_version",
		text_fact(results, LAYOUT_ATTRIBUTE_RUNTIME_VERSION), "image",
		text_fact(results, LAYOUT_ATTRIBUTE_IMAGE), "image_digest",
		text_fact(results, LAYOUT_ATTRIBUTE_IMAGE_DIGEST));
}

/* ---- what a reader must know */

static json_t *json_of_warnings(const struct tally *tally)
{
	json_t *warnings = json_array();

	for (unsigned kind = FACTS_FIRST_WARNING; kind < TALLY_N_KINDS; kind++) {
		if (tally->of[kind].n == 0)
			continue;
		json_append(&warnings, json_pack("{s:s, s:I, s:o}", "kind", tally_mark_name(kind),
					       "trials", (json_int_t)tally->of[kind].n, "first",
					       json_from_text(tally->of[kind].first)));
	}
	return warnings;
}

static json_t *json_of_drift(const struct stability_drift *drift)
{
	if (drift->correlation.n == 0)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "rho", json_from_double(drift->correlation.spearman),
		"p", json_from_double(drift->correlation.p), "change",
		json_from_double(drift->change));
}

static json_t *json_of_drifts(const struct comparison *comparison)
{
	struct stability_drift wall, peak;

	if (stability_drifts(comparison, &wall, &peak) < 0)
		return NULL;
	return json_pack("{s:o, s:o}", "wall", json_of_drift(&wall), "peak", json_of_drift(&peak));
}

static json_t *json_of_failure(const struct failure_kind *kind)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:o, s:o}", "status", kind->status, "cause",
		kind->cause, "trials", (json_int_t)kind->n_trials, "first_trial",
		(json_int_t)kind->first, "backend", kind->backend, "stream",
		json_from_text(*kind->stream ? kind->stream : NULL), "last_lines",
		json_from_lines(kind->printed.text));
}

static json_t *json_of_failures(struct results *results)
{
	struct failure_kinds failures;
	json_t *kinds = json_array();

	failure_kinds_read(results, &failures);
	for (size_t i = 0; i < failures.n; i++)
		json_append(&kinds, json_of_failure(&failures.kinds[i]));
	return json_pack(
		"{s:o, s:I}", "kinds", kinds, "other_trials", (json_int_t)failures.n_others);
}

/* ---- the whole */

static json_t *json_of_points(struct results *results, const struct comparison *comparison)
{
	json_t *points = json_array();

	for (size_t i = 0; i < comparison->n_points; i++)
		json_append(&points, summary_json_point(results, comparison, i));
	return points;
}

static json_t *json_of_backends(const struct comparison *comparison)
{
	json_t *backends = json_array();

	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_backend *backend = &comparison->backends[i];

		json_append(
			&backends, json_pack("{s:o, s:o}", "name", json_from_text(backend->name),
					   "metric", json_from_text(backend->headline_metric)));
	}
	return backends;
}

int summary_json(
	struct results *results, const char *run_path, json_t **ret_summary, struct error *error)
{
	const struct tally tally = results_tally(results);
	struct comparison *comparison;
	json_t *summary;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	summary = json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
		SUMMARY_JSON_SCHEMA, "schema_version", SUMMARY_JSON_VERSION, "run",
		json_of_run(results, &tally, run_path), "host", json_of_host(results), "backends",
		json_of_backends(comparison), "resolution_bytes",
		json_from_double(comparison->resolution_bytes), "points",
		json_of_points(results, comparison), "drift", json_of_drifts(comparison),
		"warnings", json_of_warnings(&tally), "failures", json_of_failures(results));
	comparison_free(comparison);
	if (!summary)
		return error_set_errno(error, ENOMEM, "cannot summarize the run");
	*ret_summary = summary;
	return 0;
}

int summary_json_write(
	struct results *results, int run_fd, const char *run_path, struct error *error)
{
	CLEANUP(cleanup_json) json_t *summary = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	int r = summary_json(results, run_path, &summary, error);

	if (r < 0)
		return r;
	text = json_document(summary);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_SUMMARY_JSON);
	return file_replace(run_fd, RUN_SUMMARY_JSON, text, strlen(text), 0644, error);
}
