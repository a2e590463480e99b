#include "runner/datasheet/judgement.h"

#include <math.h>

#define TOLERATED_SHARE 0.05
#define ON_ITS_WAY_BYTES (128.0 * 1024.0)
#define BLIND_BELOW_SHARE 0.1
#define OUTLIER_RANGES 3.0

double judgement_tolerance(double scale_bytes, double batches_bytes)
{
	return TOLERATED_SHARE * scale_bytes + batches_bytes + ON_ITS_WAY_BYTES;
}

enum datasheet_verdict judgement_of(double error_bytes, double truth_bytes, double tolerance_bytes)
{
	if (isnan(error_bytes) || isnan(truth_bytes))
		return VERDICT_NONE;
	if (fabs(error_bytes) <= tolerance_bytes)
		return VERDICT_RIGHT;
	if (error_bytes > 0.0)
		return VERDICT_HIGH;
	if (truth_bytes > tolerance_bytes &&
		truth_bytes + error_bytes < BLIND_BELOW_SHARE * truth_bytes)
		return VERDICT_BLIND;
	return VERDICT_LOW;
}

bool judgement_is_sure(
	const struct statistics *error_bytes, double truth_bytes, double tolerance_bytes)
{
	const struct interval *interval = &error_bytes->median_ci95;
	enum datasheet_verdict verdict =
		judgement_of(error_bytes->median, truth_bytes, tolerance_bytes);

	return error_bytes->n > 1 &&
	       judgement_of(interval->low, truth_bytes, tolerance_bytes) == verdict &&
	       judgement_of(interval->high, truth_bytes, tolerance_bytes) == verdict;
}

size_t judgement_outliers(const double *values, size_t n, const struct statistics *statistics)
{
	double range = statistics->quartile_high - statistics->quartile_low;
	size_t n_outliers = 0;

	for (size_t i = 0; i < n; i++)
		if (values[i] > statistics->quartile_high + OUTLIER_RANGES * range ||
			values[i] < statistics->quartile_low - OUTLIER_RANGES * range)
			n_outliers++;
	return n_outliers;
}
