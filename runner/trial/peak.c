#include "runner/trial/peak.h"
#include "util/counter.h"

/*
 * Without a reset the kernel's final peak is still the interval's in two cases: it rose during the
 * interval, or an equal value was observed in it. Otherwise the interval stayed below an earlier
 * peak.
 */
struct peak peak_of_interval(const struct peak_evidence *evidence)
{
	const uint64_t seen_bytes = counter_larger(evidence->largest_sample_bytes,
		counter_larger(evidence->initial_bytes, evidence->final_bytes));

	if (evidence->not_kept)
		return (struct peak){.bytes = seen_bytes, .exact = false};
	if (evidence->was_reset || evidence->at_end_bytes > evidence->at_begin_bytes ||
		seen_bytes >= evidence->at_end_bytes)
		return (struct peak){.bytes = evidence->at_end_bytes, .exact = true};
	return (struct peak){.bytes = seen_bytes, .exact = false};
}
