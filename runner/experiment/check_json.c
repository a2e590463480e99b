/* `memcg-run check --json`. */

#include "runner/experiment/check.h"

#include "util/json.h"

#include <errno.h>

static json_t *planned_json(const struct plan *plan, size_t index)
{
	const struct planned_trial *trial = plan_trial(plan, index);
	CLEANUP(cleanup_free) char *parameters = plan_parameters_json(plan, trial->point);

	if (!parameters)
		return NULL;
	return json_pack("{s:I, s:o, s:I, s:s, s:I, s:b, s:o}", "trial", (json_int_t)trial->number,
		"task_name", json_from_text(trial->task->name), "point", (json_int_t)trial->point,
		"backend", trial->backend->name, "repetition", (json_int_t)trial->repetition,
		"warmup", trial->warmup, "parameters", json_loads(parameters, 0, NULL));
}

static json_t *order_json(const struct plan *plan)
{
	json_t *order = json_array();

	for (size_t i = 0; i < plan_size(plan); i++)
		json_append(&order, planned_json(plan, i));
	return order;
}

/* A named task's line is its name (experiment_task_line). */
static json_t *tasks_json(const struct experiment *experiment)
{
	json_t *tasks = json_array();

	for (size_t i = 0; i < experiment->n_tasks; i++) {
		CLEANUP(cleanup_free) char *line = experiment_task_line(&experiment->tasks[i]);

		json_append(&tasks, line ? json_from_text(line) : NULL);
	}
	return tasks;
}

static json_t *backend_names_json(const struct experiment *experiment)
{
	json_t *names = json_array();

	for (size_t i = 0; i < experiment->n_backends; i++)
		json_append(&names, json_string(experiment->backends[i]->name));
	return names;
}

static json_t *amount_json(const struct amount *amount)
{
	return amount->kind == AMOUNT_NUMBER ? json_integer((json_int_t)amount->number)
					     : json_null();
}

static json_t *check_limits_json(const struct limits *limits)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "memory_max_bytes",
		amount_json(&limits->memory_max_bytes), "memory_high_bytes",
		amount_json(&limits->memory_high_bytes), "swap_max_bytes",
		amount_json(&limits->swap_max_bytes), "pids_max", amount_json(&limits->pids_max),
		"cpu_quota_us", amount_json(&limits->cpu_quota_us));
}

int check_json(const struct experiment *experiment, const struct plan *plan, json_t **ret_json,
	struct error *error)
{
	json_t *json = json_pack(
		"{s:s, s:i, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:o, s:o, s:o}",
		"schema", CHECK_JSON_SCHEMA, "schema_version", CHECK_JSON_VERSION, "name",
		json_from_text(experiment->name), "tasks", tasks_json(experiment), "backends",
		backend_names_json(experiment), "points", (json_int_t)plan_n_points(plan),
		"repetitions", (json_int_t)experiment->trials.repetitions, "warmups",
		(json_int_t)experiment->trials.warmups, "trials", (json_int_t)plan_size(plan),
		"seed", (json_int_t)experiment->trials.seed, "quick", experiment->trials.quick,
		"timeout_ns", (json_int_t)experiment->trials.timeout_ns, "limits",
		check_limits_json(&experiment->limits), "limit",
		experiment->has_limit ? limit_settings_json(&experiment->limit) : json_null(),
		"order", order_json(plan));

	if (!json)
		return error_set_errno(error, ENOMEM, "cannot print the plan");
	*ret_json = json;
	return 0;
}
