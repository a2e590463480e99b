#include "runner/fit/fit_panel.h"

#include "util/text.h"

#include <math.h>

#define N_CURVE 200
/*
 * From this ratio of sizes on both axes are logarithmic: otherwise the small sizes would overlap.
 */
#define LOGARITHMIC_FROM 100.0
/* The strip's minimum range on either side of the model. */
#define LEAST_PART 0.005

static void extend_by_prediction(struct fit_panel *panel, const struct fit_prediction *prediction)
{
	panel->low_n = fmin(panel->low_n, prediction->n);
	panel->high_n = fmax(panel->high_n, prediction->n);
	panel->high_bytes = fmax(panel->high_bytes, prediction->bytes);
	if (prediction->bytes > 0.0)
		panel->low_bytes = fmin(panel->low_bytes, prediction->bytes);
}

/* The largest distance of the trials and intervals from the model, as a fraction, with a margin. */
static double largest_part(const struct fit_series *series)
{
	double largest = LEAST_PART;

	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct model_size *size = &series->sizes[i];
		double model = model_at(regression_fitted(series->regression), size->n);
		struct interval interval = regression_prediction(series->regression, size->n);

		largest = fmax(largest, fabs(size->bytes[0] / model - 1.0));
		largest = fmax(largest, fabs(size->bytes[size->n_trials - 1] / model - 1.0));
		largest = fmax(largest, fabs(interval.low / model - 1.0));
		largest = fmax(largest, fabs(interval.high / model - 1.0));
	}
	return 1.1 * fmin(largest, 1.0);
}

/* A very wide interval is clipped at the frame; points are not. */
int fit_panel_init(struct fit_panel *panel, const struct fit *fit, const struct fit_series *series,
	size_t number)
{
	*panel = (struct fit_panel){
		.fit = fit,
		.series = series,
		.low_n = series->sizes[0].n,
		.high_n = series->sizes[series->n_sizes - 1].n,
		.low_bytes = INFINITY,
		.data_name = string_format("fit-%zu.dat", number),
	};
	if (!panel->data_name)
		return -ENOMEM;
	for (size_t i = 0; i < series->n_sizes; i++) {
		const struct model_size *size = &series->sizes[i];

		panel->low_bytes = fmin(panel->low_bytes, fmax(1.0, size->bytes[0]));
		panel->high_bytes = fmax(panel->high_bytes, size->bytes[size->n_trials - 1]);
	}
	extend_by_prediction(panel, &series->check.prediction);
	for (size_t i = 0; i < fit->n_predictions; i++)
		extend_by_prediction(panel, &series->predictions[i]);
	panel->logarithmic = panel->high_n > LOGARITHMIC_FROM * panel->low_n;
	if (panel->logarithmic) {
		panel->low_n /= 1.2;
		panel->high_n *= 1.2;
		panel->low_bytes /= 1.5;
		panel->high_bytes *= 1.5;
	} else {
		panel->low_n = 0.0;
		panel->high_n *= 1.04;
		panel->low_bytes = 0.0;
		panel->high_bytes = fmax(1.0, 1.2 * panel->high_bytes);
	}
	panel->largest_part = largest_part(series);
	return 0;
}

void fit_panel_release(struct fit_panel *panel)
{
	free(panel->data_name);
}

/* Starts just above 0, where models have no value. */
static double curve_at(const struct fit_panel *panel, size_t i)
{
	double part = ((double)i + 1.0) / (double)N_CURVE;

	if (panel->logarithmic)
		return panel->low_n * pow(panel->high_n / panel->low_n, part);
	return panel->high_n * part;
}

/* A logarithmic axis has no values <= 0: they are put below the frame. */
static double shown_bytes(const struct fit_panel *panel, double bytes)
{
	return panel->logarithmic ? fmax(bytes, panel->low_bytes / 10.0) : bytes;
}

static void write_prediction(
	const struct fit_panel *panel, const struct fit_prediction *prediction, FILE *stream)
{
	fprintf(stream, "%.9g %.0f %.0f %.0f\n", prediction->n,
		shown_bytes(panel, prediction->bytes), shown_bytes(panel, prediction->interval.low),
		shown_bytes(panel, prediction->interval.high));
}

int fit_panel_write(const struct fit_panel *panel, const struct plots *plots, struct error *error)
{
	const struct fit_series *series = panel->series;
	FILE *stream;
	int r = plots_create_file(plots, panel->data_name, &stream, error);

	if (r < 0)
		return r;
	fputs("# trials: n bytes model\n", stream);
	for (size_t i = 0; i < series->n_sizes; i++)
		for (size_t j = 0; j < series->sizes[i].n_trials; j++)
			fprintf(stream, "%.9g %.0f %.0f\n", series->sizes[i].n,
				series->sizes[i].bytes[j],
				model_at(
					regression_fitted(series->regression), series->sizes[i].n));
	fputs("\n\n# the model: n bytes low high\n", stream);
	for (size_t i = 0; i < N_CURVE; i++) {
		double n = curve_at(panel, i);

		write_prediction(panel,
			&(struct fit_prediction){.n = n,
				.bytes = model_at(regression_fitted(series->regression), n),
				.interval = regression_prediction(series->regression, n)},
			stream);
	}
	fputs("\n\n# the largest size from the others: n bytes low high\n", stream);
	write_prediction(panel, &series->check.prediction, stream);
	fputs("\n\n# predicted: n bytes low high\n", stream);
	for (size_t i = 0; i < panel->fit->n_predictions; i++)
		write_prediction(panel, &series->predictions[i], stream);
	return plots_close_file(&stream, panel->data_name, error);
}
