#include "runner/compare/compare_run.h"

#include "runner/analysis/comparison.h"
#include "runner/analysis/parameters.h"
#include "runner/report/facts.h"
#include "runner/store/layout.h"
#include "runner/trial/description.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/json.h"
#include "util/parse.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *const compare_metric_names[] = {
	[COMPARE_PEAK] = "peak",
	[COMPARE_UNRECLAIMABLE] = "unreclaimable",
	[COMPARE_WALL] = "wall",
};

const char *compare_metric_name(enum compare_metric metric)
{
	return compare_metric_names[metric];
}

bool compare_metric_find(const char *name, enum compare_metric *ret_metric)
{
	for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS; metric++)
		if (strcmp(compare_metric_names[metric], name) == 0) {
			*ret_metric = metric;
			return true;
		}
	return false;
}

/* Text of a file, which need not be UTF-8. */
static json_t *json_of_text(const char *text)
{
	json_t *json = json_string(text);
	CLEANUP(cleanup_free) char *safe = json ? NULL : string_format("%s", text);

	if (!safe)
		return json;
	text_blank_controls(safe);
	return json_string(safe);
}

/* ---- facts */

/* Takes over the value; NULL: unknown, and not a fact. */
static void add_fact(json_t **facts, const char *name, char *value)
{
	if (value && *value)
		json_append(facts, json_pack("[s, o]", name, json_of_text(value)));
	free(value);
}

/* Attributes of the root, joined by blanks. */
static char *root_fact(struct results *results, const char *first, const char *second)
{
	const char *a = results_attribute(results, first);
	const char *b = second ? results_attribute(results, second) : NULL;

	return string_format("%s%s%s", a ? a : "", b && *b ? " " : "", b ? b : "");
}

/* Rounded: two machines of a kind differ by some pages. */
static char *memory_fact(struct results *results)
{
	const char *text = results_attribute(results, LAYOUT_ATTRIBUTE_MEMORY_BYTES);
	uint64_t bytes;

	return text && parse_u64(text, &bytes) == 0 ? string_format("%s", format_bytes(bytes).text)
						    : NULL;
}

/* All trials of a run have the same limits: the first one's. */
static void add_limit_facts(struct results *results, json_t **facts)
{
	char attribute[LAYOUT_LIMIT_SIZE];
	uint64_t trial;

	if (results_n_rows(results) == 0)
		return;
	trial = results_row(results, 0)->trial;
	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		snprintf(attribute, sizeof(attribute), LAYOUT_LIMIT, description_amount_name(i));
		add_fact(
			facts, attribute, results_trial_attribute(results, trial, NULL, attribute));
	}
	add_fact(facts, "task's CPUs",
		results_trial_attribute(results, trial, NULL, LAYOUT_ATTRIBUTE_TASK_CPUS));
}

static json_t *run_facts_json(struct results *results)
{
	json_t *facts = json_array();

	add_fact(&facts, "CPU model", root_fact(results, LAYOUT_ATTRIBUTE_CPU_MODEL, NULL));
	add_fact(&facts, "machine's CPUs", root_fact(results, LAYOUT_ATTRIBUTE_CPUS, NULL));
	add_fact(&facts, "machine's memory", memory_fact(results));
	add_fact(&facts, "kernel", root_fact(results, LAYOUT_ATTRIBUTE_KERNEL, NULL));
	add_fact(&facts, "page size", root_fact(results, LAYOUT_ATTRIBUTE_PAGE_BYTES, NULL));
	add_fact(&facts, "cgroup version", root_fact(results, LAYOUT_ATTRIBUTE_HIERARCHY, NULL));
	add_fact(&facts, "runtime",
		root_fact(results, LAYOUT_ATTRIBUTE_RUNTIME, LAYOUT_ATTRIBUTE_RUNTIME_VERSION));
	add_fact(&facts, "image", root_fact(results, LAYOUT_ATTRIBUTE_IMAGE, "image_digest"));
	add_limit_facts(results, &facts);
	return facts;
}

/* ---- trials */

