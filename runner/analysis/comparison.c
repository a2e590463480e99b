#include "runner/analysis/comparison.h"

#include "runner/analysis/parameters.h"
#include "runner/store/layout.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int comparison_collect_points(struct comparison *comparison, struct results *results);
static int comparison_collect_backends(struct comparison *comparison, struct results *results);
static int collect_trials(struct comparison *comparison, const struct results *results);
static size_t find_point(const struct comparison *comparison, const struct summary_row *row);
static size_t find_backend(const struct comparison *comparison, const char *name);
static void finish_cell(struct comparison_cell *cell);

/* MEMCG_CHARGE_BATCH, include/linux/memcontrol.h: 64 since Linux 6.1, and 32 before. */
#define CHARGED_PAGES 64

static double number_attribute(struct results *results, const char *name, double otherwise)
{
	const char *text = results_attribute(results, name);
	uint64_t number;

	return text && parse_u64(text, &number) == 0 && number > 0 ? (double)number : otherwise;
}

static void take_resolution(struct comparison *comparison, struct results *results)
{
	comparison->charge_batch_bytes =
		CHARGED_PAGES * number_attribute(results, LAYOUT_ATTRIBUTE_PAGE_BYTES, 4096.0);
	comparison->resolution_bytes = comparison->charge_batch_bytes *
				       number_attribute(results, LAYOUT_ATTRIBUTE_CPUS, 1.0);
}

int comparison_new(struct results *results, struct comparison **ret_comparison, struct error *error)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));
	int r = comparison ? 0 : -ENOMEM;

	if (r == 0)
		r = comparison_collect_points(comparison, results);
	if (r == 0)
		r = comparison_collect_backends(comparison, results);
	if (r == 0)
		r = collect_trials(comparison, results);
	if (r == 0)
		take_resolution(comparison, results);
	if (r < 0) {
		comparison_free(comparison);
		return error_set_errno(error, -r, "cannot sort the results");
	}
	for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
		finish_cell(&comparison->cells[i]);
	*ret_comparison = comparison;
	return 0;
}

void comparison_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	if (comparison->cells)
		for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
			free(comparison->cells[i].trials);
	for (size_t i = 0; i < comparison->n_points; i++)
		free(comparison->points[i].label);
	free(comparison->cells);
	free(comparison->points);
	free(comparison->backends);
	free(comparison);
}

const struct comparison_cell *comparison_cell(
	const struct comparison *comparison, size_t point, size_t backend)
{
	return &comparison->cells[point * comparison->n_backends + backend];
}

size_t comparison_none(const struct comparison *comparison)
{
	return find_backend(comparison, "none");
}

int comparison_statistics(const struct comparison_cell *cell, enum comparison_field field,
	struct statistics *ret_statistics)
{
	CLEANUP(cleanup_free) double *values = calloc(cell->n_trials + 1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < cell->n_trials; i++)
		values[i] = cell->trials[i].value[field];
	return statistics_of(values, cell->n_trials, ret_statistics);
}

bool comparison_is_small(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
		if (comparison->cells[i].n_ok >= COMPARISON_ENOUGH_TRIALS)
			return false;
	return true;
}

bool comparison_has(const struct comparison_cell *cell, enum comparison_field field)
{
	for (size_t i = 0; i < cell->n_trials; i++)
		if (!isnan(cell->trials[i].value[field]))
			return true;
	return false;
}

int comparison_ratio_of(const struct comparison_cell *cell, const struct comparison_cell *other,
	enum comparison_field field, struct statistics *ret_statistics)
{
	CLEANUP(cleanup_free) double *values = calloc(cell->n_trials + 1, sizeof(*values));
	CLEANUP(cleanup_free) double *others = calloc(cell->n_trials + 1, sizeof(*others));

	if (!values || !others)
		return -ENOMEM;
	for (size_t i = 0; i < cell->n_trials; i++) {
		values[i] = cell->trials[i].value[field];
		others[i] = NAN;
		for (size_t j = 0; j < other->n_trials; j++)
			if (other->trials[j].repetition == cell->trials[i].repetition)
				others[i] = other->trials[j].value[field];
	}
	return statistics_of_ratio(values, others, cell->n_trials, ret_statistics);
}

int comparison_ratio(const struct comparison *comparison, size_t point, size_t backend,
	struct statistics *ret_statistics)
{
	static const struct comparison_cell no_trials;
	const size_t none = comparison_none(comparison);

