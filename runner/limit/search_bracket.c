#include "runner/limit/search_state.h"

/*
 * The bracket is narrowed by few trials where the floor foretells the limit, which is the common case, and by halving
 * where it does not:
 *
 *   the floor       is tried first
 *   survived        a little less is tried, which a task that does not adapt cannot survive; then half, and half of that
 *   not survived    it goes up from there in steps that grow, but never beyond the middle
 *   both known      the geometric middle
 */

/* A little less than the floor: what is estimated as not reclaimable is that to about so much. */
#define BELOW_FLOOR 0.96
/* Steps up from the floor: 2, 8, 32 times the resolution. */
#define FIRST_STEP 2
#define STEP_FACTOR 4

void limit_bracket_begin(struct limit_search *search)
{
	search->bracket =
		(struct limit_bracket){.high_bytes = limit_page_up(search, search->peak_bytes)};
}

void limit_bracket_add(struct limit_search *search, uint64_t limit_bytes, bool survived)
{
	struct limit_bracket *bracket = &search->bracket;

	if (survived) {
		bracket->high_bytes = limit_bytes;
		bracket->high_survived = true;
	} else {
		bracket->low_bytes = limit_bytes;
		bracket->n_died++;
	}
}

/* Nothing has died: downwards. */
static uint64_t limit_bracket_down(const struct limit_search *search)
{
	const struct limit_bracket *bracket = &search->bracket;
	const uint64_t below =
		limit_page_up(search, (uint64_t)(BELOW_FLOOR * (double)search->floor_bytes));
	const uint64_t half = limit_page_up(search, bracket->high_bytes / 2);

	if (search->floor_bytes > 0 && below < bracket->high_bytes)
		return below;
	return half < bracket->high_bytes ? half : 0;
}

/* Nothing but the peak, which has no limit, was survived: upwards. */
static uint64_t limit_bracket_up(const struct limit_search *search)
{
	const struct limit_bracket *bracket = &search->bracket;
	const uint64_t middle = limit_between(search, bracket->low_bytes, bracket->high_bytes);
	uint64_t limit = FIRST_STEP * limit_resolution(search, bracket->low_bytes);

	for (uint64_t i = 1; i < bracket->n_died && limit < middle; i++)
		limit *= STEP_FACTOR;
	limit += bracket->low_bytes;
	return limit < middle ? limit : middle;
}

uint64_t limit_bracket_next(const struct limit_search *search)
{
	const struct limit_bracket *bracket = &search->bracket;
	const uint64_t low = bracket->low_bytes, high = bracket->high_bytes;
	const uint64_t floor = limit_page_up(search, search->floor_bytes);

	if (high - low <= limit_resolution(search, low > 0 ? low : search->page_bytes))
		return 0;
	if (low == 0 && !bracket->high_survived && floor > 0 &&
		floor + limit_resolution(search, floor) < high)
		return floor;
	if (low == 0)
		return limit_bracket_down(search);
	return bracket->high_survived ? limit_between(search, low, high) : limit_bracket_up(search);
}
