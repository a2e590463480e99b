#include "runner/fit/fit_series.h"

#include "runner/analysis/parameters.h"
#include "runner/fit/size_expression.h"
#include "runner/store/layout.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

static int choose_size(const struct results *results, char **ret_x, struct error *error);
static int choose_backend(const struct results *results, struct fit *fit, struct error *error);
static int fit_add_rows(struct fit *fit, const struct size_expression *expression,
	const struct results *results, struct error *error);
static int fit_add_limits(struct fit *fit, const struct size_expression *expression,
	const struct limit_answer *limits, struct error *error);
static void finish_series(struct fit_series *series);

int fit_collect(const struct results *results, const struct fit_options *options, struct fit *fit,
	struct error *error)
{
	struct size_expression *expression = NULL;
	int r;

	fit->limits = options->limits != NULL;
	fit->metric = options->metric && !fit->limits ? options->metric : LAYOUT_REFERENCE_METRIC;
	r = choose_backend(results, fit, error);
	if (fit->limits)
		fit->metric = FIT_METRIC_LIMIT;
	if (r == 0 && options->x) {
		fit->x = string_format("%s", options->x);
		r = fit->x ? 0 : error_set_errno(error, ENOMEM, "cannot fit");
	} else if (r == 0) {
		r = choose_size(results, &fit->x, error);
	}
	if (r == 0)
		r = size_expression_parse(fit->x, &expression, error);
	if (r == 0)
		r = fit->limits ? fit_add_limits(fit, expression, options->limits, error)
				: fit_add_rows(fit, expression, results, error);
	size_expression_free(expression);
	for (size_t i = 0; i < fit->n_series && r == 0; i++)
		finish_series(&fit->series[i]);
	return r;
}

/* ---- whose trials */

/* "psutil.rss_bytes, reference.current_bytes": each once. NULL on ENOMEM. */
static char *metric_names(const struct results *results)
{
	char *names = strdup("");

	for (size_t i = 0; i < results_n_rows(results) && names; i++) {
		const char *metric = results_row(results, i)->metric;
		bool known = false;

		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(results_row(results, j)->metric, metric) == 0;
		if (!known)
			names = string_append(names, ", ", "%s", metric);
	}
	return names;
}

static int choose_backend(const struct results *results, struct fit *fit, struct error *error)
{
	const char *first = NULL;
	bool none = false;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		if (row->warmup)
			continue;
		if (strcmp(row->backend, results_row(results, 0)->backend) != 0)
			fit->other_backends = true;
		if (strcmp(row->metric, fit->metric) != 0)
			continue;
		none = none || strcmp(row->backend, "none") == 0;
		if (!first || (none && strcmp(row->backend, "none") == 0))
			first = row->backend;
	}
	fit->backend = first;
	if (first)
		return 0;
	CLEANUP(cleanup_free) char *names = metric_names(results);

	if (!names || !names[0])
		return error_set(error, ENODATA, "the run has no trial to fit");
	return error_set(error, EINVAL, "no trial has the metric %s; those of this run are: %s",
		fit->metric, names);
}

/* ---- the size */

/* Compares the parameters of all trials with those of the first. */
struct variation {
	json_t *first;
	json_t *numeric; /* an object whose keys are the numeric parameters that vary */
	bool varies;
};

static void note_variation(struct variation *variation, const json_t *parameters)
{
	const char *name;
	json_t *value;

	json_object_foreach(variation->first, name, value)
	{
		const json_t *other = json_object_get(parameters, name);
		double ignored;

		if (!other || json_equal(value, other))
			continue;
		variation->varies = true;
		if (size_value(value, &ignored) == 0 && size_value(other, &ignored) == 0)
			json_object_set_new(variation->numeric, name, json_true());
	}
}

/* The keys of an object, joined with a separator. NULL on ENOMEM. */
static char *join_keys(json_t *object, const char *between)
{
	char *joined = strdup("");
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		joined = string_append(joined, between, "%s", name);
	}
	return joined;
}

static int size_of_variation(const struct variation *variation, char **ret_x, struct error *error)
{
	size_t n_numeric = json_object_size(variation->numeric);
	CLEANUP(cleanup_free) char *x = join_keys(variation->numeric, "*");
	CLEANUP(cleanup_free) char *names = join_keys(variation->numeric, ", ");

	if (!x || !names)
		return error_set_errno(error, ENOMEM, "cannot fit");
	if (n_numeric == 0)
		return error_set(error, EINVAL,
			"%s: a fit needs one parameter with several sizes, such as size_mib = [64, "
			"128, 256]",
			variation->varies ? "no parameter that varies is a number"
					  : "no parameter varies in this run");
	if (n_numeric > 1)
		return error_set(error, EINVAL,
			"several parameters vary (%s): choose the size, for example --x %s or --x "
			"'%s'",
			names, json_object_iter_key(json_object_iter(variation->numeric)), x);
	*ret_x = TAKE_PTR(x);
	return 0;
}

