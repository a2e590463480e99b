#include "runner/compare/compare_judge.h"

#include "runner/analysis/shift.h"
#include "util/cleanup.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>

/* How many times the batches of its CPUs memory.stat may lack: docs/method.md. */
#define STAT_LAG 3.0

/* What a trial used in one metric: surely so much, as measured, and at most so much. */
enum bound { BOUND_LOW, BOUND_MEASURED, BOUND_HIGH, N_BOUNDS };

/* The values of a pair in one metric. */
struct pair_values {
	double *base[N_BOUNDS];
	double *new[N_BOUNDS];
	size_t n_base;
	size_t n_new;
	bool paired;
};

static int measure_pair(
	const struct compare *compare, struct compare_pair *pair, enum compare_metric metric);
static int judge_metric(struct compare *compare, enum compare_metric metric);

int compare_judge(struct compare *compare)
{
	int r = 0;

	for (enum compare_metric metric = 0; metric < COMPARE_N_METRICS && r == 0; metric++) {
		for (size_t i = 0; i < compare->n_pairs && r == 0; i++)
			r = measure_pair(compare, &compare->pairs[i], metric);
		if (r == 0)
			r = judge_metric(compare, metric);
	}
	return r;
}

/* ---- values */

/* Appends the bounds of a trial that has a value. Returns how many there are then. */
static size_t add_bounds(const struct compare_cell *cell, const struct compare_trial *trial,
	enum compare_metric metric, double *const *values, size_t n)
{
	const double value = trial->value[metric];
	double low = value, high = value;

	if (isnan(value))
		return n;
	if (metric == COMPARE_PEAK)
		low = fmax(0.0, value - cell->charged_bytes);
	if (metric == COMPARE_UNRECLAIMABLE)
		high = value + STAT_LAG * cell->charged_bytes + fmax(0.0, trial->unread_bytes);
	values[BOUND_LOW][n] = low;
	values[BOUND_MEASURED][n] = value;
	values[BOUND_HIGH][n] = high;
	return n + 1;
}

static size_t add_cell_bounds(
	const struct compare_cell *cell, enum compare_metric metric, double *const *values)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		n = add_bounds(cell, &cell->trials[i], metric, values, n);
	return n;
}

static const struct compare_trial *trial_of_repetition(
	const struct compare_cell *cell, uint64_t repetition)
{
	for (size_t i = 0; i < cell->n_trials; i++)
		if (cell->trials[i].repetition == repetition)
			return &cell->trials[i];
	return NULL;
}

/* Repetitions of which both have a value. */
static size_t add_pairs(
	const struct compare_pair *pair, enum compare_metric metric, struct pair_values *values)
{
	size_t n = 0;

	for (size_t i = 0; i < pair->new->n_trials &&n < SHIFT_MAX_VALUES; i++) {
		const struct compare_trial *new = &pair->new->trials[i];
		const struct compare_trial *base = trial_of_repetition(pair->base, new->repetition);

		if (!base || isnan(base->value[metric]) || isnan(new->value[metric]))
			continue;
		(void)add_bounds(pair->base, base, metric, values->base, n);
		n = add_bounds(pair->new, new, metric, values->new, n);
	}
	return n;
}

static int pair_values_new(const struct compare *compare, const struct compare_pair *pair,
	enum compare_metric metric, struct pair_values *values)
{
	const size_t n_most = pair->base->n_trials + pair->new->n_trials + 1;
	size_t n_paired = 0;

	for (enum bound bound = 0; bound < N_BOUNDS; bound++) {
		values->base[bound] = calloc(n_most, sizeof(double));
		values->new[bound] = calloc(n_most, sizeof(double));
		if (!values->base[bound] || !values->new[bound])
			return -ENOMEM;
	}
	if (compare->options.by)
		n_paired = add_pairs(pair, metric, values);
	values->paired = n_paired >= SHIFT_LEAST_PAIRS;
	values->n_base =
		values->paired ? n_paired : add_cell_bounds(pair->base, metric, values->base);
	values->n_new = values->paired ? n_paired : add_cell_bounds(pair->new, metric, values->new);
	return 0;
}

static void pair_values_release(struct pair_values *values)
{
	for (enum bound bound = 0; bound < N_BOUNDS; bound++) {
		free(values->base[bound]);
		free(values->new[bound]);
	}
}

/* ---- numbers */

/* How the bounds of the new values are to those of the base. *ret_shift is NULL if there is no ratio. */
static int shift_of(
	const struct pair_values *values, enum bound base, enum bound new, struct shift **ret_shift)
{
	struct shift *shift = NULL;
	int r = values->paired ? shift_new_paired(values->base[base], values->new[new],
					 values->n_new, &shift)
			       : shift_new_unpaired(values->base[base], values->n_base,
					 values->new[new], values->n_new, &shift);

	if (r < 0 && r != -EDOM)
		return r;
	*ret_shift = shift;
	return 0;
}

