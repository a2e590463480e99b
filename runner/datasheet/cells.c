/* Turns the survey's observations into situations and judged cells. */

#include "runner/datasheet/judgement.h"
#include "runner/datasheet/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_TASK "nothing"

static int make_situations(struct sheet *sheet, const struct survey *survey);
static void order_observations(const struct sheet *sheet, struct survey *survey);
static int sheet_take_truth(struct sheet *sheet, const struct survey *survey);
static int subtract_empty_task(struct survey *survey);
static int judge_groups(struct sheet *sheet, const struct survey *survey);

int sheet_judge(struct sheet *sheet, struct survey *survey)
{
	int r = make_situations(sheet, survey);

	if (r < 0)
		return r;
	order_observations(sheet, survey);
	r = sheet_take_truth(sheet, survey);
	if (r == 0)
		r = subtract_empty_task(survey);
	return r == 0 ? judge_groups(sheet, survey) : r;
}

size_t sheet_situation(
	const struct sheet *sheet, const struct survey *survey, size_t point, size_t moment)
{
	size_t first = sheet->first_situation[point];

	if (moment == SURVEY_PEAK)
		return first;
	if (moment == SURVEY_FINAL)
		return first + survey->moments[point].n - 1;
	return first + moment - 1;
}

/* ---- situations */

static int name_situations(struct sheet *sheet, const struct survey *survey, size_t point)
{
	const struct moments *moments = &survey->moments[point];
	const char *phenomenon = sheet_text(sheet, survey->points.points[point].label);

	if (!phenomenon)
		return -ENOMEM;
	for (size_t i = 0; i < moments->n; i++) {
		struct situation *situation =
			&sheet->situations[sheet_situation(sheet, survey, point, i)];

		situation->phenomenon = phenomenon;
		situation->moment = sheet_text(sheet, moments->names[i]);
		if (!situation->moment)
			return -ENOMEM;
	}
	return 0;
}

static int make_situations(struct sheet *sheet, const struct survey *survey)
{
	size_t n_points = survey->points.n, n = 0;
	int r = 0;

	sheet->first_situation = calloc(n_points + 1, sizeof(*sheet->first_situation));
	if (!sheet->first_situation)
		return -ENOMEM;
	for (size_t i = 0; i < n_points; i++) {
		sheet->first_situation[i] = n;
		n += survey->moments[i].n;
	}
	sheet->first_situation[n_points] = n;
	sheet->situations = calloc(n, sizeof(*sheet->situations));
	sheet->cells = calloc(n * survey->subjects.n, sizeof(*sheet->cells));
	sheet->trials = calloc(survey->n_observations + 1, sizeof(*sheet->trials));
	if (!sheet->situations || !sheet->cells || !sheet->trials)
		return -ENOMEM;
	sheet->datasheet.n_situations = n;
	for (size_t i = 0; i < n_points && r == 0; i++)
		r = name_situations(sheet, survey, i);
	return r;
}

static int compare_observations(const void *left, const void *right)
{
	const struct observation *a = left, *b = right;

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	if (a->situation != b->situation)
		return a->situation < b->situation ? -1 : 1;
	return (a->trial > b->trial) - (a->trial < b->trial);
}

static void order_observations(const struct sheet *sheet, struct survey *survey)
{
	for (size_t i = 0; i < survey->n_observations; i++) {
		struct observation *observation = &survey->observations[i];

		observation->situation =
			sheet_situation(sheet, survey, observation->point, observation->moment);
	}
	if (survey->n_observations > 1)
		qsort(survey->observations, survey->n_observations, sizeof(*survey->observations),
			compare_observations);
}

/* The end of the observations of one subject in one situation. */
static size_t end_of_group(const struct survey *survey, size_t first)
{
	const struct observation *group = &survey->observations[first];
	size_t end = first + 1;

	while (end < survey->n_observations &&
		survey->observations[end].subject == group->subject &&
		survey->observations[end].situation == group->situation)
		end++;
	return end;
}

static int take_truth_of(struct sheet *sheet, const struct survey *survey, size_t first, size_t end)
{
	struct situation *situation = &sheet->situations[survey->observations[first].situation];
	struct numbers numbers = {0};
	int r = 0;

	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++) {
		numbers.n = 0;
		for (size_t i = first; i < end && r == 0; i++)
			r = numbers_add(&numbers, survey->observations[i].truth[kind]);
		situation->truth_bytes[kind] = numbers_median(&numbers);
	}
	numbers.n = 0;
	for (size_t i = first; i < end && r == 0; i++)
		r = numbers_add(&numbers, survey->observations[i].scale_bytes);
	situation->scale_bytes = numbers_median(&numbers);
	situation->tolerance_bytes =
		judgement_tolerance(situation->scale_bytes, sheet->batches_bytes);
	numbers_release(&numbers);
	return r;
}

/* The observations of the truth come after those of all reporters. */
static int sheet_take_truth(struct sheet *sheet, const struct survey *survey)
{
	int r = 0;

	for (size_t i = 0; i < sheet->datasheet.n_situations; i++) {
		struct situation *situation = &sheet->situations[i];

		situation->scale_bytes = situation->tolerance_bytes = NAN;
		for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++)
			situation->truth_bytes[kind] = NAN;
	}
	for (size_t i = 0; i < survey->n_observations && r == 0;) {
		size_t end = end_of_group(survey, i);

		if (survey->observations[i].subject == survey->subjects.n)
			r = take_truth_of(sheet, survey, i, end);
		i = end;
	}
	return r;
}