static int choose_size(const struct results *results, char **ret_x, struct error *error)
{
	struct variation variation = {.numeric = json_object()};
	int r;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);
		json_t *parameters;

		if (i > 0 && strcmp(row->parameters, results_row(results, i - 1)->parameters) == 0)
			continue;
		parameters = json_loads(row->parameters, 0, NULL);
		if (!variation.first)
			variation.first = json_incref(parameters);
		note_variation(&variation, parameters);
		json_decref(parameters);
	}
	r = size_of_variation(&variation, ret_x, error);
	json_decref(variation.first);
	json_decref(variation.numeric);
	return r;
}

/* ---- trials */

static struct fit_series *fit_find_series(
	struct fit *fit, const char *task, const char *parameters, struct error *error)
{
	struct fit_series *series;

	for (size_t i = 0; i < fit->n_series; i++)
		if (strcmp(fit->series[i].task, task) == 0 &&
			strcmp(fit->series[i].parameters, parameters) == 0)
			return &fit->series[i];
	if (ARRAY_GROW(fit->series, fit->n_series)) {
		series = &fit->series[fit->n_series++];
		*series = (struct fit_series){
			.task = string_format("%s", task),
			.parameters = string_format("%s", parameters),
			.label = parameters_label(parameters),
		};
		if (series->task && series->parameters && series->label)
			return series;
	}
	error_set_errno(error, ENOMEM, "cannot fit");
	return NULL;
}

static int series_add_trial(struct fit_series *series, double n, double bytes)
{
	struct model_size *size;
	size_t i = 0;

	while (i < series->n_sizes && series->sizes[i].n != n)
		i++;
	if (i == series->n_sizes) {
		if (!ARRAY_GROW(series->sizes, i))
			return -ENOMEM;
		series->sizes[i] = (struct model_size){.n = n};
		series->n_sizes++;
	}
	size = &series->sizes[i];
	if (!ARRAY_GROW(size->bytes, size->n_trials))
		return -ENOMEM;
	size->bytes[size->n_trials++] = bytes;
	series->n_trials++;
	return 0;
}

/* The parameters outside the size, as text. NULL on ENOMEM. */
static char *rest_of(json_t *parameters, const struct size_expression *expression)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(parameters, next, name, value)
	{
		if (size_expression_uses(expression, name))
			json_object_del(parameters, name);
	}
	return parameters_json(parameters);
}

/* NaN: the trial did not end ok, or nothing was found. */
static int add_value(struct fit *fit, const struct size_expression *expression, const char *task,
	const char *parameters_text, double bytes, struct error *error)
{
	json_t *parameters = json_loads(parameters_text, 0, NULL);
	CLEANUP(cleanup_free) char *rest = NULL;
	struct fit_series *series;
	double n;
	int r = size_expression_value(expression, parameters, &n, error);

	if (r == 0)
		rest = rest_of(parameters, expression);
	json_decref(parameters);
	if (r < 0)
		return error_prefix(error, "--x %s", fit->x);
	if (!rest)
		return error_set_errno(error, ENOMEM, "cannot fit");
	series = fit_find_series(fit, task, rest, error);
	if (!series)
		return -ENOMEM;
	if (isnan(bytes)) {
		series->n_not_ok++;
		return 0;
	}
	if (series_add_trial(series, n, bytes) < 0)
		return error_set_errno(error, ENOMEM, "cannot fit");
	return 0;
}

static int fit_add_rows(struct fit *fit, const struct size_expression *expression,
	const struct results *results, struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < results_n_rows(results) && r == 0; i++) {
		const struct summary_row *row = results_row(results, i);

		if (!row->warmup && strcmp(row->metric, fit->metric) == 0 &&
			strcmp(row->backend, fit->backend) == 0)
			r = add_value(fit, expression, row->task, row->parameters,
				summary_row_is_ok(row) ? row->peak_bytes : NAN, error);
	}
	return r;
}

static int fit_add_limits(struct fit *fit, const struct size_expression *expression,
	const struct limit_answer *limits, struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < limits->n_points && r == 0; i++) {
		const struct limit_answer_point *found = &limits->points[i];
		const double bytes = found->finding.result == LIMIT_FOUND
					     ? (double)found->finding.upper_bytes
					     : NAN;

		r = add_value(fit, expression, found->point->task, found->point->parameters, bytes,
			error);
	}
	return r;
}

static int compare_sizes(const void *left, const void *right)
{
	const struct model_size *a = left;
	const struct model_size *b = right;

	return (a->n > b->n) - (a->n < b->n);
}

static void finish_series(struct fit_series *series)
{
	if (series->n_sizes > 1)
		qsort(series->sizes, series->n_sizes, sizeof(*series->sizes), compare_sizes);
	for (size_t i = 0; i < series->n_sizes; i++) {
		struct model_size *size = &series->sizes[i];

		gsl_sort(size->bytes, 1, size->n_trials);
		size->median_bytes =
			gsl_stats_median_from_sorted_data(size->bytes, 1, size->n_trials);
	}
}
