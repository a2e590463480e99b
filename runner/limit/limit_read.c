#include "runner/limit/limit_read.h"

#include "runner/limit/limit_words.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"
#include "util/parse.h"

#include <errno.h>
#include <math.h>

CLEANUP_POINTER(cleanup_limit_run, struct limit_run, limit_read_free)

bool limit_read_is_search(struct results *results)
{
	return results_attribute(results, LAYOUT_ATTRIBUTE_SEARCH) != NULL;
}

void limit_read_free(struct limit_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->n_points; i++)
		free((char *)run->points[i].label);
	for (size_t i = 0; i < run->n_trials; i++)
		free((char *)run->trials[i].cause);
	free((void *)run->points);
	free((void *)run->trials);
	free(run);
}

static int read_search_settings(
	struct results *results, struct limit_settings *settings, struct error *error)
{
	const char *text = results_attribute(results, LAYOUT_ATTRIBUTE_SEARCH);
	json_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	bool read = json && limit_settings_parse(json, settings);

	json_decref(json);
	return read ? 0
		    : error_set(
			      error, EINVAL, "it is not a search for a limit: run memcg-run limit");
}

static uint64_t limit_attribute_number(struct results *results, const char *name)
{
	const char *text = results_attribute(results, name);
	uint64_t number;

	return text && parse_u64(text, &number) == 0 ? number : 0;
}

static uint64_t limit_count_of(double value)
{
	return value >= 0.0 ? (uint64_t)value : 0;
}

static uint64_t limit_row_floor(const struct summary_row *row)
{
	const double anon = row->account[ACCOUNT_PEAK_ANON];
	const double shmem = row->account[ACCOUNT_PEAK_SHMEM];

	if (isnan(anon) || isnan(shmem) ||
		!(row->account[ACCOUNT_COMPOSED] >= LIMIT_FLOOR_READ_AT * row->peak_bytes))
		return 0;
	return limit_count_of(anon) + limit_count_of(shmem) +
	       limit_count_of(row->account[ACCOUNT_PEAK_KERNEL]);
}

/* Of a trial at a limit, which has its swap sealed beside it; absent: any amount. */
static uint64_t limit_trial_swap(struct results *results, uint64_t trial)
{
	CLEANUP(cleanup_free)
	char *text = results_trial_attribute(results, trial, NULL, LAYOUT_ATTRIBUTE_LIMIT_SWAP_MAX);
	uint64_t bytes;

	return text && parse_u64(text, &bytes) == 0 ? bytes : UINT64_MAX;
}

/* The points are searched one after the other: in the order in which their trials appear. */
static size_t find_limit_point(const struct limit_run *run, const struct summary_row *row)
{
	size_t i = 0;

	while (i < run->n_points &&
		(strcmp(run->points[i].task, row->task) != 0 ||
			strcmp(run->points[i].parameters, row->parameters) != 0))
		i++;
	return i;
}

/* Returns its index, or -ENOMEM. */
static int64_t take_point(
	struct results *results, struct limit_run *run, const struct summary_row *row)
{
	struct limit_point *points = (struct limit_point *)run->points;
	const size_t i = find_limit_point(run, row);

	if (i < run->n_points)
		return (int64_t)i;
	points[i].task = row->task;
	points[i].parameters = row->parameters;
	points[i].label =
		results_trial_attribute(results, row->trial, NULL, LAYOUT_ATTRIBUTE_POINT);
	if (!points[i].label)
		points[i].label = strdup("");
	if (!points[i].label)
		return -ENOMEM;
	run->n_points++;
	return (int64_t)i;
}

