#include "runner/limit/search.h"

#include "runner/limit/search_state.h"
#include "util/cleanup.h"

#include <errno.h>

/* Below the floor by less than this, a task does not adapt: the floor is an estimate. */
#define ADAPTS_BELOW_FLOOR 0.95

CLEANUP_POINTER(cleanup_limit_search, struct limit_search, limit_search_free)

static uint64_t limit_baselines(const struct limit_settings *settings)
{
	return settings->quick ? LIMIT_QUICK_BASELINES : LIMIT_BASELINES;
}

static bool limit_settings_are_valid(const struct limit_settings *settings)
{
	return settings->survival > 0.0 && settings->survival < 1.0 && settings->confidence > 0.0 &&
	       settings->confidence < 1.0 && settings->curve <= LIMIT_MAX_CURVE &&
	       settings->curve_repetitions <= LIMIT_MAX_CURVE;
}

int limit_search_new(const struct limit_settings *settings, uint64_t seed, size_t point,
	uint64_t page_bytes, struct limit_search **ret_search)
{
	CLEANUP(cleanup_limit_search) struct limit_search *search = NULL;

	if (!limit_settings_are_valid(settings) || page_bytes == 0)
		return -EINVAL;
	search = calloc(1, sizeof(*search));
	if (!search)
		return -ENOMEM;
	search->settings = *settings;
	search->seed = seed;
	search->point = point;
	search->page_bytes = page_bytes;
	search->step = (struct limit_step){.stage = LIMIT_STAGE_BASELINE, .repetition = 1};
	*ret_search = TAKE_PTR(search);
	return 0;
}

void limit_search_free(struct limit_search *search)
{
	if (!search)
		return;
	limit_tallies_release(&search->tallies);
	free(search->curve.limits);
	free(search);
}

bool limit_search_next(const struct limit_search *search, struct limit_step *ret_step)
{
	if (search->ended)
		return false;
	*ret_step = search->step;
	return true;
}

/* ---- what comes next */

static void limit_end_search(struct limit_search *search, enum limit_result result)
{
	search->ended = true;
	search->result = result;
}

static void limit_want(struct limit_search *search, enum limit_stage stage, uint64_t limit_bytes)
{
	search->step = (struct limit_step){
		.stage = stage,
		.limit_bytes = limit_bytes,
		.repetition = limit_tallies_count(&search->tallies, limit_bytes, stage) + 1,
	};
}

static int limit_after_curve(struct limit_search *search)
{
	if (!limit_curve_next(search, &search->step))
		limit_end_search(search, LIMIT_FOUND);
	return 0;
}

static int limit_after_confirm(struct limit_search *search)
{
	const uint64_t below = limit_candidate_below(search);

	if (below > 0) {
		limit_want(search, LIMIT_STAGE_BELOW, below);
		return 0;
	}
	if (!search->confirmed) {
		limit_want(search, LIMIT_STAGE_CONFIRM, search->candidate.limit_bytes);
		return 0;
	}
	search->result = LIMIT_FOUND;
	if (limit_curve_begin(search) < 0)
		return -ENOMEM;
	return limit_after_curve(search);
}

static int limit_choose(struct limit_search *search)
{
	if (!limit_candidate_choose(search)) {
		limit_end_search(search, LIMIT_NOT_CONFIRMED);
		return 0;
	}
	return limit_after_confirm(search);
}

static int limit_after_search(struct limit_search *search)
{
	const uint64_t limit = limit_bracket_next(search);

	if (limit == 0)
		return limit_choose(search);
	limit_want(search, LIMIT_STAGE_SEARCH, limit);
	return 0;
}

static int limit_after_baseline(struct limit_search *search)
{
	if (search->n_baselines < limit_baselines(&search->settings)) {
		search->step.repetition = search->n_baselines + search->n_baselines_died + 1;
		return 0;
	}
	limit_bracket_begin(search);
	return limit_after_search(search);
}

/* ---- what became of one */

static int limit_add_baseline(struct limit_search *search, const struct limit_outcome *outcome)
{
	if (outcome->end != LIMIT_SURVIVED) {
		if (++search->n_baselines_died <= LIMIT_BASELINE_DEATHS && search->n_baselines > 0)
			return limit_after_baseline(search);
		limit_end_search(search, LIMIT_BASELINE_DIED);
		return 0;
	}
	search->n_baselines++;
	if (outcome->peak_bytes > search->peak_bytes)
		search->peak_bytes = outcome->peak_bytes;
	if (outcome->floor_bytes > 0 &&
		(search->floor_bytes == 0 || outcome->floor_bytes < search->floor_bytes))
		search->floor_bytes = outcome->floor_bytes;
	return limit_after_baseline(search);
}

