#include "runner/experiment/random.h"
#include "runner/limit/search_state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* How many limits from the confirmed one to the peak are a resolution or more apart, at most as many as were asked for. */
static size_t limit_curve_count(const struct limit_search *search, double low, double high)
{
	const double least =
		(double)limit_resolution(search, (uint64_t)low) + (double)search->page_bytes;
	uint64_t n = search->settings.curve;

	while (n > 1 && low * (pow(high / low, 1.0 / (double)(n - 1)) - 1.0) < least)
		n--;
	return (size_t)n;
}

/* In the order of the limits, and none at all as the last. */
static void limit_curve_fill(struct limit_search *search, double low, double high, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const double part = n > 1 ? (double)i / (double)(n - 1) : 0.0;

		search->curve.limits[i] =
			limit_page_up(search, (uint64_t)(low * pow(high / low, part)));
	}
	search->curve.limits[0] = search->candidate.limit_bytes;
	if (n > 1)
		search->curve.limits[n - 1] = (uint64_t)high;
	search->curve.limits[n] = 0;
}

/* Every block has an order of its own, which depends on nothing but the seed, the point and the block. */
static void limit_curve_shuffle(struct limit_search *search)
{
	struct random random;

	random_init(&random, search->seed);
	random_init(&random, random_next(&random) + search->point);
	random_init(&random, random_next(&random) + search->curve.block);
	random_shuffle(&random, search->curve.limits, search->curve.n, sizeof(uint64_t));
}

int limit_curve_begin(struct limit_search *search)
{
	const double low = (double)search->candidate.limit_bytes;
	const double high = fmax(low, (double)limit_page_up(search, search->peak_bytes));
	size_t n;

	if (search->settings.curve == 0)
		return 0;
	n = limit_curve_count(search, low, high);
	search->curve.limits = calloc(n + 1, sizeof(*search->curve.limits));
	if (!search->curve.limits)
		return -ENOMEM;
	search->curve.n = n + 1;
	limit_curve_fill(search, low, high, n);
	limit_curve_shuffle(search);
	return 0;
}

bool limit_curve_next(const struct limit_search *search, struct limit_step *ret_step)
{
	const struct limit_curve *curve = &search->curve;

	if (curve->n == 0 || curve->block == search->settings.curve_repetitions)
		return false;
	*ret_step = (struct limit_step){
		.stage = curve->limits[curve->place] > 0 ? LIMIT_STAGE_CURVE : LIMIT_STAGE_FREE,
		.limit_bytes = curve->limits[curve->place],
		.repetition = curve->block + 1,
	};
	return true;
}

void limit_curve_add(struct limit_search *search)
{
	struct limit_curve *curve = &search->curve;

	if (++curve->place < curve->n)
		return;
	curve->place = 0;
	curve->block++;
	limit_curve_shuffle(search);
}