static int take_limit_trial(struct results *results, struct limit_run *run,
	const struct summary_row *row, struct error *error)
{
	struct limit_trial *trial = (struct limit_trial *)run->trials + run->n_trials;
	const int64_t point = take_point(results, run, row);

	if (point < 0)
		return error_set_errno(error, ENOMEM, "cannot read the search");
	/* A warm-up, or a trial that the end of the run cut off. */
	if (!*row->stage || strcmp(row->status, trial_status_name(TRIAL_INTERRUPTED)) == 0)
		return 0;
	*trial = (struct limit_trial){
		.number = row->trial,
		.point = (size_t)point,
		.step.repetition = row->repetition,
		.step.limit_bytes = limit_count_of(row->account[ACCOUNT_LIMIT]),
		.outcome.peak_bytes = limit_count_of(row->peak_bytes),
		.outcome.floor_bytes = limit_row_floor(row),
		.outcome.wall_ns = row->wall_ns,
		.outcome.refaults = limit_count_of(row->account[ACCOUNT_REFAULTS]),
		.outcome.major_faults = limit_count_of(row->account[ACCOUNT_MAJOR_FAULTS]),
		.anon_bytes = row->account[ACCOUNT_PEAK_ANON],
		.file_bytes = row->account[ACCOUNT_PEAK_FILE],
		.shmem_bytes = row->account[ACCOUNT_PEAK_SHMEM],
		.kernel_bytes = row->account[ACCOUNT_PEAK_KERNEL],
		.limit_met = row->account[ACCOUNT_LIMIT_MET],
	};
	if (!limit_stage_find(row->stage, &trial->step.stage) ||
		!limit_end_find(row->limit_end, &trial->outcome.end))
		return error_set(error, EINVAL,
			"trial " LAYOUT_TRIAL_NAME " does not say what became of its task; another "
			"version of memcg-run made it",
			row->trial);
	if (trial->step.limit_bytes > 0)
		run->swap_bytes = limit_trial_swap(results, row->trial);
	if (trial->outcome.end != LIMIT_SURVIVED)
		trial->cause =
			results_trial_attribute(results, row->trial, NULL, LAYOUT_ATTRIBUTE_CAUSE);
	run->n_trials++;
	return 0;
}

static int take_trials(struct results *results, struct limit_run *run, struct error *error)
{
	const size_t n = results_n_all_rows(results);
	int r = 0;

	run->points = calloc(n + 1, sizeof(*run->points));
	run->trials = calloc(n + 1, sizeof(*run->trials));
	if (!run->points || !run->trials)
		return error_set_errno(error, ENOMEM, "cannot read the search");
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct summary_row *row = results_any_row(results, i);

		if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) == 0)
			r = take_limit_trial(results, run, row, error);
	}
	return r;
}

int limit_read(struct results *results, struct limit_run **ret_run, struct error *error)
{
	CLEANUP(cleanup_limit_run) struct limit_run *run = calloc(1, sizeof(*run));
	int r;

	if (!run)
		return error_set_errno(error, ENOMEM, "cannot read the search");
	run->seed = limit_attribute_number(results, LAYOUT_ATTRIBUTE_SEED);
	run->page_bytes = limit_attribute_number(results, LAYOUT_ATTRIBUTE_PAGE_BYTES);
	run->title = results_attribute(results, LAYOUT_ATTRIBUTE_NAME);
	run->kernel = results_attribute(results, LAYOUT_ATTRIBUTE_KERNEL);
	run->cpu_model = results_attribute(results, LAYOUT_ATTRIBUTE_CPU_MODEL);
	run->hierarchy = results_attribute(results, LAYOUT_ATTRIBUTE_HIERARCHY);
	run->image = results_attribute(results, LAYOUT_ATTRIBUTE_IMAGE);
	run->created = results_attribute(results, LAYOUT_ATTRIBUTE_CREATED);
	r = read_search_settings(results, &run->settings, error);
	if (r == 0)
		r = take_trials(results, run, error);
	if (r < 0)
		return r;
	*ret_run = TAKE_PTR(run);
	return 0;
}

int limit_read_answer(struct results *results, struct limit_run **ret_run,
	struct limit_answer **ret_answer, struct error *error)
{
	CLEANUP(cleanup_limit_run) struct limit_run *run = NULL;
	int r = limit_read(results, &run, error);

	if (r == 0)
		r = limit_answer_make(run, ret_answer, error);
	if (r < 0)
		return r;
	*ret_run = TAKE_PTR(run);
	return 0;
}

bool limit_answer_is_found(const struct limit_answer *answer)
{
	bool found = answer->n_points > 0;

	for (size_t i = 0; i < answer->n_points; i++)
		found &= answer->points[i].finding.result == LIMIT_FOUND;
	return found;
}

CLEANUP_POINTER(cleanup_written_answer, struct limit_answer, limit_answer_free)

int limit_read_write(struct results *results, int run_fd, bool drawn, struct error *error)
{
	CLEANUP(cleanup_limit_run) struct limit_run *run = NULL;
	CLEANUP(cleanup_written_answer) struct limit_answer *answer = NULL;
	int r;

	if (!limit_read_is_search(results))
		return 0;
	r = limit_read_answer(results, &run, &answer, error);
	if (r == 0)
		r = limit_answer_write(answer, run_fd, error);
	return r == 0 && drawn ? limit_answer_draw(answer, run_fd, error) : r;
}
