#include "runner/trial/peak_composition.h"

#include <string.h>

#define READ_ROWS 256

/*
 * The row at task_begin was read just before it, and that at task_end just after it: of the interval only if the task
 * was held there. Without task_end that row was read when the task was dead, or when it ran on. For a recovered trial
 * their numbers are unknown: the last row before the beginning is used as the first.
 */
static bool is_of_interval(
	const struct trial_result *result, uint64_t row, uint64_t time_ns, bool is_last_before)
{
	const struct trial_reference *reference = &result->reference;

	if (time_ns > result->end_ns)
		return reference->held_at_end && row == reference->end_rows.row[SLOW_COMPOSITION];
	if (result->recovered)
		return time_ns > result->begin_ns || is_last_before;
	return row >= reference->begin_rows.row[SLOW_COMPOSITION];
}

/* A usage above the peak is from before the interval: it was still queued when that began. */
static void consider_row(const struct trial_result *result, uint64_t row,
	const struct sample *sample, bool is_last_before, struct peak_composition *found)
{
	if (!is_of_interval(result, row, sample->time_ns, is_last_before) ||
		sample->value > result->reference.peak_bytes)
		return;
	if (found->present && sample->value < found->composition.bytes[COMPOSITION_CURRENT])
		return;
	*found = (struct peak_composition){
		.present = true,
		.row = row,
		.time_ns = sample->time_ns < result->end_ns ? sample->time_ns : result->end_ns,
		.composition = {.bytes[COMPOSITION_CURRENT] = sample->value,
			.present[COMPOSITION_CURRENT] = true},
	};
}

/* There are few rows: reads one ahead of the one being considered. */
static int find_row(const struct trial_result *result, struct series *series,
	struct peak_composition *found, struct error *error)
{
	struct sample samples[READ_ROWS + 1];
	uint64_t offset = 0;
	size_t n;

	do {
		int r = series_read(series, offset, samples, READ_ROWS + 1, &n, error);
		size_t n_considered = n > READ_ROWS ? READ_ROWS : n;

		if (r < 0)
			return r;
		for (size_t i = 0; i < n_considered; i++)
			consider_row(result, offset + i, &samples[i],
				samples[i].time_ns <= result->begin_ns &&
					(i + 1 == n || samples[i + 1].time_ns > result->begin_ns),
				found);
		offset += n_considered;
	} while (n > READ_ROWS);
	return 0;
}

/* A column with a missing row is not stored (slow_columns.h). */
static int read_part(const struct trial_result *result, enum composition_key key, uint64_t n_rows,
	struct peak_composition *found, struct error *error)
{
	struct series *series = slow_channel_find(SLOW_COMPOSITION, key, result->spool);
	struct sample sample;
	size_t n;
	int r;

	if (!series || series_size(series) != n_rows)
		return 0;
	r = series_read(series, found->row, &sample, 1, &n, error);
	if (r < 0 || n == 0)
		return r;
	found->composition.bytes[key] = sample.value;
	found->composition.present[key] = true;
	return 0;
}

int peak_composition_find(
	const struct trial_result *result, struct peak_composition *ret_found, struct error *error)
{
	struct series *current =
		slow_channel_find(SLOW_COMPOSITION, COMPOSITION_CURRENT, result->spool);
	struct peak_composition found = {.present = false};
	int r = 0;

	if (current && result->reference.begun)
		r = find_row(result, current, &found, error);
	for (unsigned key = COMPOSITION_ANON; key < COMPOSITION_N_KEYS && r == 0 && found.present;
		key++)
		r = read_part(result, key, series_size(current), &found, error);
	if (r < 0)
		return r;
	*ret_found = found;
	return 0;
}
