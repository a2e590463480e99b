#include "runner/fit/fit_words.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>

/* A larger cost per unit is printed in KiB or more. */
#define LARGEST_SLOPE_IN_BYTES 10240.0
/* format_bytes takes whole bytes. */
#define LARGEST_BYTES 9e18
#define LONGEST_TASK 67

struct formatted fit_bytes(double bytes)
{
	struct formatted formatted = {.text = "-"};

	if (!isfinite(bytes) || fabs(bytes) > LARGEST_BYTES) {
		if (!isnan(bytes))
			snprintf(formatted.text, FORMAT_SIZE, "%.3g B", bytes);
		return formatted;
	}
	if (bytes < -0.5)
		return format_bytes_difference(llround(bytes));
	return format_bytes((uint64_t)llround(fmax(0.0, bytes)));
}

struct formatted fit_slope(double bytes)
{
	struct formatted formatted;

	if (fabs(bytes) >= LARGEST_SLOPE_IN_BYTES)
		return fit_bytes(bytes);
	snprintf(formatted.text, FORMAT_SIZE, "%.4g bytes", bytes);
	return formatted;
}

struct formatted fit_number(double n)
{
	struct formatted formatted;

	snprintf(formatted.text, FORMAT_SIZE, "%.12g", n);
	return formatted;
}

const char *fit_verdict_name(enum fit_verdict verdict)
{
	static const char *const names[] = {"within", "outside", "unknown"};

	return names[verdict];
}

char *fit_series_title(const struct fit_series *series)
{
	CLEANUP(cleanup_free) char *task = text_title(series->task, LONGEST_TASK);

	if (!task)
		return NULL;
	return string_format("%s%s%s", task, series->label[0] ? ", " : "", series->label);
}

/* "* n", "* n * log2(n)", "* n^1.52" */
static char *model_growth_text(const struct fitted_model *fitted)
{
	switch (fitted->model) {
	case MODEL_LINEAR:
		return string_format("n");
	case MODEL_LINEARITHMIC:
		return string_format("n * log2(n)");
	case MODEL_QUADRATIC:
		return string_format("n^2");
	case MODEL_POWER:
		return string_format("n^%.3g", fitted->coefficient[2]);
	default:
		return string_format("%s", "");
	}
}

char *fit_model_text(const struct fitted_model *fitted)
{
	CLEANUP(cleanup_free) char *growth = model_growth_text(fitted);
	double slope = fitted->coefficient[1];

	if (!growth)
		return NULL;
	if (fitted->model == MODEL_CONSTANT)
		return string_format("%s, for any n", fit_bytes(fitted->coefficient[0]).text);
	return string_format("%s %s %s * %s", fit_bytes(fitted->coefficient[0]).text,
		slope < 0.0 ? "-" : "+", fit_slope(fabs(slope)).text, growth);
}
