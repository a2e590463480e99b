/* fit.csv */

#include "runner/fit/fit_words.h"
#include "runner/host/run_files.h"
#include "util/cleanup.h"
#include "util/csv.h"
#include "util/file.h"

#include <errno.h>
#include <math.h>

/* The columns of a row apart from its series. NaN: an empty field. */
struct row {
	const char *kind;
	enum model model;
	double n;
	size_t n_trials;
	double measured_bytes;
	double fitted;
	struct interval interval;
	const char *verdict;
	double bound; /* 0: none */
};

static void write_series(const struct fit *fit, const struct fit_series *series, FILE *stream);

int fit_write_csv(const struct fit *fit, int run_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	bool failed;

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_FIT);
	fputs("task,parameters,backend,metric,x,row,model,n,trials,measured_bytes,fitted,low,high,"
	      "verdict,bound\n",
		stream);
	for (size_t i = 0; i < fit->n_series; i++)
		if (fit->series[i].refusal.number == 0)
			write_series(fit, &fit->series[i], stream);
	failed = ferror(stream);
	if (fclose(stream) != 0 || failed)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_FIT);
	return file_replace(run_fd, RUN_FIT, text, length, 0644, error);
}

static void write_number(FILE *stream, double value)
{
	if (isnan(value))
		fputc(',', stream);
	else
		fprintf(stream, ",%.15g", value);
}

static void write_csv_row(
	const struct fit *fit, const struct fit_series *series, const struct row *row, FILE *stream)
{
	csv_text(stream, series->task);
	fputc(',', stream);
	csv_text(stream, series->parameters);
	fprintf(stream, ",%s,%s,", fit->backend, fit->metric);
	csv_text(stream, fit->x);
	fprintf(stream, ",%s,%s", row->kind, model_formula(row->model));
	write_number(stream, row->n);
	if (row->n_trials > 0)
		fprintf(stream, ",%zu", row->n_trials);
	else
		fputc(',', stream);
	write_number(stream, row->measured_bytes);
	write_number(stream, row->fitted);
	write_number(stream, row->interval.low);
	write_number(stream, row->interval.high);
	fprintf(stream, ",%s", row->verdict ? row->verdict : "");
	write_number(stream, row->bound > 0.0 ? row->bound : NAN);
	fputc('\n', stream);
}

static void write_coefficients(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	static const char *const names[MODEL_MAX_COEFFICIENTS] = {"a", "b", "c"};
	const struct fitted_model *fitted = regression_fitted(series->regression);

	for (size_t i = 0; i < model_n_coefficients(fitted->model); i++)
		write_csv_row(fit, series,
			&(struct row){.kind = names[i],
				.model = fitted->model,
				.n = NAN,
				.measured_bytes = NAN,
				.fitted = fitted->coefficient[i],
				.interval = regression_coefficient(series->regression, i)},
			stream);
}

static void write_series(const struct fit *fit, const struct fit_series *series, FILE *stream)
{
	const struct fitted_model *fitted = regression_fitted(series->regression);
	const struct model_size *largest = &series->sizes[series->n_sizes - 1];

	write_coefficients(fit, series, stream);
	for (size_t i = 0; i < series->n_sizes; i++)
		write_csv_row(fit, series,
			&(struct row){.kind = "size",
				.model = fitted->model,
				.n = series->sizes[i].n,
				.n_trials = series->sizes[i].n_trials,
				.measured_bytes = series->sizes[i].median_bytes,
				.fitted = model_at(fitted, series->sizes[i].n),
				.interval = regression_prediction(
					series->regression, series->sizes[i].n),
				.bound = fit->limits ? regression_bound(series->regression,
							       series->sizes[i].n)
						     : 0.0},
			stream);
	write_csv_row(fit, series,
		&(struct row){.kind = "check",
			.model = series->check.model,
			.n = largest->n,
			.n_trials = largest->n_trials,
			.measured_bytes = largest->median_bytes,
			.fitted = series->check.prediction.bytes,
			.interval = series->check.prediction.interval,
			.verdict = fit_verdict_name(series->check.verdict),
			.bound = series->check.prediction.bound},
		stream);
	for (size_t i = 0; i < fit->n_predictions; i++)
		write_csv_row(fit, series,
			&(struct row){.kind = "prediction",
				.model = fitted->model,
				.n = series->predictions[i].n,
				.measured_bytes = NAN,
				.fitted = series->predictions[i].bytes,
				.interval = series->predictions[i].interval,
				.bound = series->predictions[i].bound},
			stream);
}