	return comparison_ratio_of(comparison_cell(comparison, point, backend),
		none < comparison->n_backends ? comparison_cell(comparison, point, none)
					      : &no_trials,
		COMPARISON_WALL_NS, ret_statistics);
}

double comparison_maximum(
	const struct comparison *comparison, size_t point, enum comparison_field field)
{
	double maximum = NAN;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		for (size_t j = 0; j < cell->n_trials; j++)
			maximum = fmax(maximum, cell->trials[j].value[field]);
	}
	return maximum;
}

size_t comparison_largest_point(const struct comparison *comparison)
{
	size_t largest = 0;
	double largest_bytes = -1.0;

	for (size_t i = 0; i < comparison->n_points; i++) {
		double bytes = comparison_maximum(comparison, i, COMPARISON_REFERENCE_PEAK);

		if (bytes > largest_bytes) {
			largest = i;
			largest_bytes = bytes;
		}
	}
	return largest;
}

/*
 * Number of a cell's ok trials with a lower reference peak, or the same one and a lower repetition.
 */
static size_t rank_of(const struct comparison_cell *cell, const struct comparison_trial *trial)
{
	double peak = trial->value[COMPARISON_REFERENCE_PEAK];
	size_t rank = 0;

	for (size_t i = 0; i < cell->n_trials; i++) {
		const struct comparison_trial *other = &cell->trials[i];
		double other_peak = other->value[COMPARISON_REFERENCE_PEAK];

		if (other->ok && (other_peak < peak || (other_peak == peak && other < trial)))
			rank++;
	}
	return rank;
}

const struct comparison_trial *comparison_typical_trial(const struct comparison_cell *cell)
{
	const struct comparison_trial *first_ok = NULL;
	size_t n_with_peak = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		if (cell->trials[i].ok && !isnan(cell->trials[i].value[COMPARISON_REFERENCE_PEAK]))
			n_with_peak++;
	for (size_t i = 0; i < cell->n_trials; i++) {
		const struct comparison_trial *trial = &cell->trials[i];

		if (!trial->ok)
			continue;
		if (!first_ok)
			first_ok = trial;
		if (!isnan(trial->value[COMPARISON_REFERENCE_PEAK]) &&
			rank_of(cell, trial) == (n_with_peak - 1) / 2)
			return trial;
	}
	return first_ok;
}

static size_t rank_of_killed(
	const struct comparison_cell *cell, const struct comparison_trial *trial)
{
	size_t rank = 0;

	for (size_t i = 0; i < cell->n_trials; i++) {
		const struct comparison_trial *other = &cell->trials[i];

		rank += other->killed &&
			(other->reached_peak < trial->reached_peak ||
				(other->reached_peak == trial->reached_peak && other < trial));
	}
	return rank;
}

const struct comparison_trial *comparison_shown_trial(const struct comparison_cell *cell)
{
	size_t n_killed = 0;

	if (cell->n_ok > 0)
		return comparison_typical_trial(cell);
	for (size_t i = 0; i < cell->n_trials; i++)
		n_killed += cell->trials[i].killed && !isnan(cell->trials[i].reached_peak);
	for (size_t i = 0; i < cell->n_trials; i++) {
		const struct comparison_trial *trial = &cell->trials[i];

		if (trial->killed && !isnan(trial->reached_peak) &&
			rank_of_killed(cell, trial) == (n_killed - 1) / 2)
			return trial;
	}
	return NULL;
}

/* ---- points */

struct point_places {
	json_t *tasks; /* only of named tasks */
	json_t *parameters;
};

static int compare_comparison_points(const void *left, const void *right, void *context)
{
	const struct point_places *places = context;
	const struct comparison_point *a = left;
	const struct comparison_point *b = right;
	const json_t *a_place = json_object_get(places->tasks, a->task);
	const json_t *b_place = json_object_get(places->tasks, b->task);
	int order = a_place && b_place
			    ? (int)(json_integer_value(a_place) - json_integer_value(b_place))
			    : strcmp(a->task, b->task);

	return order ? order : parameters_compare(a->parameters, b->parameters, places->parameters);
}

/* "size_mib=64", and of a named task "before size_mib=64". NULL on ENOMEM. */
static char *comparison_label(const struct comparison_point *point)
{
	CLEANUP(cleanup_free) char *values = parameters_label(point->parameters);

	if (!values || !point->named)
		return TAKE_PTR(values);
	return string_format("%s%s%s", point->task, *values ? " " : "", values);
}

