#include "runner/limit/limit_rows.h"

#include "runner/analysis/shift.h"
#include "util/cleanup.h"

#include <errno.h>
#include <math.h>

/* On either side of an interval of 95 %. */
#define PART 0.025
/* Of the chord's height: less is rounding. */
#define LEAST_DISTANCE 1e-9

CLEANUP_POINTER(cleanup_limit_shift, struct shift, shift_free)

/* ---- which limits there are */

/* No limit is the largest. */
static int limit_row_compare(const void *left, const void *right)
{
	const uint64_t a = ((const struct limit_row *)left)->limit_bytes - 1;
	const uint64_t b = ((const struct limit_row *)right)->limit_bytes - 1;

	return a < b ? -1 : a > b;
}

static struct limit_row *limit_row_find(struct limit_row *rows, size_t n_rows, uint64_t limit_bytes)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].limit_bytes == limit_bytes)
			return &rows[i];
	return NULL;
}

static void limit_row_count(struct limit_row *row, const struct limit_trial *trial)
{
	row->n_ended[trial->outcome.end]++;
	row->n += trial->outcome.end != LIMIT_INVALID;
	row->n_survived += trial->outcome.end == LIMIT_SURVIVED;
	row->on_curve |= trial->step.stage == LIMIT_STAGE_CURVE;
}

const struct limit_row *limit_rows_free(const struct limit_row *rows, size_t n_rows)
{
	return n_rows > 0 && rows[n_rows - 1].limit_bytes == 0 ? &rows[n_rows - 1] : NULL;
}

/* ---- medians of those that survived */

static double limit_value_refaults(const struct limit_trial *trial)
{
	return (double)trial->outcome.refaults;
}

static double limit_value_major_faults(const struct limit_trial *trial)
{
	return (double)trial->outcome.major_faults;
}

static double limit_value_met(const struct limit_trial *trial)
{
	return trial->limit_met;
}

int limit_survivors(const struct limit_run *run, size_t point, enum limit_stage stage,
	uint64_t limit_bytes, limit_value *value, double *values, struct statistics *ret_statistics)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_trials; i++) {
		const struct limit_trial *trial = &run->trials[i];

		if (trial->point == point && trial->step.limit_bytes == limit_bytes &&
			(stage == LIMIT_STAGE_NONE || trial->step.stage == stage) &&
			trial->outcome.end == LIMIT_SURVIVED)
			values[n++] = value(trial);
	}
	return statistics_of(values, n, ret_statistics);
}

static int limit_row_median(const struct limit_run *run, size_t point, uint64_t limit_bytes,
	limit_value *value, double *values, double *ret_median)
{
	struct statistics statistics;
	int r = limit_survivors(
		run, point, LIMIT_STAGE_NONE, limit_bytes, value, values, &statistics);

	if (r == 0)
		*ret_median = statistics.median;
	return r;
}

static int limit_row_medians(
	const struct limit_run *run, size_t point, double *values, struct limit_row *row)
{
	const uint64_t limit = row->limit_bytes;
	int r = limit_row_median(run, point, limit, limit_value_refaults, values, &row->refaults);

	if (r == 0)
		r = limit_row_median(
			run, point, limit, limit_value_major_faults, values, &row->major_faults);
	if (r == 0)
		r = limit_row_median(run, point, limit, limit_value_met, values, &row->limit_met);
	return r;
}

/* ---- slowdown */

/* The survivor without a limit in a block; NULL if there is none. A repetition is a block. */
static const struct limit_trial *limit_free_trial(
	const struct limit_run *run, size_t point, uint64_t block)
{
	for (size_t i = 0; i < run->n_trials; i++) {
		const struct limit_trial *trial = &run->trials[i];

		if (trial->point == point && trial->step.stage == LIMIT_STAGE_FREE &&
			trial->step.repetition == block && trial->outcome.end == LIMIT_SURVIVED)
			return trial;
	}
	return NULL;
}

/* The pairs of a limit, of blocks in which both survived. */
static size_t limit_pairs(const struct limit_run *run, size_t point, uint64_t limit_bytes,
	double *free_ns, double *limited_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n_trials; i++) {
		const struct limit_trial *trial = &run->trials[i], *free;

		if (trial->point != point || trial->step.stage != LIMIT_STAGE_CURVE ||
			trial->step.limit_bytes != limit_bytes ||
			trial->outcome.end != LIMIT_SURVIVED || trial->outcome.wall_ns == 0)
			continue;
		free = limit_free_trial(run, point, trial->step.repetition);
		if (!free || free->outcome.wall_ns == 0)
			continue;
		free_ns[n] = (double)free->outcome.wall_ns;
		limited_ns[n++] = (double)trial->outcome.wall_ns;
	}
	return n;
}