static int limit_add_confirm(struct limit_search *search, bool survived)
{
	const enum limit_result result = limit_candidate_add(search, survived);

	if (result == LIMIT_NOT_CONFIRMED) {
		search->n_confirm_died++;
		return limit_choose(search);
	}
	search->confirmed = result == LIMIT_FOUND;
	return limit_after_confirm(search);
}

static int limit_add_evidence(struct limit_search *search, const struct limit_outcome *outcome)
{
	const bool survived = outcome->end == LIMIT_SURVIVED;

	switch (search->step.stage) {
	case LIMIT_STAGE_BASELINE:
		return limit_add_baseline(search, outcome);
	case LIMIT_STAGE_SEARCH:
		search->n_search++;
		limit_bracket_add(search, search->step.limit_bytes, survived);
		return limit_after_search(search);
	case LIMIT_STAGE_CONFIRM:
		return limit_add_confirm(search, survived);
	case LIMIT_STAGE_BELOW:
		search->n_below++;
		search->n_below_survived += survived;
		return limit_after_confirm(search);
	default:
		limit_curve_add(search);
		return limit_after_curve(search);
	}
}

int limit_search_add(struct limit_search *search, const struct limit_outcome *outcome)
{
	const struct limit_step *step = &search->step;

	if (search->ended)
		return -EINVAL;
	if (outcome->end == LIMIT_INVALID) {
		if (++search->n_invalid == LIMIT_MAX_INVALID)
			limit_end_search(search, LIMIT_NO_EVIDENCE);
		return 0;
	}
	search->n_invalid = 0;
	if (step->limit_bytes > 0 && limit_tallies_add(&search->tallies, step->limit_bytes,
					     step->stage, outcome->end == LIMIT_SURVIVED) < 0)
		return -ENOMEM;
	return limit_add_evidence(search, outcome);
}

/* ---- how many trials */

static uint64_t limit_other_trials(const struct limit_settings *settings)
{
	const uint64_t n_block = settings->curve > 0 ? settings->curve + 1 : 0;

	return limit_baselines(settings) + n_block * settings->curve_repetitions;
}

uint64_t limit_search_max_trials(const struct limit_settings *settings)
{
	return limit_other_trials(settings) + LIMIT_MAX_SEARCH +
	       (LIMIT_MAX_SCREENED - LIMIT_MAX_CONFIRMED) * LIMIT_SCREENING +
	       limit_confirm_trials(settings, LIMIT_MAX_CONFIRMED, LIMIT_BASELINE_DEATHS) +
	       LIMIT_BASELINE_DEATHS;
}

uint64_t limit_search_usual_trials(const struct limit_settings *settings)
{
	return limit_other_trials(settings) + LIMIT_USUAL_SEARCH +
	       limit_confirm_trials(settings, 1, 0);
}

/* ---- what was found */

static uint64_t limit_upper(const struct limit_search *search)
{
	return search->candidate.limit_bytes > 0 ? search->candidate.limit_bytes
						 : search->bracket.high_bytes;
}

struct limit_finding limit_search_finding(const struct limit_search *search)
{
	const struct limit_settings *settings = &search->settings;
	const uint64_t upper = limit_upper(search);

	return (struct limit_finding){
		.result = search->result,
		.peak_bytes = search->peak_bytes,
		.floor_bytes = search->floor_bytes,
		.lower_bytes = limit_tallies_refuted(
			&search->tallies, upper, settings->survival, settings->confidence),
		.upper_bytes = upper,
		.n_confirm = search->candidate.n_passed + search->candidate.n_died,
		.n_confirmed = search->candidate.n_passed,
		.n_confirm_died = search->n_confirm_died,
		.n_below = search->n_below,
		.n_below_survived = search->n_below_survived,
		.n_candidates = search->candidate.n_tried,
		.n_search = search->n_search,
		.monotone = limit_tallies_are_monotone(&search->tallies),
		.adapts = limit_tallies_survived(&search->tallies,
			(uint64_t)(ADAPTS_BELOW_FLOOR * (double)search->floor_bytes)),
	};
}
