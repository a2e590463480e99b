#include "runner/limit/search_state.h"

#include <math.h>

/*
 * A limit is confirmed by trials that all survive: of a limit whose survival is below s, n trials in a row all do with a
 * probability below s^n. A candidate is given up at its first death, and the next one is higher.
 *
 * Candidates that are tried one after the other share alpha, 1 - confidence: the first has FIRST_SHARE of it, each later one half of
 * what is left, and the number of passes follows from the share. So in all no more than alpha of the searches confirm a limit that
 * does not have the survival, whatever the survival at each limit is, and however the candidates are chosen.
 *
 * The first LIMIT_SCREENING trials at a candidate are not among those that confirm it. A candidate that dies in them
 * has spent nothing, since whether the others survive does not depend on them.
 */

/* Nearly all: where the boundary is sharp there is no second one. */
#define FIRST_SHARE 0.8
/*
 * How likely the next candidate is to be confirmed. Lower: a smaller limit, and more candidates. It grows with what has been
 * spent. docs/limit.md has what comes of these three (simulated: half, four, and 0.8 were the best of those that were tried).
 */
#define FIRST_CHANCE 0.5
#define CHANCE_GROWS 0.1

uint64_t limit_passes(double survival, double confidence)
{
	return (uint64_t)ceil(log(1.0 - confidence) / log(survival) - 1e-9);
}

/* That confirm a candidate after `n_before` which have spent their share. */
static uint64_t limit_passes_after(const struct limit_settings *settings, uint64_t n_before)
{
	const double share =
		n_before == 0 ? FIRST_SHARE : (1.0 - FIRST_SHARE) * pow(0.5, (double)n_before);

	return limit_passes(settings->survival, 1.0 - (1.0 - settings->confidence) * share);
}

uint64_t limit_confirm_trials(const struct limit_settings *settings, uint64_t n_candidates)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_candidates; i++) {
		const uint64_t n_passes = LIMIT_SCREENING + limit_passes_after(settings, i);

		n += n_passes + n_passes / LIMIT_BELOW_EVERY;
	}
	return n;
}

uint64_t limit_candidate_passes(const struct limit_search *search)
{
	return LIMIT_SCREENING + limit_passes_after(&search->settings, search->candidate.n_before);
}

/* Half a resolution or more above one that was not survived. */
static uint64_t limit_candidate_above(const struct limit_search *search)
{
	const struct limit_candidate *candidate = &search->candidate;
	const uint64_t failed = candidate->limit_bytes, largest = limit_largest(search);
	const uint64_t lowest =
		limit_page_up(search, failed + limit_resolution(search, failed) / 2);

	if (lowest >= largest)
		return largest;
	return limit_posterior_choose(search, lowest, largest, limit_candidate_passes(search),
		FIRST_CHANCE + CHANCE_GROWS * (double)candidate->n_before);
}

bool limit_candidate_choose(struct limit_search *search)
{
	struct limit_candidate *candidate = &search->candidate;

	if (candidate->n_tried == 0) {
		candidate->limit_bytes = search->bracket.high_bytes;
	} else {
		candidate->n_before += candidate->n_passed >= LIMIT_SCREENING;
		if (candidate->limit_bytes >= limit_largest(search) ||
			candidate->n_before == LIMIT_MAX_CONFIRMED ||
			candidate->n_tried == LIMIT_MAX_SCREENED)
			return false;
		candidate->limit_bytes = limit_candidate_above(search);
	}
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
