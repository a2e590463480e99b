/* The text of a fit. */

#include "runner/analysis/units.h"
#include "runner/fit/fit_words.h"
#include "util/cleanup.h"

#include <errno.h>
#include <math.h>

/* A foretold size is remarked on where it is this many times the largest that was measured. */
#define FAR 1.5

static int print_series(const struct fit *fit, const struct fit_series *series, FILE *stream);

int fit_print(const struct fit *fit, FILE *stream)
{
	fprintf(stream, "The peak of %s over n = %s, in trials of %s%s.\n", fit->metric, fit->x,
		fit->backend, fit->other_backends ? " (of the backends that the run has)" : "");
	for (size_t i = 0; i < fit->n_series; i++) {
		int r = print_series(fit, &fit->series[i], stream);

		if (r < 0)
			return r;
	}
	fputs("\nerror: how far a law is from each size when it was fitted to the others; 1 is "
	      "what a "
	      "peak can be\nknown to, 256 KiB and 1 %. Chosen is the simplest within one standard "
	      "error of the least.\n95 %: bootstrap over the trials of each size, and the law's "
	      "own "
	      "misses. It holds as far as the law does.\n",
		stream);
	return 0;
}

static void print_coefficients(const struct law_model *model, FILE *stream)
{
	const struct fitted_law *fitted = law_model_fitted(model);

	for (size_t i = 0; i < law_n_coefficients(fitted->law); i++) {
		struct interval interval = law_model_coefficient(model, i);

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

static void print_sizes(const struct fit_series *series, FILE *stream)
{
	fprintf(stream, "\n  %14s  %6s  %11s  %11s  %11s  %8s  %s\n", "n", "trials", "measured",
		"spread", "law", "off", "95 % of trials");
	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct law_size *size = &series->sizes[i];
		double law = law_at(law_model_fitted(series->model), size->n);
		struct interval interval = law_model_prediction(series->model, size->n);

		fprintf(stream, "  %14s  %6zu  %11s  %11s  %11s  %8s  %s to %s\n",
			fit_number(size->n).text, size->n_trials,
			fit_bytes(size->median_bytes).text,
			fit_bytes(size->bytes[size->n_trials - 1] - size->bytes[0]).text,
			fit_bytes(law).text, format_percent((size->median_bytes - law) / law).text,
			fit_bytes(interval.low).text, fit_bytes(interval.high).text);
	}
}

static void print_choice(const struct law_choice *choice, FILE *stream)
{
	fprintf(stream, "\n  %-16s  %8s\n", "law", "error");
	for (enum law law = 0; law < N_LAWS; law++) {
		const struct law_score *score = &choice->scores[law];

		if (score->tried)
			fprintf(stream, "  %-16s  %8.2f%s\n", law_formula(law), score->error,
				law != choice->law ? ""
				: score->error <= 1.0
					? "  chosen"
					: "  chosen, though the task follows it roughly");
		else
			fprintf(stream, "  %-16s  %8s  too few sizes\n", law_formula(law), "-");
	}
}

static void print_check(const struct fit_series *series, FILE *stream)
{
	const struct fit_check *check = &series->check;
	const struct law_size *largest = &series->sizes[series->n_sizes - 1];
	double bytes = check->prediction.bytes;

	fprintf(stream,
		"\n  check: the %zu smaller sizes alone (%s) foretell %s for n = %s;\n"
		"         measured: %s (%s): ",
		series->n_sizes - 1, law_formula(check->law), fit_bytes(bytes).text,
		fit_number(largest->n).text, fit_bytes(largest->median_bytes).text,
		format_percent((largest->median_bytes - bytes) / bytes).text);
	switch (check->verdict) {
	case FIT_UNKNOWN:
		fputs("too few sizes for an interval to hold it against, give one more\n", stream);
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
		fputs("         so the law does not hold beyond what it was fitted to: do not rest "
		      "a "
		      "limit on it\n",
			stream);
}

static void print_predictions(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	double largest = series->sizes[series->n_sizes - 1].n;

	for (size_t i = 0; i < fit->n_predictions; i++) {
		const struct fit_prediction *prediction = &series->predictions[i];

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
	CLEANUP(cleanup_free) char *law = NULL;

	if (!title)
		return -ENOMEM;
	fprintf(stream, "\n%s: %zu trials at %zu sizes", title, series->n_trials, series->n_sizes);
	if (series->n_not_ok > 0)
		fprintf(stream, "; %zu that did not end ok are left out", series->n_not_ok);
	fputc('\n', stream);
	if (series->refusal.number != 0) {
		fprintf(stream, "  not fitted: %s\n", series->refusal.text);
		return 0;
	}
	law = fit_law_text(law_model_fitted(series->model));
	if (!law)
		return -ENOMEM;
	fprintf(stream, "  peak = %s\n", law);
	print_coefficients(series->model, stream);
	print_sizes(series, stream);
	print_choice(&series->choice, stream);
	print_check(series, stream);
	print_predictions(fit, series, stream);
	return 0;
}
