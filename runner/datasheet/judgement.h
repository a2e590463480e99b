#pragma once

/* The rule that turns an error into a verdict (docs/datasheet.md), as plain arithmetic. */

#include "runner/datasheet/datasheet.h"

/*
 * 5 % of what is at stake, a charge batch per CPU, and 128 KiB that a program touches on its way.
 */
double judgement_tolerance(double scale_bytes, double batches_bytes);

/* For a reporter that shows `truth_bytes` + `error_bytes`. VERDICT_NONE if either is NaN. */
enum datasheet_verdict judgement_of(double error_bytes, double truth_bytes, double tolerance_bytes);

/* True if there are at least two trials and both ends of the interval get the median's verdict. */
bool judgement_is_sure(
	const struct statistics *error_bytes, double truth_bytes, double tolerance_bytes);

/* Number of values beyond 3 interquartile ranges from the quartiles. */
size_t judgement_outliers(const double *values, size_t n, const struct statistics *statistics);