/*
 * How many would see an increase of the margin: extrapolated from the interval of what was measured, whose width
 * shrinks with the square root of their number, while the account's resolution, `part` of the ratio, stays.
 */
static double repetitions_for(
	const struct compare_result *result, struct interval measured, double part, double margin)
{
	const double least = result->paired ? SHIFT_LEAST_PAIRS : SHIFT_LEAST_VALUES;
	const double n = 2.0 * (double)result->n_base * (double)result->n_new /
			 (double)(result->n_base + result->n_new);
	const double wanted = log1p(margin) - log(part);
	double width;

	if (!(wanted > 0.0))
		return NAN;
	if (isnan(measured.low))
		return least;
	width = fmax(log(result->ratio / measured.low), log(measured.high / result->ratio));
	return fmax(least, ceil(n * (width / wanted) * (width / wanted)));
}

/* `surely` is NULL if the new values may be 0 for all that the account resolves. */
static void take_lower(struct compare_result *result, const struct shift *measured,
	const struct shift *surely, double margin)
{
	const struct interval interval = shift_interval(measured, COMPARE_PART);

	result->ratio = shift_ratio(measured);
	result->p_worse = surely ? shift_p_above(surely, 1.0 + margin) : 1.0;
	result->n_for = surely ? repetitions_for(result, interval,
					 result->ratio / shift_ratio(surely), margin)
			       : NAN;
	if (isnan(interval.low))
		return;
	result->interval.low = surely ? shift_interval(surely, COMPARE_PART).low : 0.0;
	if (surely)
		result->least_change = result->ratio / result->interval.low - 1.0;
}

/* The other end: infinite if the base's may be 0. */
static void take_upper(struct compare_result *result, const struct shift *at_most)
{
	if (isnan(result->interval.low))
		return;
	result->interval.high =
		at_most ? shift_interval(at_most, COMPARE_PART).high : (double)INFINITY;
}

static int take_bounds(
	const struct pair_values *values, double margin, struct compare_result *result)
{
	struct shift *measured = NULL, *surely = NULL, *at_most = NULL;
	int r = shift_of(values, BOUND_MEASURED, BOUND_MEASURED, &measured);

	if (r == 0)
		r = shift_of(values, BOUND_HIGH, BOUND_LOW, &surely);
	if (r == 0)
		r = shift_of(values, BOUND_LOW, BOUND_HIGH, &at_most);
	if (r == 0 && measured) {
		take_lower(result, measured, surely, margin);
		take_upper(result, at_most);
	}
	shift_free(measured);
	shift_free(surely);
	shift_free(at_most);
	return r;
}

static int take_medians(const struct pair_values *values, struct compare_result *result)
{
	struct statistics base, new, low, high;
	int r = statistics_of(values->base[BOUND_MEASURED], values->n_base, &base);

	if (r == 0)
		r = statistics_of(values->new[BOUND_MEASURED], values->n_new, &new);
	if (r == 0)
		r = statistics_of(values->new[BOUND_LOW], values->n_new, &low);
	if (r == 0)
		r = statistics_of(values->new[BOUND_HIGH], values->n_new, &high);
	if (r < 0)
		return r;
	result->paired = values->paired;
	result->n_base = values->n_base;
	result->n_new = values->n_new;
	result->base_median = base.median;
	result->new_median = new.median;
	result->resolution = high.median - low.median;
	return 0;
}

/* Times of two runs are not tested: compare.h. */
static bool is_tested(const struct compare *compare, enum compare_metric metric)
{
	return metric != COMPARE_WALL || compare->options.by;
}

static enum compare_change change_of(const struct compare_result *result)
{
	if (result->interval.low > 1.0)
		return COMPARE_LARGER;
	return result->interval.high < 1.0 ? COMPARE_SMALLER : COMPARE_NONE_FOUND;
}

static int measure_pair(
	const struct compare *compare, struct compare_pair *pair, enum compare_metric metric)
{
	CLEANUP(pair_values_release) struct pair_values values = {.n_base = 0};
	struct compare_result result = {.ratio = NAN,
		.interval = {NAN, NAN},
		.least_change = NAN,
		.n_for = NAN,
		.p_worse = NAN};
	int r = pair_values_new(compare, pair, metric, &values);

	if (r == 0)
		r = take_medians(&values, &result);
	if (r == 0)
		r = take_bounds(&values, compare->options.max_increase, &result);
	if (r < 0)
		return r;
	result.change = is_tested(compare, metric) ? change_of(&result) : COMPARE_NOT_TESTED;
	pair->results[metric] = result;
	return 0;
}

/* ---- verdicts */

/*
 * Benjamini and Hochberg: of K probabilities in order, the largest that is at most its place / K of the level. Those up
 * to it count; 0 if there is none. Of one pair it is the level itself.
 */
