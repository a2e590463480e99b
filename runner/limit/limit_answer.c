/* The answer: the search replayed, the baseline's medians, and the rows. */

#include "runner/limit/limit_rows.h"
#include "util/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

CLEANUP_POINTER(cleanup_limit_search, struct limit_search, limit_search_free)
CLEANUP_POINTER(cleanup_limit_answer, struct limit_answer, limit_answer_free)

static bool limit_step_is(const struct limit_step *left, const struct limit_step *right)
{
	return left->stage == right->stage && left->limit_bytes == right->limit_bytes &&
	       left->repetition == right->repetition;
}

static int limit_replay_trial(
	struct limit_search *search, const struct limit_trial *trial, struct error *error)
{
	struct limit_step step;
	int r;

	if (!limit_search_next(search, &step) || !limit_step_is(&step, &trial->step))
		return error_set(error, EINVAL,
			"cannot follow the search: trial %" PRIu64
			" is not the one that it has next; another version of memcg-run made this "
			"run",
			trial->number);
	r = limit_search_add(search, &trial->outcome);
	return r < 0 ? error_set_errno(error, -r, "cannot follow the search") : 0;
}

static int limit_replay(const struct limit_run *run, size_t point,
	struct limit_answer_point *answer, struct error *error)
{
	CLEANUP(cleanup_limit_search) struct limit_search *search = NULL;
	struct limit_step step;
	int r = limit_search_new(&run->settings, run->seed, point, run->page_bytes, &search);

	if (r < 0)
		return error_set_errno(error, -r, "cannot follow the search");
	for (size_t i = 0; i < run->n_trials; i++) {
		if (run->trials[i].point != point)
			continue;
		r = limit_replay_trial(search, &run->trials[i], error);
		if (r < 0)
			return r;
	}
	answer->finding = limit_search_finding(search);
	answer->finished = !limit_search_next(search, &step);
	return 0;
}

/* ---- the baseline */

static double limit_baseline_peak(const struct limit_trial *trial)
{
	return (double)trial->outcome.peak_bytes;
}

static double limit_baseline_floor(const struct limit_trial *trial)
{
	return trial->outcome.floor_bytes > 0 ? (double)trial->outcome.floor_bytes : NAN;
}

static double limit_baseline_wall(const struct limit_trial *trial)
{
	return (double)trial->outcome.wall_ns;
}

/* Known if the floor is: of a peak too short for the one to be read, the other was read too early as well. */
static double limit_baseline_file_share(const struct limit_trial *trial)
{
	return trial->outcome.floor_bytes > 0
		       ? trial->file_bytes / (double)trial->outcome.peak_bytes
		       : NAN;
}

static int limit_baseline_of(const struct limit_run *run, size_t point, limit_value *value,
	double *values, struct statistics *ret_statistics)
{
	return limit_survivors(run, point, LIMIT_STAGE_BASELINE, 0, value, values, ret_statistics);
}

static int limit_baseline(
	const struct limit_run *run, size_t point, struct limit_answer_point *answer)
{
	CLEANUP(cleanup_free) double *values = calloc(run->n_trials + 1, sizeof(*values));
	struct statistics peak, floor, wall, share;
	int r = values ? limit_baseline_of(run, point, limit_baseline_peak, values, &peak)
		       : -ENOMEM;

	if (r == 0)
		r = limit_baseline_of(run, point, limit_baseline_floor, values, &floor);
	if (r == 0)
		r = limit_baseline_of(run, point, limit_baseline_wall, values, &wall);
	if (r == 0)
		r = limit_baseline_of(run, point, limit_baseline_file_share, values, &share);
	if (r < 0)
		return r;
	answer->n_baseline = peak.n;
	answer->n_floor = floor.n;
	answer->peak_bytes = peak.median;
	answer->peak_interval = peak.median_ci95;
	answer->floor_bytes = floor.median;
	answer->floor_interval = floor.median_ci95;
	answer->wall_ns = wall.median;
	answer->file_share = share.median;
	return 0;
}

/* ---- how it dies */

/* The most frequent end; of several the first of `enum limit_end`. */
static enum limit_end limit_frequent_death(const struct limit_answer_point *answer)
{
	enum limit_end frequent = LIMIT_SURVIVED;
	uint64_t most = 0;

	for (enum limit_end end = LIMIT_OOM_KILLED; end < LIMIT_INVALID; end++) {
		uint64_t n = 0;

		for (size_t i = 0; i < answer->n_rows; i++)
			n += answer->rows[i].n_ended[end];
		if (n > most) {
			most = n;
			frequent = end;
		}
	}
	return frequent;
}

static void limit_find_death(
	const struct limit_run *run, size_t point, struct limit_answer_point *answer)
{
	answer->dies_by = limit_frequent_death(answer);
	for (size_t i = 0; i < run->n_trials && answer->dies_by != LIMIT_SURVIVED; i++) {
		const struct limit_trial *trial = &run->trials[i];

		if (trial->point == point && trial->outcome.end == answer->dies_by) {
			answer->dies_cause = trial->cause;
			return;
		}
	}
}

static int limit_answer_point_make(const struct limit_run *run, size_t point,
	struct limit_answer_point *answer, struct error *error)
{
	int r;

	answer->point = &run->points[point];
	r = limit_replay(run, point, answer, error);
	if (r < 0)
		return r;
	r = limit_rows_make(run, point, &answer->rows, &answer->n_rows);
	if (r == 0)
		r = limit_baseline(run, point, answer);
	if (r < 0)
		return error_set_errno(error, -r, "cannot evaluate the search");
	limit_rows_evaluate(run, answer);
	limit_find_death(run, point, answer);
	return 0;
}

int limit_answer_make(
	const struct limit_run *run, struct limit_answer **ret_answer, struct error *error)
{
	CLEANUP(cleanup_limit_answer) struct limit_answer *answer = calloc(1, sizeof(*answer));

	if (answer)
		answer->points = calloc(run->n_points + 1, sizeof(*answer->points));
	if (!answer || !answer->points)
		return error_set_errno(error, ENOMEM, "cannot evaluate the search");
	answer->run = run;
	answer->n_points = run->n_points;
	for (size_t i = 0; i < run->n_points; i++) {
		int r = limit_answer_point_make(run, i, &answer->points[i], error);

		if (r < 0)
			return r;
	}
	*ret_answer = TAKE_PTR(answer);
	return 0;
}

void limit_answer_free(struct limit_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; answer->points && i < answer->n_points; i++)
		free(answer->points[i].rows);
	free(answer->points);
	free(answer);
}

uint64_t limit_setting_bytes(const struct limit_answer_point *point)
{
	if (point->finding.result != LIMIT_FOUND)
		return 0;
	return point->unharmed_bytes > 0 ? point->unharmed_bytes : point->finding.upper_bytes;
}
