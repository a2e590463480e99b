#include "runner/limit/search_state.h"

#include <math.h>

static uint64_t limit_page_down(const struct limit_search *search, uint64_t bytes)
{
	return bytes - bytes % search->page_bytes;
}

uint64_t limit_page_up(const struct limit_search *search, uint64_t bytes)
{
	return limit_page_down(search, bytes + search->page_bytes - 1);
}

uint64_t limit_resolution(const struct limit_search *search, uint64_t limit_bytes)
{
	const uint64_t share = (uint64_t)(LIMIT_RESOLUTION * (double)limit_bytes);
	const uint64_t rounded = limit_page_down(
		search, share > LIMIT_RESOLUTION_BYTES ? share : LIMIT_RESOLUTION_BYTES);

	return rounded > 0 ? rounded : search->page_bytes;
}

uint64_t limit_between(const struct limit_search *search, uint64_t low_bytes, uint64_t high_bytes)
{
	const uint64_t middle =
		limit_page_down(search, (uint64_t)sqrt((double)low_bytes * (double)high_bytes));

	return middle > low_bytes ? middle : low_bytes + search->page_bytes;
}

uint64_t limit_largest(const struct limit_search *search)
{
	return limit_page_up(
		search, (uint64_t)((1.0 + LIMIT_ABOVE_PEAK) * (double)search->peak_bytes));
}
