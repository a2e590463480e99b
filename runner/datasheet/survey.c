#include "runner/datasheet/survey.h"

#include "runner/datasheet/evidence.h"
#include "runner/store/layout.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define READING_METRIC "%s.reading_ns"

/* The trial being read. */
struct look {
	struct results *results;
	enum truth_kind kind; /* of the sheet */
	size_t point;
	size_t backend;
	const struct comparison_trial *trial;
	struct evidence evidence;
};

static int survey_trial(struct survey *survey, struct look *look, struct error *error);
static int observe_truth(struct survey *survey, const struct look *look);
static int observe_subject(
	struct survey *survey, const struct look *look, size_t subject, struct error *error);
static int observe_reading(struct survey *survey, const struct look *look, struct error *error);

static int survey_cell(struct survey *survey, struct look *look, struct error *error)
{
	const struct comparison_cell *cell = comparison_cell(
		survey->comparison, survey->points.points[look->point].index, look->backend);

	for (size_t i = 0; i < cell->n_trials; i++) {
		int r;

		look->trial = &cell->trials[i];
		if (!look->trial->ok) {
			survey->n_trials_left_out++;
			continue;
		}
		survey->n_trials_ok++;
		r = survey_trial(survey, look, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_moments(struct survey *survey)
{
	survey->moments = calloc(survey->points.n, sizeof(*survey->moments));
	if (!survey->moments)
		return -ENOMEM;
	for (size_t i = 0; i < survey->points.n; i++) {
		struct moments *moments = &survey->moments[i];

		moments->names = calloc(SURVEY_FIRST_STAGE, sizeof(*moments->names));
		if (!moments->names)
			return -ENOMEM;
		moments->n = SURVEY_FIRST_STAGE;
		moments->names[SURVEY_PEAK] = strdup(SITUATION_PEAK);
		moments->names[SURVEY_FINAL] = strdup(SITUATION_FINAL);
		if (!moments->names[SURVEY_PEAK] || !moments->names[SURVEY_FINAL])
			return -ENOMEM;
	}
	return 0;
}

int survey_init(struct survey *survey, struct results *results, const struct comparison *comparison,
	const struct datasheet_options *options, struct error *error)
{
	struct look look = {.results = results, .kind = options->kind};
	int r;

	*survey = (struct survey){.comparison = comparison};
	r = points_init(&survey->points, results, comparison, error);
	if (r == 0)
		r = subjects_init(
			&survey->subjects, results, comparison, options->all_metrics, error);
	if (r < 0)
		return r;
	if (make_moments(survey) < 0)
		return error_set_errno(error, ENOMEM, "cannot survey the trials");
	for (look.point = 0; look.point < survey->points.n; look.point++) {
		for (look.backend = 0; look.backend < comparison->n_backends; look.backend++) {
			r = survey_cell(survey, &look, error);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

void survey_release(struct survey *survey)
{
	for (size_t i = 0; survey->moments && i < survey->points.n; i++) {
		for (size_t j = 0; j < survey->moments[i].n; j++)
			free(survey->moments[i].names[j]);
		free(survey->moments[i].names);
	}
	free(survey->moments);
	free(survey->observations);
	points_release(&survey->points);
	subjects_release(&survey->subjects);
	*survey = (struct survey){0};
}

static int look_at_trial(struct survey *survey, const struct look *look, struct error *error)
{
	int r = 0;

	if (observe_truth(survey, look) < 0)
		return error_set_errno(error, ENOMEM, "cannot survey the trials");
	for (size_t i = 0; i < survey->subjects.n && r == 0; i++)
		if (subject_is_read_in(&survey->subjects.subjects[i], look->backend))
			r = observe_subject(survey, look, i, error);
	return r == 0 ? observe_reading(survey, look, error) : r;
}

static int survey_trial(struct survey *survey, struct look *look, struct error *error)
{
	int r = evidence_init(&look->evidence, look->results, look->trial->number, error);

	if (r == 0)
		r = look_at_trial(survey, look, error);
	evidence_release(&look->evidence);
	return r < 0 ? error_prefix(error, "trial %06" PRIu64, look->trial->number) : 0;
}

/* ---- observations */

static int survey_add(struct survey *survey, const struct observation *observation)
{
	if (!ARRAY_GROW(survey->observations, survey->n_observations))
		return -ENOMEM;
	survey->observations[survey->n_observations++] = *observation;
	return 0;
}

/* The index of a stage among a point's moments; adds it if new. -ENOMEM. */
static int find_moment(struct moments *moments, const char *name, size_t *ret_moment)
{
	char *copy;

	for (size_t i = SURVEY_FIRST_STAGE; i < moments->n; i++) {
		if (strcmp(moments->names[i], name) == 0) {
			*ret_moment = i;
			return 0;
		}
	}
	copy = ARRAY_GROW(moments->names, moments->n) ? strdup(name) : NULL;
	if (!copy)
		return -ENOMEM;
	moments->names[moments->n] = copy;
	*ret_moment = moments->n++;
	return 0;
}

static struct observation observation_of(const struct look *look, size_t subject)
{
	return (struct observation){
		.subject = subject,
		.point = look->point,
		.trial = look->trial->number,
		.value = NAN,
		.scale_bytes = look->evidence.scale_bytes,
	};
}

static int add_peak(struct survey *survey, const struct look *look, struct observation observation,
	double value)
{
	observation.moment = SURVEY_PEAK;
	observation.value = value;
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++)
		observation.truth[kind] = evidence_peak(&look->evidence, kind);
	return survey_add(survey, &observation);
}

static int add_at(struct survey *survey, const struct look *look, struct observation observation,
	uint64_t time_ns, double value)
{
	observation.value = value;
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++)
		observation.truth[kind] = evidence_at(&look->evidence, kind, time_ns);
	return survey_add(survey, &observation);
}

static int add_final(struct survey *survey, const struct look *look, struct observation observation,
	double value)
{
	observation.moment = SURVEY_FINAL;
	return add_at(survey, look, observation, look->evidence.end_ns, value);
}

/* `trace` NULL: only the truth. */
static int add_stages(struct survey *survey, const struct look *look,
	struct observation observation, const struct trace *trace, double initial)
{
	for (size_t i = 0; i < look->evidence.n_stages; i++) {
		const struct stage *stage = &look->evidence.stages[i];
		double value = NAN;
		int r = find_moment(
			&survey->moments[look->point], stage->name, &observation.moment);

		if (r == 0 && trace)
			r = trace_median(trace, stage->from_ns, stage->to_ns, &value);
		if (r == 0)
			r = add_at(survey, look, observation, stage->from_ns, value - initial);
		if (r < 0)
			return r;
	}
	return 0;
}

static int observe_truth(struct survey *survey, const struct look *look)
{
	const struct observation observation = observation_of(look, survey->subjects.n);
	int r = add_peak(survey, look, observation, NAN);

	if (r == 0)
		r = add_stages(survey, look, observation, NULL, 0.0);
	return r == 0 ? add_final(survey, look, observation, NAN) : r;
}

/* ---- the values of a reporter */

/* A reporter's values in a trial, not reduced. */
struct said {
	struct trace trace;
	double initial;
	double peak;
	double final;
	bool whole_life;
};

/*
 * A reporter with a single number for the whole life may send it after the task's end, and has none
 * from before its start.
 */
static void survey_metric(struct said *said, const struct look *look)
{
	const uint64_t begin_ns = look->evidence.begin_ns, end_ns = look->evidence.end_ns;

	said->initial = trace_at(&said->trace, begin_ns);
	said->whole_life = isnan(said->initial);
	said->peak = fmax(said->initial, trace_largest(&said->trace, begin_ns, end_ns));
	said->final = trace_last(&said->trace, begin_ns, end_ns);
	if (said->whole_life) {
		said->initial = 0.0;
		if (isnan(said->peak))
			said->peak = trace_largest(&said->trace, begin_ns, UINT64_MAX);
	} else if (isnan(said->final)) {
		said->peak = NAN; /* it was read before, but never since */
	}
}

static bool is_phenomenon(const struct survey *survey, const struct look *look, const char *name)
{
	return strcmp(survey->points.points[look->point].phenomenon, name) == 0;
}

static int measure_trace(struct survey *survey, const struct look *look, struct subject *subject,
	const struct said *said)
{
	const struct evidence *evidence = &look->evidence;
	const struct trace *truth = &evidence->truth[look->kind];
	int r = 0;

	if (said->whole_life)
		return 0;
	if (is_phenomenon(survey, look, "page_steps"))
		r = numbers_add(&subject->smallest_rise_bytes,
			trace_smallest_rise(&said->trace, evidence->begin_ns, evidence->end_ns));
	if (r < 0 || subject->high_water || truth->n == 0 || !is_phenomenon(survey, look, "ramp"))
		return r;
	r = numbers_add(&subject->rmse_bytes, trace_rmse(&said->trace, said->initial, truth,
						      evidence->begin_ns, evidence->end_ns));
	if (r == 0)
		r = numbers_add(
			&subject->delay_ns, trace_delay_ns(&said->trace, said->initial, truth,
						    evidence->begin_ns, evidence->end_ns));
	return r;
}

static int add_said(
	struct survey *survey, const struct look *look, size_t index, const struct said *said)
{
	struct subject *subject = &survey->subjects.subjects[index];
	struct observation observation = observation_of(look, index);
	int r;

	observation.whole_life = said->whole_life;
	r = add_peak(survey, look, observation, said->peak - said->initial);
	if (r == 0 && !subject->high_water)
		r = add_stages(survey, look, observation, &said->trace, said->initial);
	if (r == 0 && !subject->high_water)
		r = add_final(survey, look, observation, said->final - said->initial);
	return r == 0 ? measure_trace(survey, look, subject, said) : r;
}

static int observe_subject(
	struct survey *survey, const struct look *look, size_t index, struct error *error)
{
	const struct subject *subject = &survey->subjects.subjects[index];
	struct said said = {.initial = NAN};
	int r = trace_init(&said.trace, look->results, look->trial->number,
		subject->reference ? LAYOUT_REFERENCE : subject->metric, error);

	if (r < 0)
		return r;
	if (subject->reference) {
		/* The runner's own snapshots, which are exact. */
		said.initial = look->trial->value[COMPARISON_REFERENCE_INITIAL];
		said.peak = look->trial->value[COMPARISON_REFERENCE_PEAK];
		said.final = look->trial->value[COMPARISON_REFERENCE_FINAL];
	} else {
		survey_metric(&said, look);
	}
	r = add_said(survey, look, index, &said);
	trace_release(&said.trace);
	return r < 0 ? error_set_errno(error, ENOMEM, "cannot survey the trials") : 0;
}

/*
 * The duration of a reading: the median of the trial's measurements, over all metrics of a backend.
 */
static int observe_reading(struct survey *survey, const struct look *look, struct error *error)
{
	const char *backend = survey->comparison->backends[look->backend].name;
	CLEANUP(cleanup_free) char *metric = string_format(READING_METRIC, backend);
	CLEANUP(trace_release) struct trace trace = {0};
	double reading_ns = NAN;
	int r = metric ? 0 : error_set_errno(error, ENOMEM, "cannot survey the trials");

	if (r == 0)
		r = trace_init(&trace, look->results, look->trial->number, metric, error);
	if (r < 0 || trace.n == 0)
		return r;
	r = trace_median(&trace, 0, UINT64_MAX, &reading_ns);
	for (size_t i = 0; i < survey->subjects.n && r == 0; i++) {
		struct subject *subject = &survey->subjects.subjects[i];

		if (!subject->reference && subject->backend == look->backend)
			r = numbers_add(&subject->reading_ns, reading_ns);
	}
	return r < 0 ? error_set_errno(error, ENOMEM, "cannot survey the trials") : 0;
}