/* ---- reporters without a value before the task */

/* Their value for an empty task is their initial value; without it they have none. */
static int subtract_empty_task(struct survey *survey)
{
	struct numbers *empty = calloc(survey->subjects.n + 1, sizeof(*empty));
	int r = empty ? 0 : -ENOMEM;

	for (size_t i = 0; i < survey->n_observations && r == 0; i++) {
		const struct observation *observation = &survey->observations[i];

		const char *phenomenon = survey->points.points[observation->point].phenomenon;

		if (observation->whole_life && observation->moment == SURVEY_PEAK &&
			strcmp(phenomenon, EMPTY_TASK) == 0)
			r = numbers_add(&empty[observation->subject], observation->value);
	}
	for (size_t i = 0; i < survey->n_observations && r == 0; i++) {
		struct observation *observation = &survey->observations[i];

		if (observation->whole_life)
			observation->value -= numbers_median(&empty[observation->subject]);
	}
	for (size_t i = 0; empty && i <= survey->subjects.n; i++)
		numbers_release(&empty[i]);
	free(empty);
	return r;
}

/* ---- cells */

static int gather_errors(const struct survey *survey, size_t first, size_t end,
	enum truth_kind kind, struct numbers *errors)
{
	int r = 0;

	errors->n = 0;
	for (size_t i = first; i < end && r == 0; i++) {
		const struct observation *observation = &survey->observations[i];
		double error = observation->value - observation->truth[kind];

		if (!isnan(error))
			r = numbers_add(errors, error);
	}
	return r;
}

/* The verdicts against all kinds. */
static int judge_against_all(struct sheet *sheet, const struct survey *survey, size_t first,
	size_t end, struct cell *cell)
{
	const struct situation *situation =
		&sheet->situations[survey->observations[first].situation];
	struct numbers errors = {0};
	int r = 0;

	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS && r == 0; kind++) {
		r = gather_errors(survey, first, end, kind, &errors);
		cell->against[kind] = judgement_of(numbers_median(&errors),
			situation->truth_bytes[kind], situation->tolerance_bytes);
	}
	numbers_release(&errors);
	return r;
}

static int take_values(struct sheet *sheet, const struct survey *survey, size_t first, size_t end,
	struct cell *cell)
{
	enum truth_kind kind = sheet->datasheet.kind;
	struct numbers values = {0};
	int r = 0;

	for (size_t i = first; i < end && r == 0; i++)
		r = numbers_add(&values, survey->observations[i].value);
	if (r == 0)
		r = statistics_of(values.values, values.n, &cell->value_bytes);
	if (r == 0)
		r = gather_errors(survey, first, end, kind, &values);
	if (r == 0)
		r = statistics_of(values.values, values.n, &cell->error_bytes);
	if (r == 0)
		cell->n_outliers = judgement_outliers(values.values, values.n, &cell->error_bytes);
	numbers_release(&values);
	return r;
}

/* A cell's trials have the same positions as its observations. */
static void list_trials(struct sheet *sheet, const struct survey *survey, size_t first, size_t end,
	struct cell *cell)
{
	uint64_t *trials = &sheet->trials[first];

	for (size_t i = first; i < end; i++) {
		const struct observation *observation = &survey->observations[i];

		if (!isnan(observation->value - observation->truth[sheet->datasheet.kind]))
			trials[cell->n_trials++] = observation->trial;
	}
	cell->trials = trials;
}

static int judge_group(struct sheet *sheet, const struct survey *survey, size_t first, size_t end)
{
	const struct observation *group = &survey->observations[first];
	const struct situation *situation = &sheet->situations[group->situation];
	enum truth_kind kind = sheet->datasheet.kind;
	struct cell *cell =
		&sheet->cells[group->subject * sheet->datasheet.n_situations + group->situation];
	int r = take_values(sheet, survey, first, end, cell);

	if (r == 0)
		r = judge_against_all(sheet, survey, first, end, cell);
	if (r < 0)
		return r;
	list_trials(sheet, survey, first, end, cell);
	cell->verdict = cell->against[kind];
	cell->sure = judgement_is_sure(
		&cell->error_bytes, situation->truth_bytes[kind], situation->tolerance_bytes);
	return 0;
}

static int judge_groups(struct sheet *sheet, const struct survey *survey)
{
	const size_t n_cells = sheet->datasheet.n_situations * survey->subjects.n;
	struct statistics none;
	int r = statistics_of(NULL, 0, &none);

	/* The cell of a reporter that was never read in a situation stays empty. */
	for (size_t i = 0; i < n_cells && r == 0; i++)
		sheet->cells[i] = (struct cell){.value_bytes = none, .error_bytes = none};
	for (size_t i = 0; i < survey->n_observations && r == 0;) {
		size_t end = end_of_group(survey, i);

		if (survey->observations[i].subject < survey->subjects.n)
			r = judge_group(sheet, survey, i, end);
		i = end;
	}
	return r;
}