static json_t *number_or_null(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

static double unreclaimable_bytes(const struct comparison_trial *trial)
{
	return trial->account[ACCOUNT_PEAK_ANON] + trial->account[ACCOUNT_PEAK_SHMEM] +
	       trial->account[ACCOUNT_PEAK_KERNEL];
}

static bool is_sampled(struct results *results, uint64_t trial)
{
	CLEANUP(cleanup_free)
	char *exact = results_trial_attribute(
		results, trial, LAYOUT_REFERENCE, LAYOUT_ATTRIBUTE_PEAK_EXACT);

	return exact && strcmp(exact, "FALSE") == 0;
}

static json_t *trial_json(struct results *results, const struct comparison_trial *trial)
{
	const double peak = trial->value[COMPARISON_REFERENCE_PEAK];

	return json_pack("[I, b, b, b, o, o, o, o]", (json_int_t)trial->repetition, trial->ok,
		trial->account[ACCOUNT_LIMIT_MET] > 0.0, is_sampled(results, trial->number),
		number_or_null(peak), number_or_null(trial->ok ? unreclaimable_bytes(trial) : NAN),
		number_or_null(trial->value[COMPARISON_WALL_NS]),
		number_or_null(fmax(0.0, peak - trial->account[ACCOUNT_COMPOSED])));
}

/* What the CPUs of the task are charged for in advance; those of the machine, if the task's are unknown. */
static double charged_bytes_of(
	const struct comparison *comparison, const struct comparison_cell *cell)
{
	double most = 0.0;

	for (size_t i = 0; i < cell->n_trials; i++)
		most = fmax(most, cell->trials[i].account[ACCOUNT_TASK_N_CPUS]);
	return most > 0.0 ? most * comparison->charge_batch_bytes : comparison->resolution_bytes;
}

static json_t *cell_to_json(
	struct results *results, const struct comparison *comparison, size_t point, size_t backend)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	json_t *trials = json_array();

	for (size_t i = 0; i < cell->n_trials; i++)
		json_append(&trials, trial_json(results, &cell->trials[i]));
	return json_pack("{s:o, s:o, s:o, s:f, s:o}", "task",
		json_of_text(comparison->points[point].task), "parameters",
		json_of_text(comparison->points[point].parameters), "backend",
		json_of_text(comparison->backends[backend].name), "charged_bytes",
		charged_bytes_of(comparison, cell), "trials", trials);
}

static json_t *cells_to_json(struct results *results, const struct comparison *comparison)
{
	json_t *cells = json_array();

	for (size_t i = 0; i < comparison->n_points; i++)
		for (size_t j = 0; j < comparison->n_backends; j++)
			if (comparison_cell(comparison, i, j)->n_trials > 0)
				json_append(&cells, cell_to_json(results, comparison, i, j));
	return cells;
}

int compare_run_write(struct results *results, const char *run_path, char *text, size_t size,
	size_t *ret_length, struct error *error)
{
	const char *created = results_attribute(results, LAYOUT_ATTRIBUTE_CREATED);
	CLEANUP(cleanup_free) char *name = facts_name(results, run_path);
	CLEANUP(cleanup_json) json_t *run = NULL;
	struct comparison *comparison;
	size_t length;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	run = json_pack("{s:o, s:o, s:o, s:o}", "name", json_of_text(name ? name : ""), "created",
		json_of_text(created ? created : ""), "facts", run_facts_json(results), "cells",
		cells_to_json(results, comparison));
	comparison_free(comparison);
	length = run ? json_dumpb(run, text, size, JSON_COMPACT | JSON_REAL_PRECISION(17)) : 0;
	if (length == 0)
		return error_set_errno(error, ENOMEM, "cannot read the trials of %s", run_path);
	if (length > size)
		return error_set(error, EFBIG, "%s has too many trials to compare", run_path);
	*ret_length = length;
	return 0;
}

/* ---- the other way */

static int refuse_run_text(const char *run_path, struct error *error)
{
	return error_set(error, EBADMSG, "what was read of %s is malformed", run_path);
}

static bool copy_member(const json_t *object, const char *name, char **ret_text)
{
	const char *text = json_string_value(json_object_get(object, name));

	*ret_text = text ? string_format("%s", text) : NULL;
	return *ret_text != NULL;
}

