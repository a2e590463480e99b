#include "runner/limit/search_state.h"

#include <math.h>

/*
 * A limit is confirmed by trials of which no more than a number stated before die: of a limit whose survival is below s, n trials die
 * c times or less with the binomial probability I_s(n - c, c + 1) at most, which is s^n for c = 0.
 *
 * Candidates that are tried one after the other share alpha, 1 - confidence: the first has FIRST_SHARE of it, each later one half of
 * what is left, and the number of trials follows from the share. So in all no more than alpha of the searches confirm a limit that
 * does not have the survival, whatever the survival at each limit is, and however the candidates are chosen.
 *
 * Most tasks do not die at all above a limit, and a candidate that may not die needs the fewest trials. So the first may not, unless
 * the baseline did; each that has spent its share is followed by one that may die once more. A task that now and then fails
 * by itself is confirmed by these.
 *
 * The first LIMIT_SCREENING trials at a candidate are not among those that confirm it, and none of them may die. A candidate that dies
 * in them has spent nothing, since whether the others survive does not depend on them.
 */

/* Nearly all: where the boundary is sharp there is no second one. */
#define FIRST_SHARE 0.8
/*
 * How likely the next candidate is to be confirmed. Lower: a smaller limit, and more candidates. It grows with what has been
 * spent. docs/limit.md has what comes of these three (simulated: half, four, and 0.8 were the best of those that were tried).
 */
#define FIRST_CHANCE 0.5
#define CHANCE_GROWS 0.1

/* That confirm a candidate after `n_before` which have spent their share. */
static uint64_t limit_passes_after(
	const struct limit_settings *settings, uint64_t n_before, uint64_t n_deaths)
{
	const double share =
		n_before == 0 ? FIRST_SHARE : (1.0 - FIRST_SHARE) * pow(0.5, (double)n_before);

	return limit_passes(
		settings->survival, 1.0 - (1.0 - settings->confidence) * share, n_deaths);
}

uint64_t limit_confirm_trials(
	const struct limit_settings *settings, uint64_t n_candidates, uint64_t n_deaths)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_candidates; i++) {
		const uint64_t n_trials =
			LIMIT_SCREENING + limit_passes_after(settings, i, i + n_deaths);

		n += n_trials + n_trials / LIMIT_BELOW_EVERY;
	}
	return n;
}

/* How often the candidate may die. */
static uint64_t limit_candidate_deaths(const struct limit_search *search)
{
	return search->candidate.n_before + search->n_baselines_died;
}

static uint64_t limit_candidate_trials(const struct limit_search *search)
{
	return LIMIT_SCREENING + limit_passes_after(&search->settings, search->candidate.n_before,
					 limit_candidate_deaths(search));
}

static uint64_t limit_candidate_n(const struct limit_candidate *candidate)
{
	return candidate->n_passed + candidate->n_died;
}

enum limit_result limit_candidate_add(struct limit_search *search, bool survived)
{
	struct limit_candidate *candidate = &search->candidate;

	candidate->n_passed += survived;
	candidate->n_died += !survived;
	if (!survived && (limit_candidate_n(candidate) <= LIMIT_SCREENING ||
				 candidate->n_died > limit_candidate_deaths(search)))
		return LIMIT_NOT_CONFIRMED;
	return limit_candidate_n(candidate) < limit_candidate_trials(search) ? LIMIT_RUNNING
									     : LIMIT_FOUND;
}

/*
 * How far the next goes at most: where nothing has survived yet, nothing says how much more is needed, and a leap would find far more
 * than that. A resolution beyond the largest peak, then two, four and so on.
 */
static uint64_t limit_candidate_reach(const struct limit_search *search)
{
	const uint64_t failed = search->candidate.limit_bytes, largest = limit_largest(search);
	const uint64_t peak = search->peak_bytes;
	const uint64_t from = failed > peak ? failed : peak;
	const uint64_t step = limit_resolution(search, from);
	const uint64_t reach =
		limit_page_up(search, from + (from - peak > step ? from - peak : step));

	return reach < largest ? reach : largest;
}

/* Half a resolution or more above one that was not survived. */
static uint64_t limit_candidate_above(const struct limit_search *search)
{
	const struct limit_candidate *candidate = &search->candidate;
	const uint64_t failed = candidate->limit_bytes, reach = limit_candidate_reach(search);
	const uint64_t lowest =
		limit_page_up(search, failed + limit_resolution(search, failed) / 2);

	if (lowest >= reach)
		return lowest < limit_largest(search) ? lowest : limit_largest(search);
	return limit_posterior_choose(search, lowest, reach, limit_candidate_trials(search),
		limit_candidate_deaths(search),
		FIRST_CHANCE + CHANCE_GROWS * (double)candidate->n_before);
}

bool limit_candidate_choose(struct limit_search *search)
{
	struct limit_candidate *candidate = &search->candidate;

	if (candidate->n_tried == 0) {
		candidate->limit_bytes = search->bracket.high_bytes;
	} else {
		candidate->n_before += limit_candidate_n(candidate) > LIMIT_SCREENING;
		if (candidate->limit_bytes >= limit_largest(search) ||
			candidate->n_before == LIMIT_MAX_CONFIRMED ||
			candidate->n_tried == LIMIT_MAX_SCREENED)
			return false;
		candidate->limit_bytes = limit_candidate_above(search);
	}
	candidate->n_passed = candidate->n_died = 0;
	candidate->n_tried++;
	return true;
}

uint64_t limit_candidate_below(const struct limit_search *search)
{
	const struct limit_candidate *candidate = &search->candidate;
	const uint64_t step = limit_resolution(search, candidate->limit_bytes);
	const uint64_t n = limit_candidate_n(candidate);
	uint64_t below;

	if (n == 0 || n % LIMIT_BELOW_EVERY > 0 || candidate->limit_bytes <= step)
		return 0;
	below = candidate->limit_bytes - step;
	return limit_tallies_count(&search->tallies, below, LIMIT_STAGE_BELOW) <
			       n / LIMIT_BELOW_EVERY
		       ? below
		       : 0;
}
