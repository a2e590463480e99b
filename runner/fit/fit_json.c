/* A fit for programs: docs/fit.md describes the keys. */

#include "runner/fit/fit_words.h"
#include "util/json.h"

static json_t *json_of_interval(struct interval interval)
{
	return json_pack("{s:o, s:o}", "low", json_from_double(interval.low), "high",
		json_from_double(interval.high));
}

static json_t *json_of_prediction(const struct fit_prediction *prediction)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "n", json_from_double(prediction->n), "bytes",
		json_from_double(prediction->bytes), "interval_95_bytes",
		json_of_interval(prediction->interval), "bound_95_95_bytes",
		json_from_double(prediction->bound));
}

/* "a", "b" and "c", as the model has them. */
static json_t *json_of_coefficients(const struct regression *regression)
{
	static const char *const names[MODEL_MAX_COEFFICIENTS] = {"a", "b", "c"};
	const struct fitted_model *fitted = regression_fitted(regression);
	json_t *coefficients = json_object();

	for (size_t i = 0; i < model_n_coefficients(fitted->model); i++)
		if (json_object_set_new(coefficients, names[i],
			    json_pack("{s:o, s:o}", "value",
				    json_from_double(fitted->coefficient[i]), "interval_95",
				    json_of_interval(regression_coefficient(regression, i)))) < 0) {
			json_decref(coefficients);
			return NULL;
		}
	return coefficients;
}

static json_t *json_of_model(const struct fit_series *series)
{
	const enum model model = series->choice.model;

	return json_pack("{s:s, s:o, s:o}", "formula", model_formula(model), "error",
		json_from_double(series->choice.scores[model].error), "coefficients",
		json_of_coefficients(series->regression));
}

static json_t *json_of_size(const struct fit_series *series, const struct model_size *size)
{
	return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o}", "n", json_from_double(size->n), "trials",
		(json_int_t)size->n_trials, "median_bytes", json_from_double(size->median_bytes),
		"spread_bytes", json_from_double(size->bytes[size->n_trials - 1] - size->bytes[0]),
		"model_bytes",
		json_from_double(model_at(regression_fitted(series->regression), size->n)),
		"interval_95_bytes",
		json_of_interval(regression_prediction(series->regression, size->n)));
}

static json_t *json_of_sizes(const struct fit_series *series)
{
	json_t *sizes = json_array();

	for (size_t i = 0; i < series->n_sizes; i++)
		json_append(&sizes, json_of_size(series, &series->sizes[i]));
	return sizes;
}

static json_t *json_of_predictions(const struct fit *fit, const struct fit_series *series)
{
	json_t *predictions = json_array();

	for (size_t i = 0; i < fit->n_predictions; i++)
		json_append(&predictions, json_of_prediction(&series->predictions[i]));
	return predictions;
}

static json_t *json_of_check(const struct fit_series *series)
{
	const struct fit_check *check = &series->check;

	return json_pack("{s:s, s:o, s:o, s:s}", "formula", model_formula(check->model),
		"prediction", json_of_prediction(&check->prediction), "measured_bytes",
		json_from_double(series->sizes[series->n_sizes - 1].median_bytes), "verdict",
		fit_verdict_name(check->verdict));
}

static json_t *json_of_series(const struct fit *fit, const struct fit_series *series)
{
	const bool fitted = series->refusal.number == 0;
	json_t *parameters = json_loads(series->parameters, 0, NULL);

	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "task",
		json_from_text(series->task), "parameters", parameters ? parameters : json_object(),
		"label", json_from_text(series->label), "trials", (json_int_t)series->n_trials,
		"trials_not_ok", (json_int_t)series->n_not_ok, "not_fitted",
		json_from_text(fitted ? NULL : series->refusal.text), "model",
		fitted ? json_of_model(series) : json_null(), "sizes",
		fitted ? json_of_sizes(series) : json_array(), "check",
		fitted ? json_of_check(series) : json_null(), "predictions",
		fitted ? json_of_predictions(fit, series) : json_array());
}

json_t *fit_json(const struct fit *fit)
{
	json_t *all = json_array();

	for (size_t i = 0; i < fit->n_series; i++)
		json_append(&all, json_of_series(fit, &fit->series[i]));
	return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o}", "schema", FIT_JSON_SCHEMA,
		"schema_version", FIT_JSON_VERSION, "x", json_from_text(fit->x), "metric",
		json_from_text(fit->metric), "backend", json_from_text(fit->backend), "series",
		all);
}