static int finish_points(struct comparison *comparison, struct results *results)
{
	const char *experiment = results_attribute(results, LAYOUT_ATTRIBUTE_EXPERIMENT);
	struct point_places places = {
		.tasks = parameters_task_places(experiment ? experiment : ""),
		.parameters = parameters_places(experiment ? experiment : ""),
	};
	int r = 0;

	if (comparison->n_points > 1)
		qsort_r(comparison->points, comparison->n_points, sizeof(*comparison->points),
			compare_comparison_points, &places);
	for (size_t i = 0; i < comparison->n_points && r == 0; i++) {
		struct comparison_point *point = &comparison->points[i];

		point->named = json_object_get(places.tasks, point->task) != NULL;
		point->label = comparison_label(point);
		r = point->label ? 0 : -ENOMEM;
	}
	json_decref(places.tasks);
	json_decref(places.parameters);
	return r;
}

static int comparison_collect_points(struct comparison *comparison, struct results *results)
{
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		if (row->warmup || find_point(comparison, row) < comparison->n_points)
			continue;
		if (!ARRAY_GROW(comparison->points, comparison->n_points))
			return -ENOMEM;
		comparison->points[comparison->n_points++] =
			(struct comparison_point){.task = row->task, .parameters = row->parameters};
	}
	return finish_points(comparison, results);
}

static size_t find_point(const struct comparison *comparison, const struct summary_row *row)
{
	size_t i;

	for (i = 0; i < comparison->n_points; i++)
		if (strcmp(comparison->points[i].parameters, row->parameters) == 0 &&
			strcmp(comparison->points[i].task, row->task) == 0)
			break;
	return i;
}

/* ---- backends */

/* Backends unknown to this version come last. */
static size_t documented_place(const char *name)
{
	size_t place;

	for (place = 0; backend_all()[place]; place++)
		if (strcmp(backend_all()[place]->name, name) == 0)
			break;
	return place;
}

static int compare_backends(const void *left, const void *right)
{
	const struct comparison_backend *a = left;
	const struct comparison_backend *b = right;
	size_t a_place = documented_place(a->name);
	size_t b_place = documented_place(b->name);

	if (a_place != b_place)
		return a_place < b_place ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* For a user-defined backend the file has it. */
static const char *backend_headline(struct results *results, const char *name)
{
	const struct backend *backend = backend_find(name);
	char attribute[LAYOUT_HEADLINE_SIZE];

	if (backend)
		return backend->headline_metric;
	snprintf(attribute, sizeof(attribute), LAYOUT_HEADLINE, name);
	return results_attribute(results, attribute);
}

static int comparison_collect_backends(struct comparison *comparison, struct results *results)
{
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);
		struct comparison_backend *backend;

		if (row->warmup || find_backend(comparison, row->backend) < comparison->n_backends)
			continue;
		if (!ARRAY_GROW(comparison->backends, comparison->n_backends))
			return -ENOMEM;
		backend = &comparison->backends[comparison->n_backends++];
		backend->name = row->backend;
		backend->headline_metric = backend_headline(results, row->backend);
	}
	if (comparison->n_backends > 1)
		qsort(comparison->backends, comparison->n_backends, sizeof(*comparison->backends),
			compare_backends);
	return 0;
}

static size_t find_backend(const struct comparison *comparison, const char *name)
{
	size_t i;

	for (i = 0; i < comparison->n_backends; i++)
		if (strcmp(comparison->backends[i].name, name) == 0)
			break;
	return i;
}

/* ---- trials */

/* From the end: the rows of a trial are adjacent. */
static struct comparison_trial *find_trial(struct comparison_cell *cell, uint64_t number)
{
	for (size_t i = cell->n_trials; i > 0; i--)
		if (cell->trials[i - 1].number == number)
			return &cell->trials[i - 1];
	return NULL;
}

static struct comparison_trial *cell_add_trial(
	struct comparison_cell *cell, const struct summary_row *row)
{
	struct comparison_trial *trial;

	if (!ARRAY_GROW(cell->trials, cell->n_trials))
		return NULL;
	trial = &cell->trials[cell->n_trials++];
	trial->number = row->trial;
	trial->repetition = row->repetition;
	trial->status = row->status;
	trial->ok = summary_row_is_ok(row);
	trial->suspect = row->suspect;
	trial->killed = strcmp(row->status, trial_status_name(TRIAL_OOM)) == 0;
	trial->reached_initial = trial->reached_peak = NAN;
	for (size_t i = 0; i < SUMMARY_N_ACCOUNT; i++)
		trial->account[i] = NAN;
	for (size_t i = 0; i < COMPARISON_N_FIELDS; i++)
		trial->value[i] = NAN;
	return trial;
}

