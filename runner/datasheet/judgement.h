#pragma once

/*
 * The rule by which an error becomes a verdict (docs/datasheet.md), as plain arithmetic.
 */

#include "runner/datasheet/datasheet.h"

/* 64 pages a CPU; of a file that does not say how many CPUs, or of what size a page is, those of one CPU and
 * 4 KiB. */
double charge_batches_bytes(struct results *results);

/* 5 % of what is at stake, a batch of charges a CPU, and 128 KiB of what a program touches on its way. */
double judgement_tolerance(double scale_bytes, double batches_bytes);

/* Of a reporter that says `truth_bytes` + `error_bytes`. VERDICT_NONE where either is NaN. */
enum datasheet_verdict judgement_of(double error_bytes, double truth_bytes, double tolerance_bytes);

/* Whether both ends of the interval get the verdict of the median, of two trials at least. */
bool judgement_is_sure(
	const struct statistics *error_bytes, double truth_bytes, double tolerance_bytes);

/* How many are further than 3 interquartile ranges from the quartiles. */
size_t judgement_outliers(const double *values, size_t n, const struct statistics *statistics);
