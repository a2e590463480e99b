/* The text of a fit. */

#include "runner/analysis/units.h"
#include "runner/fit/fit_words.h"
#include "util/cleanup.h"

#include <errno.h>

/* A predicted size beyond this multiple of the largest measured one gets a remark. */
#define FAR 1.5

static int print_series(const struct fit *fit, const struct fit_series *series, FILE *stream);

int fit_print(const struct fit *fit, FILE *stream)
{
	if (fit->limits)
		fprintf(stream, "The minimal memory limit over n = %s.\n", fit->x);
	else
		fprintf(stream, "The peak of %s over n = %s, in trials of %s%s.\n", fit->metric,
			fit->x, fit->backend,
			fit->other_backends ? " (of the backends that the run has)" : "");
	for (size_t i = 0; i < fit->n_series; i++) {
		int r = print_series(fit, &fit->series[i], stream);

		if (r < 0)
			return r;
	}
	if (fit->limits)
		fputs("\n"
		      "bound: 95 % of such sizes need a smaller limit, with 95 % confidence, as "
		      "far "
		      "as the model is valid.\n",
			stream);
	fputs("\n"
	      "error: the misfit at a size when the model is fitted to the others; 1 is the "
	      "resolution of a peak,\n"
	      "256 KiB and 1 %. The simplest model within one standard error of the least error is "
	      "chosen.\n"
	      "95 %: bootstrap over the trials of each size, and the model's residuals; valid as "
	      "far as the model is.\n",
		stream);
	return 0;
}

static void print_coefficients(const struct regression *regression, FILE *stream)
{
	const struct fitted_model *fitted = regression_fitted(regression);

	for (size_t i = 0; i < model_n_coefficients(fitted->model); i++) {
		struct interval interval = regression_coefficient(regression, i);

		if (i == 2)
			fprintf(stream, "    c = %.3f, 95 %%: %.3f to %.3f\n",
				fitted->coefficient[i], interval.low, interval.high);
		else if (i == 1)
			fprintf(stream, "    b = %s, 95 %%: %s to %s\n",
				fit_slope(fitted->coefficient[i]).text,
				fit_slope(interval.low).text, fit_slope(interval.high).text);
		else
			fprintf(stream, "    a = %s, 95 %%: %s to %s\n",
				fit_bytes(fitted->coefficient[i]).text,
				fit_bytes(interval.low).text, fit_bytes(interval.high).text);
	}
}

/* A search gives one limit, of which only too high a one is harmless: a bound in place of spread and interval. */
static void fit_print_limits(const struct fit_series *series, FILE *stream)
{
	fprintf(stream, "\n  %14s  %11s  %11s  %8s  %11s\n", "n", "measured", "model", "residual",
		"bound");
	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct model_size *size = &series->sizes[i];
		double model = model_at(regression_fitted(series->regression), size->n);

		fprintf(stream, "  %14s  %11s  %11s  %8s  %11s\n", fit_number(size->n).text,
			fit_bytes(size->median_bytes).text, fit_bytes(model).text,
			format_percent((size->median_bytes - model) / model).text,
			fit_bytes(regression_bound(series->regression, size->n)).text);
	}
}

static void print_sizes(const struct fit_series *series, FILE *stream)
{
	fprintf(stream, "\n  %14s  %6s  %11s  %11s  %11s  %8s  %s\n", "n", "trials", "measured",
		"spread", "model", "residual", "95 % of trials");
	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct model_size *size = &series->sizes[i];
		double model = model_at(regression_fitted(series->regression), size->n);
		struct interval interval = regression_prediction(series->regression, size->n);

		fprintf(stream, "  %14s  %6zu  %11s  %11s  %11s  %8s  %s to %s\n",
			fit_number(size->n).text, size->n_trials,
			fit_bytes(size->median_bytes).text,
			fit_bytes(size->bytes[size->n_trials - 1] - size->bytes[0]).text,
			fit_bytes(model).text,
			format_percent((size->median_bytes - model) / model).text,
			fit_bytes(interval.low).text, fit_bytes(interval.high).text);
	}
}