/* `values` has room for two for each trial of the run. */
static int limit_row_slowdown(
	const struct limit_run *run, size_t point, double *values, struct limit_row *row)
{
	double *free_ns = values, *limited_ns = values + run->n_trials;
	const size_t n = limit_pairs(run, point, row->limit_bytes, free_ns, limited_ns);
	CLEANUP(cleanup_limit_shift) struct shift *shift = NULL;
	struct statistics ratios;
	int r;

	if (n == 0)
		return 0;
	r = shift_new_paired(free_ns, limited_ns, n, &shift);
	if (r == 0)
		r = statistics_of_ratio(limited_ns, free_ns, n, &ratios);
	if (r < 0)
		return r;
	row->slowdown = shift_ratio(shift);
	row->slowdown_interval = n < LIMIT_LEAST_BLOCKS
					 ? (struct interval){ratios.minimum, ratios.maximum}
					 : shift_interval(shift, PART);
	return 0;
}

int limit_rows_make(
	const struct limit_run *run, size_t point, struct limit_row **ret_rows, size_t *ret_n_rows)
{
	CLEANUP(cleanup_free) struct limit_row *rows = calloc(run->n_trials + 1, sizeof(*rows));
	CLEANUP(cleanup_free) double *values = calloc(2 * run->n_trials + 1, sizeof(*values));
	size_t n = 0;
	int r = rows && values ? 0 : -ENOMEM;

	for (size_t i = 0; i < run->n_trials && r == 0; i++) {
		const struct limit_trial *trial = &run->trials[i];
		struct limit_row *row;

		if (trial->point != point)
			continue;
		row = limit_row_find(rows, n, trial->step.limit_bytes);
		if (!row) {
			row = &rows[n++];
			*row = (struct limit_row){.limit_bytes = trial->step.limit_bytes,
				.slowdown = NAN,
				.slowdown_interval = {NAN, NAN}};
		}
		limit_row_count(row, trial);
	}
	if (r == 0 && n > 0)
		qsort(rows, n, sizeof(*rows), limit_row_compare);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = limit_row_medians(run, point, values, &rows[i]);
		if (r == 0 && rows[i].on_curve)
			r = limit_row_slowdown(run, point, values, &rows[i]);
	}
	if (r < 0)
		return r;
	*ret_rows = TAKE_PTR(rows);
	*ret_n_rows = n;
	return 0;
}

/* ---- what the rows show */

static uint64_t limit_dies_bytes(const struct limit_answer_point *answer)
{
	uint64_t dies_bytes = 0;

	for (size_t i = 0; i < answer->n_rows; i++) {
		const struct limit_row *row = &answer->rows[i];

		if (row->n_survived > 0 || row->limit_bytes == 0)
			break;
		if (row->n > 0)
			dies_bytes = row->limit_bytes;
	}
	return dies_bytes;
}

static bool limit_is_harmless(const struct limit_run *run, const struct limit_answer_point *answer,
	const struct limit_row *row)
{
	const struct limit_row *free = limit_rows_free(answer->rows, answer->n_rows);
	const double more = LIMIT_REFAULTS_SHARE * answer->peak_bytes / (double)run->page_bytes;

	return free && row->slowdown <= run->settings.slowdown &&
	       row->refaults <= free->refaults + more &&
	       (double)row->n_survived >= run->settings.survival * (double)row->n;
}

/* Downwards from the peak, to the first that harms. */
static void limit_find_unharmed(const struct limit_run *run, struct limit_answer_point *answer)
{
	double low = answer->finding.lower_bytes > 0 ? (double)answer->finding.lower_bytes : NAN;

	for (size_t i = answer->n_rows; i-- > 0;) {
		const struct limit_row *row = &answer->rows[i];

		if (!row->on_curve)
			continue;
		if (!limit_is_harmless(run, answer, row)) {
			low = (double)row->limit_bytes;
			break;
		}
		answer->unharmed_bytes = row->limit_bytes;
	}
	answer->unharmed_interval = (struct interval){NAN, NAN};
	if (answer->unharmed_bytes > 0)
		answer->unharmed_interval = (struct interval){low, (double)answer->unharmed_bytes};
}

static void limit_find_knee(const struct limit_run *run, struct limit_answer_point *answer)
{
	const struct limit_row *first = NULL, *last = NULL;
	double height, farthest, slope, steepest = 0.0;

	for (size_t i = 0; i < answer->n_rows; i++) {
		const struct limit_row *row = &answer->rows[i];

		if (isnan(row->slowdown))
			continue;
		first = first ? first : row;
		last = row;
		steepest = fmax(steepest, row->slowdown);
	}
	if (!first || first == last || steepest <= run->settings.slowdown)
		return;
	height = log(last->slowdown) - log(first->slowdown);
	slope = height / ((double)last->limit_bytes - (double)first->limit_bytes);
	farthest = LEAST_DISTANCE * fabs(height);
	for (const struct limit_row *row = first; row < last; row++) {
		const double chord =
			log(first->slowdown) +
			slope * ((double)row->limit_bytes - (double)first->limit_bytes);
		const double distance = chord - log(row->slowdown);

		/* Not where it is NaN. */
		if (distance > farthest) {
			farthest = distance;
			answer->knee_bytes = row->limit_bytes;
		}
	}
}

void limit_rows_evaluate(const struct limit_run *run, struct limit_answer_point *answer)
{
	answer->dies_bytes = limit_dies_bytes(answer);
	limit_find_unharmed(run, answer);
	limit_find_knee(run, answer);
}
