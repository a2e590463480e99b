/* The costs of backends: each trial compared with the trial of `none` in the same block. */

#include "runner/datasheet/sheet.h"
#include "util/cleanup.h"

#include <math.h>

/* Differences or ratios to `none`, over the trials of one point or of all. */
struct pairs {
	struct numbers slowdown;
	struct numbers added_bytes;
	struct numbers disturbs_bytes;
};

/* The largest median of any point so far: of slowdowns by value, of differences by magnitude. */
struct most {
	struct statistics statistics;
	const char *phenomenon;
	double effect;
};

static void pairs_release(struct pairs *pairs)
{
	numbers_release(&pairs->slowdown);
	numbers_release(&pairs->added_bytes);
	numbers_release(&pairs->disturbs_bytes);
}

static const struct comparison_trial *trial_of_block(
	const struct comparison_cell *cell, uint64_t repetition)
{
	for (size_t i = 0; i < cell->n_trials; i++)
		if (cell->trials[i].repetition == repetition && cell->trials[i].ok)
			return &cell->trials[i];
	return NULL;
}

static double reference_rise(const struct comparison_trial *trial)
{
	return trial->value[COMPARISON_REFERENCE_PEAK] - trial->value[COMPARISON_REFERENCE_INITIAL];
}

static int add_pair(struct pairs *pairs, const struct comparison_trial *trial,
	const struct comparison_trial *none)
{
	double none_ns = none->value[COMPARISON_WALL_NS];
	int r = numbers_add(
		&pairs->slowdown, none_ns > 0.0 ? trial->value[COMPARISON_WALL_NS] / none_ns : NAN);

	if (r == 0)
		r = numbers_add(
			&pairs->added_bytes, trial->value[COMPARISON_REFERENCE_INITIAL] -
						     none->value[COMPARISON_REFERENCE_INITIAL]);
	return r == 0 ? numbers_add(&pairs->disturbs_bytes,
				reference_rise(trial) - reference_rise(none))
		      : r;
}

static int add_point(
	struct pairs *pairs, const struct comparison *comparison, size_t point, size_t backend)
{
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	const struct comparison_cell *none =
		comparison_cell(comparison, point, comparison_none(comparison));
	int r = 0;

	for (size_t i = 0; i < cell->n_trials && r == 0; i++) {
		const struct comparison_trial *trial = &cell->trials[i];
		const struct comparison_trial *other = trial_of_block(none, trial->repetition);

		if (trial->ok && other)
			r = add_pair(pairs, trial, other);
	}
	return r;
}

static int take_most(
	const struct numbers *numbers, bool either_way, const char *phenomenon, struct most *most)
{
	struct statistics statistics;
	int r = statistics_of(numbers->values, numbers->n, &statistics);
	double effect;

	if (r < 0 || statistics.n == 0)
		return r;
	effect = either_way ? fabs(statistics.median) : statistics.median;
	if (!most->phenomenon || effect > most->effect)
		*most = (struct most){
			.statistics = statistics, .phenomenon = phenomenon, .effect = effect};
	return 0;
}

static void take_disturbance(
	const struct sheet *sheet, const struct most *disturbs, struct reporter *reporter)
{
	const struct interval *interval = &disturbs->statistics.median_ci95;

	reporter->disturbs_bytes = disturbs->statistics;
	reporter->disturbs_in = disturbs->phenomenon;
	if (disturbs->statistics.n < 2)
		reporter->disturbs = ANSWER_UNKNOWN;
	else if (interval->low > sheet->batches_bytes || interval->high < -sheet->batches_bytes)
		reporter->disturbs = ANSWER_YES;
	else
		reporter->disturbs = ANSWER_NO;
}

static int weigh(
	struct sheet *sheet, const struct survey *survey, size_t backend, struct reporter *reporter)
{
	CLEANUP(pairs_release) struct pairs point = {0}, all = {0};
	struct most slowdown = {.statistics = reporter->slowdown};
	struct most disturbs = {.statistics = reporter->slowdown};
	int r = 0;

	for (size_t i = 0; i < survey->points.n && r == 0; i++) {
		const char *phenomenon = sheet->situations[sheet->first_situation[i]].phenomenon;
		const size_t index = survey->points.points[i].index;

		point.slowdown.n = point.added_bytes.n = point.disturbs_bytes.n = 0;
		r = add_point(&point, survey->comparison, index, backend);
		if (r == 0)
			r = add_point(&all, survey->comparison, index, backend);
		if (r == 0)
			r = take_most(&point.slowdown, false, phenomenon, &slowdown);
		if (r == 0)
			r = take_most(&point.disturbs_bytes, true, phenomenon, &disturbs);
	}
	if (r < 0)
		return r;
	reporter->slowdown_most = slowdown.statistics;
	reporter->slowdown_in = slowdown.phenomenon;
	take_disturbance(sheet, &disturbs, reporter);
	r = statistics_of(all.slowdown.values, all.slowdown.n, &reporter->slowdown);
	return r < 0 ? r
		     : statistics_of(
			       all.added_bytes.values, all.added_bytes.n, &reporter->added_bytes);
}

int sheet_weigh(struct sheet *sheet, const struct survey *survey)
{
	size_t none = comparison_none(survey->comparison);
	struct statistics nothing;
	int r = statistics_of(NULL, 0, &nothing);

	for (size_t i = 0; i < survey->subjects.n && r == 0; i++) {
		const struct subject *subject = &survey->subjects.subjects[i];
		struct reporter *reporter = &sheet->reporters[i];

		reporter->slowdown = reporter->slowdown_most = nothing;
		reporter->added_bytes = reporter->disturbs_bytes = nothing;
		/* The reference is also read in `none`. */
		if (!subject->reference && none < survey->comparison->n_backends)
			r = weigh(sheet, survey, subject->backend, reporter);
	}
	return r;
}