static int largest_that_counts(
	const struct compare *compare, enum compare_metric metric, double *ret_largest)
{
	CLEANUP(cleanup_free) double *p = calloc(compare->n_pairs + 1, sizeof(*p));
	double largest = 0.0;
	size_t n = 0;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < compare->n_pairs; i++)
		if (!isnan(compare->pairs[i].results[metric].p_worse))
			p[n++] = compare->pairs[i].results[metric].p_worse;
	gsl_sort(p, 1, n);
	for (size_t i = 0; i < n; i++)
		if (p[i] <= COMPARE_FALSE_ALARMS * (double)(i + 1) / (double)n)
			largest = p[i];
	*ret_largest = largest;
	return 0;
}

static bool any_trial(const struct compare_cell *cell, bool (*has)(const struct compare_trial *))
{
	for (size_t i = 0; i < cell->n_trials; i++)
		if (has(&cell->trials[i]))
			return true;
	return false;
}

static bool trial_failed(const struct compare_trial *trial)
{
	return !trial->ok;
}

static bool trial_met_limit(const struct compare_trial *trial)
{
	return trial->ok && trial->limited;
}

static bool trial_was_sampled(const struct compare_trial *trial)
{
	return trial->ok && trial->sampled;
}

/* What forbids to say of either side how much it used. A wall time is what it is. */
static enum compare_doubt doubt_of_cell(const struct compare_cell *cell, enum compare_metric metric)
{
	if (metric != COMPARE_WALL && any_trial(cell, trial_met_limit))
		return COMPARE_LIMITED;
	if (metric != COMPARE_WALL && any_trial(cell, trial_was_sampled))
		return COMPARE_SAMPLED;
	return COMPARE_NO_DOUBT;
}

static enum compare_doubt doubt_of_pair(const struct compare_pair *pair, enum compare_metric metric)
{
	enum compare_doubt doubt = doubt_of_cell(pair->base, metric);

	if (doubt == COMPARE_NO_DOUBT)
		doubt = doubt_of_cell(pair->new, metric);
	if (doubt == COMPARE_NO_DOUBT &&
		(any_trial(pair->base, trial_failed) || any_trial(pair->new, trial_failed)))
		doubt = COMPARE_NOT_OK;
	return doubt;
}

/* Why an interval that is there decides nothing. */
static enum compare_doubt doubt_of_interval(const struct compare_result *result, double margin)
{
	return isnan(result->n_for) && margin > 0.0 ? COMPARE_RESOLUTION : COMPARE_SPREAD;
}

/* A base that was cut or not seen, or killed for its memory, may have been larger: then nothing is worse than it. */
static bool is_base_known(const struct compare_pair *pair, enum compare_metric metric)
{
	return doubt_of_cell(pair->base, metric) == COMPARE_NO_DOUBT &&
	       !any_trial(pair->base, trial_failed);
}

static void judge_pair(
	struct compare_pair *pair, enum compare_metric metric, double margin, double largest_p)
{
	struct compare_result *result = &pair->results[metric];
	const enum compare_doubt doubt = doubt_of_pair(pair, metric);
	const bool above = result->interval.low > 1.0 + margin;

	result->verdict = COMPARE_UNDECIDED;
	if (isnan(result->ratio))
		result->doubt = COMPARE_NO_VALUES;
	else if (isnan(result->interval.low))
		result->doubt = COMPARE_TOO_FEW;
	else if (result->change == COMPARE_NOT_TESTED)
		result->doubt = COMPARE_APART;
	else if (above && is_base_known(pair, metric) && result->p_worse <= largest_p)
		result->verdict = COMPARE_WORSE;
	else if (above && is_base_known(pair, metric))
		result->doubt = COMPARE_CHANCE;
	else if (doubt != COMPARE_NO_DOUBT)
		result->doubt = doubt;
	else if (result->interval.high <= 1.0 + margin)
		result->verdict = COMPARE_WITHIN;
	else
		result->doubt = doubt_of_interval(result, margin);
}

static int judge_metric(struct compare *compare, enum compare_metric metric)
{
	size_t n_worse = 0, n_within = 0;
	double largest_p;
	int r = largest_that_counts(compare, metric, &largest_p);

	if (r < 0)
		return r;
	for (size_t i = 0; i < compare->n_pairs; i++) {
		judge_pair(&compare->pairs[i], metric, compare->options.max_increase, largest_p);
		n_worse += compare->pairs[i].results[metric].verdict == COMPARE_WORSE;
		n_within += compare->pairs[i].results[metric].verdict == COMPARE_WITHIN;
	}
	compare->verdicts[metric] = n_worse > 0			   ? COMPARE_WORSE
				    : n_within == compare->n_pairs ? COMPARE_WITHIN
								   : COMPARE_UNDECIDED;
	return 0;
}
