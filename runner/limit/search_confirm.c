#include "runner/limit/search_state.h"

#include <math.h>

/*
 * A limit is confirmed by trials that all survive: the probability that a limit with a smaller survival than s is
 * confirmed by n of them is below s^n. Candidates that are tried one after the other share 1 - confidence: the first
 * has half of it, each one after it half of the rest, so that in all a limit is confirmed wrongly in no more
 * searches than that.
 */

uint64_t limit_passes(double survival, double confidence)
{
	return (uint64_t)ceil(log(1.0 - confidence) / log(survival) - 1e-9);
}

static uint64_t limit_passes_after(const struct limit_settings *settings, uint64_t n_before)
{
	return limit_passes(settings->survival,
		1.0 - (1.0 - settings->confidence) * pow(0.5, (double)n_before + 1.0));
}

uint64_t limit_confirm_trials(const struct limit_settings *settings, uint64_t n_candidates)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_candidates; i++) {
		const uint64_t n_passes = limit_passes_after(settings, i);

		n += n_passes + n_passes / LIMIT_BELOW_EVERY;
	}
	return n;
}

uint64_t limit_candidate_passes(const struct limit_search *search)
{
	return limit_passes_after(&search->settings, search->candidate.n_before);
}

bool limit_candidate_choose(struct limit_search *search)
{
	struct limit_candidate *candidate = &search->candidate;
	const uint64_t largest = limit_largest(search), failed = candidate->limit_bytes;
	uint64_t limit = search->bracket.high_bytes;

	if (failed >= largest || candidate->n_tried == LIMIT_MAX_CANDIDATES)
		return false;
	if (failed > 0) {
		limit = failed + (limit_resolution(search, failed) << (candidate->n_tried - 1));
		candidate->n_before++;
	}
	candidate->limit_bytes = limit < largest ? limit : largest;
	candidate->n_passed = 0;
	candidate->n_tried++;
	return true;
}

uint64_t limit_candidate_below(const struct limit_search *search)
{
	const struct limit_candidate *candidate = &search->candidate;
	const uint64_t step = limit_resolution(search, candidate->limit_bytes);
	uint64_t below;

	if (candidate->n_passed == 0 || candidate->n_passed % LIMIT_BELOW_EVERY > 0 ||
		candidate->limit_bytes <= step)
		return 0;
	below = candidate->limit_bytes - step;
	return limit_tallies_count(&search->tallies, below, LIMIT_STAGE_BELOW) <
			       candidate->n_passed / LIMIT_BELOW_EVERY
		       ? below
		       : 0;
}