static void trial_take_row(
	struct comparison_trial *trial, const struct summary_row *row, const char *headline_metric)
{
	if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0) {
		trial->reached_initial = row->initial_bytes;
		trial->reached_peak = row->peak_bytes;
		memcpy(trial->account, row->account, sizeof(trial->account));
	}
	if (!trial->ok)
		return;
	trial->value[COMPARISON_WALL_NS] = (double)row->wall_ns;
	trial->value[COMPARISON_CPU_NS] = row->account[ACCOUNT_CPU_NS];
	trial->value[COMPARISON_MAXRSS] = row->account[ACCOUNT_MAXRSS];
	if (!isnan(row->truth_peak_bytes))
		trial->value[COMPARISON_TRUTH_PEAK] = row->truth_peak_bytes;
	if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0) {
		trial->value[COMPARISON_REFERENCE_INITIAL] = row->initial_bytes;
		trial->value[COMPARISON_REFERENCE_PEAK] = row->peak_bytes;
		trial->value[COMPARISON_REFERENCE_FINAL] = row->final_bytes;
	}
	if (strcmp(row->metric, LAYOUT_ORACLE_USER_METRIC) == 0) {
		trial->value[COMPARISON_ORACLE_INITIAL] = row->initial_bytes;
		trial->value[COMPARISON_ORACLE_LARGEST] = row->peak_bytes;
		trial->value[COMPARISON_ORACLE_FINAL] = row->final_bytes;
	}
	if (headline_metric && strcmp(row->metric, headline_metric) == 0) {
		trial->value[COMPARISON_INITIAL] = row->initial_bytes;
		trial->value[COMPARISON_PEAK] = row->peak_bytes;
		trial->value[COMPARISON_FINAL] = row->final_bytes;
	}
}

/* A point or backend that has warm-ups alone has no cell. */
static void take_warmup(struct comparison *comparison, const struct summary_row *row)
{
	size_t point = find_point(comparison, row);
	size_t backend = find_backend(comparison, row->backend);

	if (row->repetition == 1 && summary_row_is_ok(row) && point < comparison->n_points &&
		backend < comparison->n_backends &&
		strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0)
		comparison->cells[point * comparison->n_backends + backend].warmup_peak_bytes =
			row->peak_bytes;
}

static int collect_trials(struct comparison *comparison, const struct results *results)
{
	comparison->cells = calloc(
		comparison->n_points * comparison->n_backends + 1, sizeof(*comparison->cells));
	if (!comparison->cells)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
		comparison->cells[i].warmup_peak_bytes = NAN;
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);
		struct comparison_cell *cell;
		struct comparison_trial *trial;
		size_t backend;

		if (row->warmup) {
			take_warmup(comparison, row);
			continue;
		}
		backend = find_backend(comparison, row->backend);
		cell = &comparison->cells[find_point(comparison, row) * comparison->n_backends +
					  backend];
		trial = find_trial(cell, row->trial);
		if (!trial)
			trial = cell_add_trial(cell, row);
		if (!trial)
			return -ENOMEM;
		trial_take_row(trial, row, comparison->backends[backend].headline_metric);
	}
	return 0;
}

static int compare_trials(const void *left, const void *right)
{
	const struct comparison_trial *a = left;
	const struct comparison_trial *b = right;

	if (a->repetition != b->repetition)
		return a->repetition < b->repetition ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static double relative_error(double initial, double peak, double truth)
{
	return truth > 0.0 ? (peak - initial - truth) / truth : NAN;
}

static void finish_cell(struct comparison_cell *cell)
{
	if (cell->n_trials > 1)
		qsort(cell->trials, cell->n_trials, sizeof(*cell->trials), compare_trials);
	for (size_t i = 0; i < cell->n_trials; i++) {
		double *value = cell->trials[i].value;

		cell->n_ok += cell->trials[i].ok;
		value[COMPARISON_ERROR] = relative_error(value[COMPARISON_INITIAL],
			value[COMPARISON_PEAK], value[COMPARISON_TRUTH_PEAK]);
		value[COMPARISON_REFERENCE_ERROR] =
			relative_error(value[COMPARISON_REFERENCE_INITIAL],
				value[COMPARISON_REFERENCE_PEAK], value[COMPARISON_TRUTH_PEAK]);
	}
}
