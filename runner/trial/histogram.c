#include "runner/trial/histogram.h"

static unsigned bucket_of(uint64_t value)
{
	unsigned highest_bit = 63u - (unsigned)__builtin_clzll(value | 1);
	/* Its power of two, counted from the first one that is divided into steps. */
	unsigned octave = highest_bit < HISTOGRAM_STEP_BITS ? 0 : highest_bit - HISTOGRAM_STEP_BITS;

	/* Octave 0 contains the values below 64 and those from 64 to 127: both are exact. */
	return octave * HISTOGRAM_STEPS + (unsigned)(value >> octave);
}

static uint64_t largest_in_bucket(unsigned bucket)
{
	unsigned octave = bucket < 2 * HISTOGRAM_STEPS ? 0 : bucket / HISTOGRAM_STEPS - 1;
	uint64_t step = bucket - octave * HISTOGRAM_STEPS;

	/* The last bucket ends at 2^64, which wraps to 0: minus one is the largest value. */
	return ((step + 1) << octave) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->count[bucket_of(value)]++;
	histogram->n++;
	if (value > histogram->maximum)
		histogram->maximum = value;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
	/* The rank, rounded up, without overflow of n * percent. */
	uint64_t rank = histogram->n / 100 * percent + (histogram->n % 100 * percent + 99) / 100;
	uint64_t seen = 0;

	for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
		seen += histogram->count[bucket];
		if (seen >= rank && seen > 0) {
			uint64_t value = largest_in_bucket(bucket);

			return value < histogram->maximum ? value : histogram->maximum;
		}
	}
	return 0;
}
