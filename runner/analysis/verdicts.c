#include "runner/analysis/verdicts.h"

#include "util/cleanup.h"

#include <math.h>

/*
 * Smaller errors are not ranked: the order would depend on the kernel's charge steps of 256 KiB and
 * the few pages of the interpreter itself.
 */
#define NEGLIGIBLE_ERROR 0.01

/* A truth that the kernel's account is farther from than this is not the whole of what the task used. */
#define INCOMPLETE_ERROR 0.1

static int compare_rated(const void *left, const void *right)
{
	double a = fabs(((const struct rated_backend *)left)->value);
	double b = fabs(((const struct rated_backend *)right)->value);

	return (a > b) - (a < b);
}

static int compare_slowest(const void *left, const void *right)
{
	return -compare_rated(left, right);
}

/* ---- the truth */

static int collect_errors(
	const struct comparison *comparison, size_t point, struct truth_verdict *verdict)
{
	struct statistics statistics;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		int r = comparison_statistics(
			comparison_cell(comparison, point, i), COMPARISON_ERROR, &statistics);

		if (r < 0)
			return r;
		if (statistics.n > 0)
			verdict->errors[verdict->n_errors++] = (struct rated_backend){
				.name = comparison->backends[i].name, .value = statistics.median};
	}
	qsort(verdict->errors, verdict->n_errors, sizeof(*verdict->errors), compare_rated);
	return 0;
}

/* The error of the kernel's account over all trials of a point; n is 0 if no truth was declared. */
static int reference_error(
	const struct comparison *comparison, size_t point, struct statistics *ret_statistics)
{
	CLEANUP(cleanup_free) double *errors = NULL;
	size_t n = 0;

	for (size_t i = 0; i < comparison->n_backends; i++)
		n += comparison_cell(comparison, point, i)->n_trials;
	errors = calloc(n + 1, sizeof(*errors));
	if (!errors)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);

		for (size_t j = 0; j < cell->n_trials; j++)
			errors[n++] = cell->trials[j].value[COMPARISON_REFERENCE_ERROR];
	}
	return statistics_of(errors, n, ret_statistics);
}

/* By such a truth no reporter is right: one that counts as the kernel does would be the farthest from it. */
static bool is_incomplete(
	const struct comparison *comparison, double truth, const struct statistics *reference)
{
	return reference->n > 0 && fabs(reference->median) > INCOMPLETE_ERROR &&
	       fabs(reference->median) * truth > comparison->resolution_bytes;
}

/* Whose errors cannot be told from the smallest, which is the first. */
static size_t count_equal(const struct truth_verdict *verdict, double resolution)
{
	const struct rated_backend *errors = verdict->errors;
	size_t n_equal = 1;

	while (n_equal < verdict->n_errors &&
		fabs(errors[n_equal].value) - fabs(errors[0].value) <= resolution)
		n_equal++;
	return n_equal;
}

static enum closeness closeness_of(
	const struct comparison *comparison, double truth, const struct truth_verdict *verdict)
{
	double largest;

	if (verdict->incomplete || verdict->n_errors < 2)
		return CLOSENESS_NOT_JUDGED;
	largest = fabs(verdict->errors[verdict->n_errors - 1].value);
	if (largest < NEGLIGIBLE_ERROR)
		return CLOSENESS_ONE_PERCENT;
	return largest * truth <= comparison->resolution_bytes ? CLOSENESS_RESOLUTION
							       : CLOSENESS_RANKED;
}

int truth_verdict_of(
	const struct comparison *comparison, size_t point, struct truth_verdict *ret_verdict)
{
	const double truth = comparison_maximum(comparison, point, COMPARISON_TRUTH_PEAK);
	struct truth_verdict verdict = {
		.errors = calloc(comparison->n_backends + 1, sizeof(*verdict.errors))};
	int r = verdict.errors ? reference_error(comparison, point, &verdict.reference_error)
			       : -ENOMEM;

	if (r == 0)
		r = collect_errors(comparison, point, &verdict);
	if (r < 0) {
		truth_verdict_release(&verdict);
		return r;
	}
	verdict.incomplete = is_incomplete(comparison, truth, &verdict.reference_error);
	verdict.closeness = closeness_of(comparison, truth, &verdict);
	if (verdict.closeness == CLOSENESS_RANKED)
		verdict.n_equal = count_equal(&verdict, comparison->resolution_bytes / truth);
	*ret_verdict = verdict;
	return 0;
}

void truth_verdict_release(struct truth_verdict *verdict)
{
	free(verdict->errors);
	*verdict = (struct truth_verdict){.errors = NULL};
}

/* ---- the costs */

static int collect_slow(
	const struct comparison *comparison, size_t point, struct cost_verdict *verdict)
{
	bool all_compared = true;
	struct statistics ratio;

	for (size_t i = 0; i < comparison->n_backends; i++) {
		int r = comparison_ratio(comparison, point, i, &ratio);

		if (r < 0)
			return r;
		if (i == comparison_none(comparison))
			continue;
		all_compared = all_compared && ratio.n >= COMPARISON_ENOUGH_TRIALS;
		if (ratio.n >= COMPARISON_ENOUGH_TRIALS && ratio.median_ci95.low > 1.0)
			verdict->slow[verdict->n_slow++] = (struct rated_backend){
				.name = comparison->backends[i].name, .value = ratio.median};
	}
	qsort(verdict->slow, verdict->n_slow, sizeof(*verdict->slow), compare_slowest);
	verdict->judged = verdict->n_slow > 0 || (all_compared && comparison->n_backends > 1);
	return 0;
}

int cost_verdict_of(
	const struct comparison *comparison, size_t point, struct cost_verdict *ret_verdict)
{
	struct cost_verdict verdict = {
		.slow = calloc(comparison->n_backends + 1, sizeof(*verdict.slow))};
	int r = verdict.slow ? collect_slow(comparison, point, &verdict) : -ENOMEM;

	if (r < 0) {
		cost_verdict_release(&verdict);
		return r;
	}
	*ret_verdict = verdict;
	return 0;
}

void cost_verdict_release(struct cost_verdict *verdict)
{
	free(verdict->slow);
	*verdict = (struct cost_verdict){.slow = NULL};
}
