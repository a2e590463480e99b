#include "runner/limit/tallies.h"

#include "util/array.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <string.h>

void limit_tallies_release(struct limit_tallies *tallies)
{
	free(tallies->tallies);
	*tallies = (struct limit_tallies){NULL, 0};
}

/* The place of a limit, or where it belongs. */
static size_t limit_tallies_place(const struct limit_tallies *tallies, uint64_t limit_bytes)
{
	size_t place = 0;

	while (place < tallies->n && tallies->tallies[place].limit_bytes < limit_bytes)
		place++;
	return place;
}

static bool limit_tallies_has(
	const struct limit_tallies *tallies, size_t place, uint64_t limit_bytes)
{
	return place < tallies->n && tallies->tallies[place].limit_bytes == limit_bytes;
}

int limit_tallies_add(
	struct limit_tallies *tallies, uint64_t limit_bytes, enum limit_stage stage, bool survived)
{
	const size_t place = limit_tallies_place(tallies, limit_bytes);
	struct limit_tally *tally;

	if (!limit_tallies_has(tallies, place, limit_bytes)) {
		if (!ARRAY_GROW(tallies->tallies, tallies->n))
			return -ENOMEM;
		tally = &tallies->tallies[place];
		memmove(tally + 1, tally, (tallies->n++ - place) * sizeof(*tally));
		*tally = (struct limit_tally){.limit_bytes = limit_bytes};
	}
	tally = &tallies->tallies[place];
	tally->n_stage[stage]++;
	tally->n++;
	tally->n_survived += survived;
	return 0;
}

uint64_t limit_tallies_count(
	const struct limit_tallies *tallies, uint64_t limit_bytes, enum limit_stage stage)
{
	const size_t place = limit_tallies_place(tallies, limit_bytes);

	return limit_tallies_has(tallies, place, limit_bytes)
		       ? tallies->tallies[place].n_stage[stage]
		       : 0;
}

/* The upper end of the one-sided interval of the survival is below `survival`. */
static bool limit_tally_refutes(const struct limit_tally *tally, double survival, double confidence)
{
	const double n_died = (double)(tally->n - tally->n_survived);

	return n_died > 0.0 && gsl_cdf_beta_Pinv(confidence, (double)tally->n_survived + 1.0,
				       n_died) <= survival * (1.0 + 1e-9);
}

uint64_t limit_tallies_refuted(const struct limit_tallies *tallies, uint64_t below_bytes,
	double survival, double confidence)
{
	for (size_t i = limit_tallies_place(tallies, below_bytes); i-- > 0;)
		if (limit_tally_refutes(&tallies->tallies[i], survival, confidence))
			return tallies->tallies[i].limit_bytes;
	return 0;
}

/* Of two limits with the same survival, the probability that the lower one is survived so often or more. */
static double limit_tally_p_above(const struct limit_tally *low, const struct limit_tally *high)
{
	if (low->n_survived * high->n <= high->n_survived * low->n)
		return 1.0;
	return gsl_cdf_hypergeometric_Q((unsigned)low->n_survived - 1,
		(unsigned)(low->n_survived + high->n_survived),
		(unsigned)(low->n + high->n - low->n_survived - high->n_survived),
		(unsigned)low->n);
}

bool limit_tallies_are_monotone(const struct limit_tallies *tallies)
{
	for (size_t low = 0; low < tallies->n; low++) {
		struct limit_tally together = {.n = 0};

		for (size_t high = low + 1; high < tallies->n; high++) {
			const struct limit_tally *tally = &tallies->tallies[high];

			together.n += tally->n;
			together.n_survived += tally->n_survived;
			if (limit_tally_p_above(&tallies->tallies[low], tally) <
					LIMIT_MONOTONE_LEVEL ||
				limit_tally_p_above(&tallies->tallies[low], &together) <
					LIMIT_MONOTONE_LEVEL)
				return false;
		}
	}
	return true;
}

bool limit_tallies_survived(const struct limit_tallies *tallies, uint64_t bytes)
{
	for (size_t i = 0; i < tallies->n && tallies->tallies[i].limit_bytes <= bytes; i++)
		if (tallies->tallies[i].n_survived > 0)
			return true;
	return false;
}