static bool parse_facts(const json_t *facts, struct compare_run *run)
{
	run->facts = calloc(json_array_size(facts) + 1, sizeof(*run->facts));
	for (size_t i = 0; run->facts && i < json_array_size(facts); i++) {
		const json_t *fact = json_array_get(facts, i);
		const char *name = json_string_value(json_array_get(fact, 0));
		const char *value = json_string_value(json_array_get(fact, 1));

		if (!name || !value)
			return false;
		run->facts[i].name = string_format("%s", name);
		run->facts[i].value = string_format("%s", value);
		run->n_facts++;
		if (!run->facts[i].name || !run->facts[i].value)
			return false;
		text_blank_controls(run->facts[i].name);
		text_blank_controls(run->facts[i].value);
	}
	return run->facts && json_is_array(facts);
}

/* A number that is not negative, or null. */
static double number_at(const json_t *array, size_t index)
{
	const json_t *value = json_array_get(array, index);
	const double number = json_number_value(value);

	return json_is_number(value) && number >= 0.0 && isfinite(number) ? number : NAN;
}

static bool parse_compare_trial(const json_t *json, struct compare_trial *trial)
{
	if (json_array_size(json) != 8 || !json_is_integer(json_array_get(json, 0)) ||
		json_integer_value(json_array_get(json, 0)) < 0)
		return false;
	trial->repetition = (uint64_t)json_integer_value(json_array_get(json, 0));
	trial->ok = json_is_true(json_array_get(json, 1));
	trial->limited = json_is_true(json_array_get(json, 2));
	trial->sampled = json_is_true(json_array_get(json, 3));
	for (size_t metric = 0; metric < COMPARE_N_METRICS; metric++)
		trial->value[metric] = trial->ok ? number_at(json, 4 + metric) : NAN;
	trial->unread_bytes = number_at(json, 7);
	return true;
}

static bool parse_cell(const json_t *json, struct compare_cell *cell)
{
	const char *parameters = json_string_value(json_object_get(json, "parameters"));
	const json_t *trials = json_object_get(json, "trials");

	cell->charged_bytes = json_number_value(json_object_get(json, "charged_bytes"));
	if (!copy_member(json, "task", &cell->task) ||
		!copy_member(json, "backend", &cell->backend) || !parameters ||
		!(cell->charged_bytes >= 0.0 && isfinite(cell->charged_bytes)))
		return false;
	cell->parameters = json_loads(parameters, JSON_REJECT_DUPLICATES, NULL);
	cell->label = parameters_label(parameters);
	cell->trials = calloc(json_array_size(trials) + 1, sizeof(*cell->trials));
	if (!json_is_object(cell->parameters) || !cell->label || !cell->trials)
		return false;
	text_blank_controls(cell->backend);
	for (size_t i = 0; i < json_array_size(trials); i++)
		if (!parse_compare_trial(
			    json_array_get(trials, i), &cell->trials[cell->n_trials++]))
			return false;
	return json_is_array(trials);
}

static bool parse_cells(const json_t *cells, struct compare_run *run)
{
	run->cells = calloc(json_array_size(cells) + 1, sizeof(*run->cells));
	for (size_t i = 0; run->cells && i < json_array_size(cells); i++)
		if (!parse_cell(json_array_get(cells, i), &run->cells[run->n_cells++]))
			return false;
	return run->cells && json_is_array(cells);
}

int compare_run_parse(const char *text, size_t length, const char *run_path,
	struct compare_run **ret_run, struct error *error)
{
	CLEANUP(cleanup_json) json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	struct compare_run *run = calloc(1, sizeof(*run));

	if (!run || !(run->path = string_format("%s", run_path)) ||
		!copy_member(json, "name", &run->name) ||
		!copy_member(json, "created", &run->created) ||
		!parse_facts(json_object_get(json, "facts"), run) ||
		!parse_cells(json_object_get(json, "cells"), run)) {
		compare_run_free(run);
		return refuse_run_text(run_path, error);
	}
	text_blank_controls(run->path);
	text_blank_controls(run->name);
	text_blank_controls(run->created);
	*ret_run = run;
	return 0;
}

void compare_run_free(struct compare_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->n_facts; i++) {
		free(run->facts[i].name);
		free(run->facts[i].value);
	}
	for (size_t i = 0; i < run->n_cells; i++) {
		free(run->cells[i].task);
		json_decref(run->cells[i].parameters);
		free(run->cells[i].label);
		free(run->cells[i].backend);
		free(run->cells[i].trials);
	}
	free(run->facts);
	free(run->cells);
	free(run->path);
	free(run->name);
	free(run->created);
	free(run);
}
