#include "runner/store/results_tally.h"

#include "util/parse.h"

#include <stdio.h>

#define TRIALS_GATHERED "trials_gathered"

void results_set_tally(struct hdf5_attributes *attributes, const struct tally *tally)
{
	hdf5_set_u64(attributes, TRIALS_GATHERED, tally->n_trials);
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++) {
		hdf5_set_u64(attributes, tally_count_name(kind), tally->of[kind].n);
		if (tally->of[kind].n > 0)
			hdf5_set_text(attributes, tally_first_name(kind), tally->of[kind].first);
	}
}

static uint64_t tally_number(struct results *results, const char *name)
{
	const char *text = results_attribute(results, name);
	uint64_t number;

	return text && parse_u64(text, &number) == 0 ? number : 0;
}

struct tally results_tally(struct results *results)
{
	struct tally tally = {.n_trials = tally_number(results, TRIALS_GATHERED)};

	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++) {
		const char *first = results_attribute(results, tally_first_name(kind));

		tally.of[kind].n = tally_number(results, tally_count_name(kind));
		snprintf(tally.of[kind].first, TALLY_FIRST_SIZE, "%s", first ? first : "");
	}
	return tally;
}
