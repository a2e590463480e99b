#include "runner/store/thinning.h"

void thinning_init(
	struct thinning *thinning, struct sample *kept, size_t max_samples, uint64_t n_total)
{
	*thinning = (struct thinning){
		.kept = kept,
		.n_total = n_total,
		.n_stretches = n_total <= max_samples ? 0 : (max_samples - 2) / 2,
	};
}

static void keep_sample(struct thinning *thinning, struct sample sample)
{
	thinning->kept[thinning->n_kept++] = sample;
}

/* In order of arrival; once if both are the same sample. */
static void close_stretch(struct thinning *thinning)
{
	if (thinning->n_in_stretch == 0)
		return;
	if (thinning->smallest_index < thinning->largest_index)
		keep_sample(thinning, thinning->smallest);
	keep_sample(thinning, thinning->largest);
	if (thinning->smallest_index > thinning->largest_index)
		keep_sample(thinning, thinning->smallest);
	thinning->n_in_stretch = 0;
	thinning->stretch++;
}

static void add_to_stretch(struct thinning *thinning, struct sample sample, uint64_t index)
{
	if (thinning->n_in_stretch == 0 || sample.value < thinning->smallest.value) {
		thinning->smallest = sample;
		thinning->smallest_index = index;
	}
	if (thinning->n_in_stretch == 0 || sample.value > thinning->largest.value) {
		thinning->largest = sample;
		thinning->largest_index = index;
	}
	thinning->n_in_stretch++;
}

/* How many of the samples between first and last come before the end of a stretch. */
static uint64_t end_of_stretch(const struct thinning *thinning, uint64_t stretch)
{
	uint64_t n = thinning->n_total - 2;

	/* n * (stretch + 1) / n_stretches, without overflow */
	return n / thinning->n_stretches * (stretch + 1) +
	       n % thinning->n_stretches * (stretch + 1) / thinning->n_stretches;
}

void thinning_add(struct thinning *thinning, struct sample sample)
{
	uint64_t index = thinning->n_seen++;

	if (thinning->n_stretches == 0 || index == 0 || index == thinning->n_total - 1) {
		keep_sample(thinning, sample);
		return;
	}
	add_to_stretch(thinning, sample, index);
	if (index == end_of_stretch(thinning, thinning->stretch))
		close_stretch(thinning);
}