static void print_choice(const struct model_choice *choice, FILE *stream)
{
	fprintf(stream, "\n  %-16s  %8s\n", "model", "error");
	for (enum model model = 0; model < N_MODELS; model++) {
		const struct model_score *score = &choice->scores[model];

		if (score->tried)
			fprintf(stream, "  %-16s  %8.2f%s\n", model_formula(model), score->error,
				model != choice->model ? ""
				: score->error <= 1.0  ? "  chosen"
						       : "  chosen, but it fits only roughly");
		else
			fprintf(stream, "  %-16s  %8s  too few sizes\n", model_formula(model), "-");
	}
}

static void print_limit_check(const struct fit_check *check, FILE *stream)
{
	fprintf(stream, "%s the bound, %s\n",
		check->verdict == FIT_WITHIN ? "within" : "NOT within",
		fit_bytes(check->prediction.bound).text);
	if (check->verdict == FIT_OUTSIDE)
		fputs("         so the model does not hold beyond the sizes it was fitted to: do "
		      "not base a limit on it\n",
			stream);
}

static void print_check(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	const struct fit_check *check = &series->check;
	const struct model_size *largest = &series->sizes[series->n_sizes - 1];
	double bytes = check->prediction.bytes;

	fprintf(stream,
		"\n"
		"  check: the %zu smaller sizes alone (%s) predict %s for n = %s;\n"
		"         measured: %s (%s): ",
		series->n_sizes - 1, model_formula(check->model), fit_bytes(bytes).text,
		fit_number(largest->n).text, fit_bytes(largest->median_bytes).text,
		format_percent((largest->median_bytes - bytes) / bytes).text);
	if (fit->limits && check->verdict != FIT_UNKNOWN) {
		print_limit_check(check, stream);
		return;
	}
	switch (check->verdict) {
	case FIT_UNKNOWN:
		fputs("too few sizes for an interval; add one\n", stream);
		return;
	case FIT_WITHIN:
		fputs("within", stream);
		break;
	case FIT_OUTSIDE:
		fputs("NOT within", stream);
		break;
	}
	fprintf(stream, " the interval, %s to %s\n", fit_bytes(check->prediction.interval.low).text,
		fit_bytes(check->prediction.interval.high).text);
	if (check->verdict == FIT_OUTSIDE)
		fputs("         so the model does not hold beyond the sizes it was fitted to: do "
		      "not base a limit on it\n",
			stream);
}

static void print_predictions(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	double largest = series->sizes[series->n_sizes - 1].n;

	for (size_t i = 0; i < fit->n_predictions; i++) {
		const struct fit_prediction *prediction = &series->predictions[i];

		if (fit->limits)
			fprintf(stream,
				"  n = %s: limit %s; set %s: 95 %% of such sizes need less, "
				"with 95 %% confidence",
				fit_number(prediction->n).text, fit_bytes(prediction->bytes).text,
				fit_bytes(prediction->bound).text);
		else
			fprintf(stream, "  n = %s: peak %s, 95 %% of trials within %s to %s",
				fit_number(prediction->n).text, fit_bytes(prediction->bytes).text,
				fit_bytes(prediction->interval.low).text,
				fit_bytes(prediction->interval.high).text);
		if (prediction->n > FAR * largest)
			fprintf(stream, " (%.3g times the largest measured)",
				prediction->n / largest);
		fputc('\n', stream);
	}
}

static int print_series(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	CLEANUP(cleanup_free) char *title = fit_series_title(series);
	CLEANUP(cleanup_free) char *model = NULL;

	if (!title)
		return -ENOMEM;
	fprintf(stream, "\n%s: %zu %s at %zu sizes", title, series->n_trials,
		fit->limits ? "searches" : "trials", series->n_sizes);
	if (series->n_not_ok > 0)
		fprintf(stream,
			fit->limits ? "; %zu that found no limit are left out"
				    : "; %zu that did not end ok are left out",
			series->n_not_ok);
	fputc('\n', stream);
	if (series->refusal.number != 0) {
		fprintf(stream, "  not fitted: %s\n", series->refusal.text);
		return 0;
	}
	model = fit_model_text(regression_fitted(series->regression));
	if (!model)
		return -ENOMEM;
	fprintf(stream, "  %s = %s\n", fit->limits ? "limit" : "peak", model);
	print_coefficients(series->regression, stream);
	if (fit->limits)
		fit_print_limits(series, stream);
	else
		print_sizes(series, stream);
	print_choice(&series->choice, stream);
	print_check(fit, series, stream);
	print_predictions(fit, series, stream);
	return 0;
}
